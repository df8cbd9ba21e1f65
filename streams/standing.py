"""What makes a camera's pictures evidence: reviews, a sign, a published place, a checked clock."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict


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

    Dates of what was done; where the photo of the sign is kept, and where the location was made
    public. Empty: not done.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    legal_review: DateText = ""
    technical_review: DateText = ""
    clock_check: DateText = ""
    sign_photo: str = ""
    published_at: str = ""
