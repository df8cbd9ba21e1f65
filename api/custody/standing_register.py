"""The register of the cameras' standing: what it is, and who entered what when."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.audit import Who
from api.custody.register import Deed, Entry, lines_of_camera, write
from api.custody.tables import CustodyLine
from streams.standing import StandingConfig

NOTHING = StandingConfig()


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed which points of a standing, from what to what, when (UTC seconds) and why."""

    at_s: float
    actor: str
    reason: str
    points: dict[str, tuple[str, str]]


def note_standing(
    sql: Session,
    camera_id: str,
    standing: tuple[StandingConfig | None, StandingConfig | None],
    who: Who,
    at_s: float,
    reason: str = "",
) -> bool:
    """Write down that a standing became another one, if it did; the last thing of a transaction."""
    before, after = (told or NOTHING for told in standing)
    if before == after:
        return False
    more = {f"before {k}": v for k, v in before.model_dump().items() if v}
    more |= {k: v for k, v in after.model_dump().items() if v}
    write(sql, Entry(at_s, who, Deed.STANDING, reason, camera_id=camera_id, more=more))
    return True


def changes(sql: Session, camera_id: str) -> list[Change]:
    """What was done to a camera's standing, the newest first."""
    return [_change(line) for line in lines_of_camera(sql, camera_id)]


def is_noted(sql: Session, camera_id: str, standing: StandingConfig | None) -> bool:
    """Whether a standing is what was last written down: else a file or a command brought it."""
    lines = lines_of_camera(sql, camera_id)
    told = {k: v for k, v in (standing or NOTHING).model_dump().items() if v}
    last = {k: v for k, v in lines[0].more.items() if " " not in k} if lines else {}
    return told == last


def _change(line: CustodyLine) -> Change:
    points = {}
    for point in StandingConfig.model_fields:
        before, after = line.more.get(f"before {point}", ""), line.more.get(point, "")
        if before != after:
            points[point] = (before, after)
    return Change(line.at_s, line.actor, line.reason, points)
