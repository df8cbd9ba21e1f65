"""A vehicle in the ledger: what identifies it, and the diary of its standing."""

from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid5

from vision.boxes import Box
from vision.diary import NOT_SEEN, Diary, Gap
from vision.fine_look import FineLook
from vision.identity import Plates, Proof
from vision.place import Place
from vision.violation import NAMESPACE

LOOKS_KEPT = 8
"""Fine looks kept of one vehicle, some 3 kB each: several lights of the day and the night."""
YOUNG_S = 86400.0
"""Of a younger vehicle half of that: most leave within the day."""
LOOKS_TAKEN = 2
LIGHTS_KEPT = 16
LEARN_BELOW = 0.8
"""A look that is less like every kept one shows another light and is worth keeping."""


@dataclass(slots=True, eq=False)
class Vehicle:
    """One vehicle at one spot, over days; times in UTC seconds.

    `box` is in shares of the picture in the first picture of `view`, so that nudges and changes
    of resolution leave it. `place_id` is the place that is this vehicle while place memory has it
    in sight, None while its identity is to be established again.
    """

    id: str
    view: int
    box: Box
    first_seen_s: float
    last_seen_s: float
    place_id: str | None
    diary: Diary
    former_place_id: str | None = None
    looks: list[FineLook] = field(default_factory=list)
    plates: Plates = field(default_factory=Plates)
    rival: Plates = field(default_factory=Plates)
    """Readings that contradict `plates`."""
    names: dict[str, int] = field(default_factory=dict)
    score: float = 0.0
    cover: float = 0.0
    """Share of the box that other things usually cover."""
    learned_s: float = 0.0
    lights: list[int] = field(default_factory=list)
    """Numbers of the lights in which it was seen, the latest first."""
    proofs: dict[str, int] = field(default_factory=dict)
    """How often it was recognised after a gap, by `Proof`."""
    weakest: float = 1.0
    """Least likeness by which it was recognised."""
    same: int = 0
    other: int = 0
    other_since_s: float = 0.0
    """Looks since it was lost that speak for and against its standing there still."""
    same_s: float = 0.0
    """When the latest look spoke for it."""
    lost_by: str = NOT_SEEN
    """Why it was out of sight the last time."""
    emptied: bool = False
    """Whether place memory saw its spot become empty."""
    swapped: bool = False
    """Whether another plate was read at its spot."""
    violation_id: str | None = None
    silenced: bool = False

    @classmethod
    def found(
        cls, camera_id: str, view: int, box: Box, place: Place, since_s: float, timezone: str
    ) -> Self:
        """Begin the diary of what stands at `box` since `since_s`, as `place` knows it."""
        corner = ",".join(f"{v:.3f}" for v in box)
        vehicle_id = str(uuid5(NAMESPACE, f"{camera_id}/vehicle/{since_s:.3f}/{view}/{corner}"))
        vehicle = cls(vehicle_id, view, box, since_s, since_s, place.id, Diary(timezone))
        vehicle.names, vehicle.score = dict(place.names), place.score
        seen_s = place.last_seen_s
        vehicle.diary.sight(since_s, 0.0, True)
        if seen_s > since_s:
            vehicle.sight(seen_s, seen_s - since_s, detected=place.last_detected_s == seen_s)
        return vehicle

    def lose(self, reason: str, *, emptied: bool = False) -> None:
        """Be out of sight: whatever stands there has to be recognised again."""
        self.former_place_id, self.place_id = self.place_id, None
        self.same, self.other, self.emptied, self.same_s = 0, 0, emptied, 0.0
        self.lost_by = reason

    def sight(self, t_s: float, unbroken_s: float, *, detected: bool) -> None:
        """Note that it is seen; more than `unbroken_s` since the last time is a gap."""
        dt_s = t_s - self.last_seen_s
        if dt_s > unbroken_s:
            self.diary.miss(Gap(self.last_seen_s, t_s, self.lost_by))
            dt_s = 0.0
        self.diary.sight(t_s, dt_s, detected)
        self.last_seen_s = t_s

    def doubt(self, t_s: float) -> float:
        """Count a look against it; returns for how many seconds there have been only such."""
        if self.other == 0:
            self.other_since_s = t_s
        self.other, self.same = self.other + 1, 0
        return t_s - self.other_since_s

    def likeness(self, now: FineLook) -> float | None:
        """Likeness of the kept look that resembles `now` most; None where none can be compared.

        The kept look goes to the front, so that the next comparison finds it at once.
        """
        best: float | None = None
        for look in list(self.looks):
            likeness = look.likeness(now)
            if likeness is not None and (best is None or likeness > best):
                best = likeness
                self.looks = [look, *(k for k in self.looks if k is not look)]
            if best is not None and best >= LEARN_BELOW:
                break
        return best

    def learn(self, t_s: float, now: FineLook | None, light: int) -> None:
        """Note how it looks: in which light, and if `now` is news, keep that look too.

        It takes the place of the look that was not met for longest.
        """
        self.learned_s, self.other = t_s, 0
        self.lights = [light, *(n for n in self.lights if n != light)][:LIGHTS_KEPT]
        if now is not None:
            kept = LOOKS_KEPT if t_s - self.first_seen_s >= YOUNG_S else LOOKS_KEPT // 2
            self.looks = [now, *self.looks][:kept]

    def agree(self, t_s: float, within_s: float) -> None:
        """Count a look that shows it; of many looks two so far apart may be alike by chance."""
        expired = 0 < self.same_s < t_s - within_s
        self.same, self.same_s = 1 if expired else self.same + 1, t_s

    def recognised(self, by: Proof, likeness: float) -> None:
        """Note by what it was told to be the same after a gap."""
        self.proofs[by] = self.proofs.get(by, 0) + 1
        if by is Proof.APPEARANCE:
            self.weakest = min(self.weakest, likeness)
        self.same = self.other = 0

    def continue_as(self, later: "Vehicle") -> None:
        """Go on as what stands here now, which turned out to be this vehicle again."""
        if later.first_seen_s > self.last_seen_s:
            self.diary.miss(Gap(self.last_seen_s, later.first_seen_s, self.lost_by))
        self.place_id, self.cover = later.place_id, later.cover
        self.score, self.names = later.score, later.names
        self.absorb(later)

    def absorb(self, other: "Vehicle") -> None:
        """Take over what is known of another record of the same vehicle."""
        self.diary.absorb(other.diary)
        self.last_seen_s = max(self.last_seen_s, other.last_seen_s)
        self.plates.merge(other.plates)
        for proof, count in other.proofs.items():
            self.proofs[proof] = self.proofs.get(proof, 0) + count
        self.weakest = min(self.weakest, other.weakest)
        self.lights = list(dict.fromkeys([*other.lights, *self.lights]))[:LIGHTS_KEPT]
        self.looks = [*other.looks[:LOOKS_TAKEN], *self.looks][:LOOKS_KEPT]

    @property
    def name(self) -> str:
        """The class name it was given most often."""
        return max(self.names, key=lambda name: self.names[name], default="car")

    @property
    def proof(self) -> Proof:
        """The strongest evidence that it was one vehicle all the time."""
        if not self.proofs:
            return Proof.CONTINUITY
        return Proof.PLATE if Proof.PLATE in self.proofs else Proof.APPEARANCE

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        value = {name: copy(getattr(self, name)) for name in _PLAIN}
        value |= {"box": [round(v, 6) for v in self.box], "diary": self.diary.to_json()}
        value |= {"looks": [look.text for look in self.looks]}
        return value | {"plates": self.plates.to_json(), "rival": self.rival.to_json()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        x1, y1, x2, y2 = value["box"]
        return cls(
            box=(x1, y1, x2, y2),
            diary=Diary.from_json(value["diary"]),
            looks=[FineLook.from_text(text) for text in value["looks"]],
            plates=Plates.from_json(value["plates"]),
            rival=Plates.from_json(value["rival"]),
            **{name: value[name] for name in _PLAIN if name in value},
        )


_PLAIN = (
    "id", "view", "first_seen_s", "last_seen_s", "place_id", "former_place_id", "names", "score",
    "cover", "learned_s", "lights", "proofs", "weakest", "same", "same_s", "other", "other_since_s",
    "lost_by", "emptied", "swapped", "violation_id", "silenced",
)  # fmt: skip


def eldest(vehicles: Iterable[Vehicle]) -> list[Vehicle]:
    """Sort by how long they have stood, those of violations first."""
    return sorted(vehicles, key=lambda v: (v.violation_id is None, v.first_seen_s, v.id))
