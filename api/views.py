"""The shapes of the API's answers about cases; times are UTC seconds."""

from typing import Literal

from pydantic import BaseModel

from streams.evidence.manifest import ClockPart, Corners, FactPart, ModelPart, RulePart

StatusName = Literal["open", "confirmed", "rejected"]


class CaseView(BaseModel):
    """A case in a list; `box_xyxy` in source pixels, `version` counts the judgements."""

    id: str
    number: str
    status: StatusName
    kind: str
    camera_id: str
    camera_name: str
    zone: str
    started_s: float
    raised_s: float
    ended_s: float | None
    score: float
    box_xyxy: Corners
    facts: dict[str, FactPart]
    thumbnail: str | None
    reason: str | None
    version: int


class Counts(BaseModel):
    """How many cases there are of each status."""

    open: int = 0
    confirmed: int = 0
    rejected: int = 0


class CasePage(BaseModel):
    """A page of a list; `counts` is of all statuses, whichever one was asked for."""

    items: list[CaseView]
    total: int
    page: int
    page_size: int
    counts: Counts


class CameraFactsView(BaseModel):
    """Which camera it was, as the packet tells."""

    id: str
    name: str
    location: str = ""
    device_number: str = ""


class MediaView(BaseModel):
    """A file of the packet: a still has `taken_s`, a clip the other times and `codec`."""

    name: str
    role: str
    url: str
    media_type: str
    bytes: int
    taken_s: float | None = None
    from_s: float | None = None
    to_s: float | None = None
    codec: str | None = None
    viewing_copy_of: str | None = None


class MissingView(BaseModel):
    """What the evidence lacks, and why."""

    role: str
    reason: str


class HistoryView(BaseModel):
    """Something that was done to a case."""

    at_s: float
    actor: str
    action: Literal["raised", "ended", "confirmed", "rejected", "reopened"]
    reason: str | None
    note: str | None


class CaseDetail(CaseView):
    """All about a case; what comes from a packet that cannot be read is null or empty."""

    picture_wh: tuple[int, int] | None = None
    boxes: list[tuple[float, Corners]] = []
    zone_polygon: list[tuple[float, float]] = []
    rule: RulePart | None = None
    model: ModelPart | None = None
    clock: ClockPart | None = None
    camera: CameraFactsView
    media: list[MediaView] = []
    missing: list[MissingView] = []
    manifest_sha256: str
    history: list[HistoryView]


class VerifyView(BaseModel):
    """Whether the packet is what was sealed with the case; see `streams.evidence.verify`."""

    ok: bool
    problems: list[str]
    notes: list[str]
    manifest_sha256: str | None
