"""How an office follows up: waiting times, notices, and when two cases are one; data."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.toml_files import Part, read_file
from vision.rules.kinds import KINDS

NAME = "follow_up.toml"
SHIPPED = Path(__file__).with_name(NAME)
Seconds = Annotated[float, Field(gt=0, le=366 * 86400)]
Metres = Annotated[float, Field(ge=0, le=1000)]
SubjectKind = Literal["plate", "shop", "place"]


class LookTimes(Part):
    """When to look again, in seconds; for a kind, what differs."""

    wait_s: Seconds | None = None
    patience_s: Annotated[float, Field(gt=0, le=86400)] | None = None
    again_s: Seconds | None = None


class LookSettings(Part):
    """Waiting times, and those of single kinds."""

    wait_s: Seconds
    patience_s: Annotated[float, Field(gt=0, le=86400)]
    again_s: Seconds
    kinds: dict[str, LookTimes] = Field(default_factory=dict)

    def of(self, kind: str) -> "LookSettings":
        """The times of one kind."""
        own = self.kinds.get(kind, LookTimes()).model_dump(exclude_none=True)
        return self.model_copy(update={**own, "kinds": {}})


class Subjects(Part):
    """Who a case of a kind may be about, the best known first."""

    subjects: tuple[SubjectKind, ...]


class NoticeSettings(Subjects):
    """From which case of a subject on a notice is yellow, and red."""

    lookback_days: float = Field(gt=0, le=3660)
    yellow_from: int = Field(ge=2)
    red_from: int = Field(ge=3)
    same_kind: bool
    plate_confidence: float = Field(ge=0, le=1)
    kinds: dict[str, Subjects] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _goes_up(self) -> "NoticeSettings":
        if self.red_from <= self.yellow_from:
            raise ValueError("red_from must be more than yellow_from")
        return self

    def subjects_of(self, kind: str) -> tuple[SubjectKind, ...]:
        """Who a case of a kind may be about."""
        return self.kinds[kind].subjects if kind in self.kinds else self.subjects


class DuplicateSettings(Part):
    """How near in place and time two sightings of one thing are."""

    near_m: Metres
    propose_m: Metres
    apart_s: Seconds
    gap_s: Seconds
    cameras_m: Metres


class FollowUp(Part):
    """All of it."""

    looks: LookSettings
    notices: NoticeSettings
    duplicates: DuplicateSettings

    @model_validator(mode="after")
    def _kinds_are_known(self) -> "FollowUp":
        for told in (self.looks.kinds, self.notices.kinds):
            if strangers := set(told) - set(KINDS):
                raise ValueError(f"there is no kind {min(strangers)!r}")
        return self


def load_follow_up(own: Path | None = None) -> FollowUp:
    """Read the shipped settings, or those of a file that is there; raises ValueError."""
    return read_file(own if own and own.is_file() else SHIPPED, FollowUp)
