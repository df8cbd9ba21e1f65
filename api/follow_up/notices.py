"""Three-colour notices: reminded once, taught twice, dealt with the third time. Pure.

A subject's cases within the look-back are counted that an officer took for violations: leads,
rejected and voided cases are nobody's guilt, and a merged case counts as the one that goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from api.follow_up.settings import NoticeSettings
from api.workflow.words import WAY, State

DAY_S = 86_400.0
COUNTED = frozenset(WAY[1:])
"""States of a case that counts against its subject."""
HAS_COLOUR = frozenset({*COUNTED, State.LEAD})
"""States of a case that has a colour; a lead has the one that filing it would give it."""


class Colour(StrEnum):
    """How serious a notice is."""

    GREEN = "green"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Counted:
    """A case of a subject, as counting sees it; `raised_s` UTC seconds."""

    id: str
    kind: str
    raised_s: float
    state: State


@dataclass(frozen=True, slots=True)
class Notice:
    """A case's colour, its number within the look-back, and the earlier cases, newest first."""

    colour: Colour
    number: int
    earlier: tuple[Counted, ...]


def notice(case: Counted, others: Sequence[Counted], settings: NoticeSettings) -> Notice | None:
    """The notice of a case, given all cases of its subject; None for one that has none."""
    if case.state not in HAS_COLOUR:
        return None
    since_s = case.raised_s - settings.lookback_days * DAY_S
    earlier = [
        one
        for one in others
        if one.state in COUNTED
        and since_s <= one.raised_s
        and (one.raised_s, one.id) < (case.raised_s, case.id)
        and (one.kind == case.kind or not settings.same_kind)
    ]
    earlier.sort(key=lambda one: (one.raised_s, one.id), reverse=True)
    number = len(earlier) + 1
    colour = Colour.YELLOW if number >= settings.yellow_from else Colour.GREEN
    return Notice(Colour.RED if number >= settings.red_from else colour, number, tuple(earlier))
