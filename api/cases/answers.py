"""The shapes of the API's answers about cases; times are UTC seconds."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from api.calendars.deadlines import Unit
from api.workflow.phases import Phase
from api.workflow.words import Action, Happening, State
from streams.evidence.manifest import ClockPart, Corners, FactPart, ModelPart, RulePart

LightName = Literal["running", "warned", "overdue", "paused", "met", "missed"]


class CaseView(BaseModel):
    """A case in a list; `box_xyxy` in source pixels, `version` counts the steps.

    `due_s` and `light` are of the deadline that runs, null where none does.
    """

    id: str
    number: str
    status: State
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
    code_scheme: str | None
    code: str | None
    department: str | None
    assignee: str | None
    due_s: float | None
    light: LightName | None


class Counts(BaseModel):
    """How many cases there are of each status."""

    model_config = ConfigDict(json_schema_serialization_defaults_required=True)

    lead: int = 0
    filed: int = 0
    dispatched: int = 0
    handling: int = 0
    reported: int = 0
    checked: int = 0
    closed: int = 0
    rejected: int = 0
    merged: int = 0
    voided: int = 0


class CasePage(BaseModel):
    """A page of a list; `counts` is of all statuses, whichever one was asked for.

    `next` is the cursor of the page after this one, null where this is the last.
    """

    items: list[CaseView]
    total: int
    page: int
    page_size: int
    counts: Counts
    next: str | None


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
    """Something that was done to a case; `more` is what else was told, `hash` chains the lines."""

    seq: int
    at_s: float
    actor: str
    action: Action | Happening
    state: State
    reason: str | None
    note: str | None
    more: dict[str, str]
    previous: str
    hash: str


class ChainView(BaseModel):
    """Whether the history is what was written down; `problems` names each line that is not."""

    ok: bool
    lines: int
    problems: list[str]


class DeadlineView(BaseModel):
    """A limit that the case has or had; `extra` was granted beyond `amount`.

    `assumed_years` are those whose holidays are not known and were taken to have none.
    """

    phase: Phase
    round: int
    amount: float
    unit: Unit
    extra: float
    started_s: float
    warn_s: float | None
    due_s: float | None
    met_s: float | None
    pauses: list[tuple[float, float | None]]
    assumed_years: list[int]
    light: LightName


class ActionView(BaseModel):
    """Something that whoever asks may do now, what has to be told with it, and what `may` be."""

    action: Action
    needs: list[Literal["note", "reason", "assignee", "amount", "into"]]
    may: list[Literal["conditions"]]


class ConditionsView(BaseModel):
    """What somebody saw of the thing, told with a step; /api/kinds has the names' titles."""

    at_s: float
    actor: str
    action: Action
    names: list[str]


class RequestView(BaseModel):
    """An extension or suspension that waits for approval."""

    kind: Literal["extension", "suspension"]
    by: str
    amount: float | None


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
    chain: ChainView
    deadlines: list[DeadlineView]
    actions: list[ActionView]
    conditions: list[ConditionsView]
    suspended: bool
    request: RequestView | None
    penalty_proposed_by: str | None
    penalised_by: tuple[str, str] | None
    merged_into: str | None


class VerifyView(BaseModel):
    """Whether the packet is what was sealed with the case; see `streams.evidence.verify`."""

    ok: bool
    problems: list[str]
    notes: list[str]
    manifest_sha256: str | None
