"""What makes a camera's pictures evidence: reviews, a sign, a published place, a checked clock."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict

NEEDS = ("legal_review", "technical_review", "sign_photo", "published_at", "clock_check")
"""What a camera needs before anybody can be penalised on what it saw."""
EXPIRING = ("legal_review", "technical_review", "clock_check")


class Shortcoming(StrEnum):
    """What is wrong with a point of a camera's standing on a day."""

    MISSING = "missing"
    LATER = "later"
    EXPIRED = "expired"


def date_text(value: object) -> object:
    """A date as text; a date of TOML, written without quotes, as well. Raises ValueError."""
    if isinstance(value, date):
        return value.isoformat()[:10]
    try:
        return value and date.fromisoformat(str(value)).isoformat()
    except ValueError:
        raise ValueError(f"{value!r} is no date: write it as 2026-03-01") from None


DateText = Annotated[str, BeforeValidator(date_text)]


class StandingConfig(BaseModel):
    """What the bureau has done for a camera (Administrative Penalty Law 2021, article 41).

    Dates of what was done, and of the last day on which it counts (empty: no end); where the photo
    of the sign is kept, and where the location was made public. Empty: not done.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    legal_review: DateText = ""
    legal_review_until: DateText = ""
    technical_review: DateText = ""
    technical_review_until: DateText = ""
    clock_check: DateText = ""
    clock_check_until: DateText = ""
    sign_photo: str = ""
    published_at: str = ""


def shortcomings(standing: object, day: date) -> dict[str, Shortcoming]:
    """What a standing lacks on a day, by point; `standing` has the fields of StandingConfig.

    None has none of them. A review that was made later, or whose time is over, does not count.
    """
    lacks: dict[str, Shortcoming] = {}
    for need in NEEDS:
        done = getattr(standing, need, "")
        until = getattr(standing, f"{need}_until", "") if need in EXPIRING else ""
        if not done:
            lacks[need] = Shortcoming.MISSING
        elif need in EXPIRING and done > day.isoformat():
            lacks[need] = Shortcoming.LATER
        elif until and until < day.isoformat():
            lacks[need] = Shortcoming.EXPIRED
    return lacks
