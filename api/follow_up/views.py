"""The shapes of the API's answers about follow-up; times are UTC seconds."""

from typing import Literal

from pydantic import BaseModel

from api.follow_up.notices import Colour
from api.follow_up.settings import SubjectKind
from api.workflow.words import State
from streams.context import PermitTerms


class EarlierView(BaseModel):
    """An earlier case of a subject, which counts towards a notice."""

    id: str
    number: str
    kind: str
    camera_name: str
    raised_s: float
    status: State


class NoticeView(BaseModel):
    """A case's colour, its number within the look-back, and the earlier ones, newest first."""

    colour: Colour
    number: int
    lookback_days: float
    earlier: list[EarlierView]


class SubjectView(BaseModel):
    """Who a case is about; `by` is the officer who corrected it."""

    kind: SubjectKind
    text: str
    by: str | None


class AfterPhotoView(BaseModel):
    """A picture of another look."""

    name: str
    role: Literal["after_panorama", "after_close_up"]
    url: str
    taken_s: float


class LookView(BaseModel):
    """Another look: `due_s` is when it is next tried; `reason` is why the last try told nothing."""

    round: int
    action: Literal["remind", "look_again"]
    by: str
    state: Literal["waiting", "asked", "gone", "standing", "dropped"]
    started_s: float
    due_s: float
    attempt: int
    asked_s: float | None
    reason: str
    unseen_since_s: float | None
    looked_s: float | None
    manifest_sha256: str | None
    photos: list[AfterPhotoView]


class DuplicateView(BaseModel):
    """A case of the same thing; `metres` and `seconds` lie between the two, where known."""

    id: str
    number: str
    status: State
    camera_name: str
    raised_s: float
    thumbnail: str | None
    verdict: Literal["merged", "proposed", "dismissed"]
    metres: float | None
    seconds: float | None
    same_plate: bool
    by: str


class CoverView(BaseModel):
    """A permit that covers a case by what is known of its subject now."""

    id: str
    title: str
    effect: Literal["suppress", "mark"]
    version: int


class FollowUpView(BaseModel):
    """What comes after a case is known; `original` is the case that this one is or may be."""

    subject: SubjectView | None
    subject_kinds: list[SubjectKind]
    notice: NoticeView | None
    looks: list[LookView]
    wait_s: float
    original: DuplicateView | None
    duplicates: list[DuplicateView]
    permits: list[CoverView]
    context_version: int | None


class PermitView(BaseModel):
    """A permit as it is now; `version` is that of the register when it last changed."""

    id: str
    version: int
    at_s: float
    actor: str
    terms: PermitTerms


class PermitLineView(BaseModel):
    """What a permit said from a version on; null `terms`: it was taken back."""

    version: int
    at_s: float
    actor: str
    terms: PermitTerms | None
    hash: str


class RegisterView(BaseModel):
    """The register as it is: `version` counts all changes; `problems` is empty if it is whole."""

    version: int
    permits: list[PermitView]
    problems: list[str]


class FlawView(BaseModel):
    """What is wrong with a row of a file; row 0 is the whole file."""

    row: int
    message: str


class ImportView(BaseModel):
    """What an import did, or, where it was only tried, would do: all of it, or nothing."""

    imported: int
    flaws: list[FlawView]
    permits: list[PermitTerms]


class SuppressedRow(BaseModel):
    """A violation that was not raised, and the permit that covers it."""

    violation_id: str
    permit_id: str
    kind: str
    camera_id: str
    camera_name: str
    zone: str
    plate: str
    raised_s: float
    context_version: int


class SuppressedCount(BaseModel):
    """How many violations of a kind before a camera a permit kept from being raised."""

    permit_id: str
    kind: str
    camera_id: str
    count: int


class SuppressedView(BaseModel):
    """What permits kept from being raised in a period: all counted, the latest listed."""

    total: int
    counts: list[SuppressedCount]
    latest: list[SuppressedRow]
