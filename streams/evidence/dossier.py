"""A dossier: what has been gathered about a place before its evidence packet is written.

It begins when something comes to stand, grows while it stands, and survives a restart as JSON
beside its files. Nothing here reads or writes a disk; `streams.evidence.dossier_store` does.
"""

from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from streams.evidence.facts import (
    CameraFacts,
    ClockFacts,
    ModelFacts,
    RuleFacts,
    ZoneFacts,
    rule_facts,
    zone_facts,
)
from streams.evidence.plates import PlateLook, with_look
from vision.boxes import Box
from vision.rules.rule import Rule
from vision.violation import Violation


class Role(StrEnum):
    """What a file of a packet is there for."""

    START_PANORAMA = "start_panorama"
    LATER_PANORAMA = "later_panorama"
    CLOSE_UP = "close_up"
    PLATE = "plate"
    ARRIVAL_CLIP = "arrival_clip"
    STANDING_CLIP = "standing_clip"
    VIEWING_COPY = "viewing_copy"
    AFTER_PANORAMA = "after_panorama"
    AFTER_CLOSE_UP = "after_close_up"


STEMS = {
    Role.START_PANORAMA: "start",
    Role.LATER_PANORAMA: "later",
    Role.CLOSE_UP: "closeup",
    Role.PLATE: "plate",
    Role.ARRIVAL_CLIP: "arrival",
    Role.STANDING_CLIP: "standing",
    Role.AFTER_PANORAMA: "after",
    Role.AFTER_CLOSE_UP: "after_closeup",
}
"""File names of the roles, without the suffix."""
MOST_BOXES = 500


@dataclass(frozen=True, slots=True)
class StillFile:
    """A still in the dossier's folder; `taken_s` UTC seconds."""

    role: Role
    name: str
    taken_s: float


@dataclass(frozen=True, slots=True)
class ClipFile:
    """A clip in the dossier's folder, which shows `from_s` to `to_s` (UTC seconds)."""

    role: Role
    name: str
    from_s: float
    to_s: float
    codec: str


@dataclass(frozen=True, slots=True)
class Missing:
    """What a packet lacks, and why."""

    role: str
    reason: str


@dataclass(frozen=True, slots=True)
class Supplement:
    """Another look at what an earlier packet is about, `id` being the look's own.

    `follows_sha256` is of that packet's manifest, `outcome` whether it was gone or standing;
    `asked_s` and `looked_s` are UTC seconds.
    """

    id: str
    follows_sha256: str
    outcome: str
    asked_s: float
    looked_s: float


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that is known about one place and, once a rule is broken, the violation.

    `folder` holds the files; `boxes` are (UTC seconds, box in source pixels) in order of time;
    `plates` are the attempts at reading the plate of what stands there; with `supplement` it is
    another look at a violation whose packet was written before.
    """

    folder: Path
    place_id: str
    camera: CameraFacts
    model: ModelFacts
    clock: ClockFacts
    picture_wh: tuple[int, int]
    violation: Violation | None = None
    zone: ZoneFacts | None = None
    rule: RuleFacts | None = None
    stills: tuple[StillFile, ...] = ()
    clips: tuple[ClipFile, ...] = ()
    boxes: tuple[tuple[float, Box], ...] = ()
    missing: tuple[Missing, ...] = ()
    plates: tuple[PlateLook, ...] = ()
    supplement: Supplement | None = None

    def still(self, role: Role) -> StillFile | None:
        """The still of a role, if there is one."""
        return next((still for still in self.stills if still.role == role), None)

    def clip(self, role: Role) -> ClipFile | None:
        """The clip of a role, if there is one."""
        return next((clip for clip in self.clips if clip.role == role), None)

    def with_still(self, still: StillFile) -> Self:
        """Add a still in place of one of the same role."""
        stills = (s for s in self.stills if s.role != still.role)
        return replace(self, stills=(*stills, still), missing=self._missing_but(still.role))

    def with_clip(self, clip: ClipFile) -> Self:
        """Add a clip in place of one of the same role."""
        clips = (c for c in self.clips if c.role != clip.role)
        return replace(self, clips=(*clips, clip), missing=self._missing_but(clip.role))

    def with_box(self, t_s: float, box: Box) -> Self:
        """Add where the thing was; a time that is not later than the last tells nothing new.

        What stands for days is told by MOST_BOXES, the first and the last among them.
        """
        if self.boxes and t_s <= self.boxes[-1][0]:
            return self
        boxes = (*self.boxes, (t_s, box))
        if len(boxes) > MOST_BOXES:
            densest = min(range(1, MOST_BOXES), key=lambda i: boxes[i + 1][0] - boxes[i - 1][0])
            boxes = (*boxes[:densest], *boxes[densest + 1 :])
        return replace(self, boxes=boxes)

    def with_plate(self, look: PlateLook) -> Self:
        """Add an attempt at reading the plate."""
        return replace(self, plates=with_look(self.plates, look))

    def with_missing(self, role: str, reason: str) -> Self:
        """Say why something is not there."""
        return replace(self, missing=(*self._missing_but(role), Missing(role, reason)))

    def _missing_but(self, role: str) -> tuple[Missing, ...]:
        return tuple(m for m in self.missing if m.role != role)

    def about(self, violation: Violation, rule: Rule) -> Self:
        """Make it the dossier of a violation of `rule`."""
        return replace(self, violation=violation, zone=zone_facts(rule.zone), rule=rule_facts(rule))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; the folder is left out, so that it can be moved."""
        value = asdict(replace(self, violation=None))
        del value["folder"]
        value["plates"] = [look.to_json() for look in self.plates]
        value["violation"] = self.violation.to_json() if self.violation else None
        return value

    @classmethod
    def from_json(cls, value: dict[str, Any], folder: Path) -> Self:
        """Inverse of `to_json`."""
        width, height = value["picture_wh"]
        return cls(
            folder=folder,
            place_id=value["place_id"],
            camera=CameraFacts.from_json(value["camera"]),
            model=ModelFacts(**value["model"]),
            clock=ClockFacts(**value["clock"]),
            picture_wh=(width, height),
            violation=Violation.from_json(value["violation"]) if value["violation"] else None,
            zone=ZoneFacts.from_json(value["zone"]) if value["zone"] else None,
            rule=RuleFacts.from_json(value["rule"]) if value["rule"] else None,
            stills=tuple(StillFile(**{**s, "role": Role(s["role"])}) for s in value["stills"]),
            clips=tuple(ClipFile(**{**c, "role": Role(c["role"])}) for c in value["clips"]),
            boxes=tuple((t_s, (x1, y1, x2, y2)) for t_s, (x1, y1, x2, y2) in value["boxes"]),
            missing=tuple(Missing(**m) for m in value["missing"]),
            plates=tuple(PlateLook.from_json(look) for look in value.get("plates", ())),
            supplement=Supplement(**told) if (told := value.get("supplement")) else None,
        )
