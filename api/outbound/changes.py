"""Apply what a platform tells of a case, through the workflow; what cannot be applied is kept.

A change is taken once, however often it is told: it, its photos and the steps that it means are
written in one transaction. The platform acts as `NAME:DUTY`, one system actor for each duty.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.cases.casework import advance
from api.outbound.mapping import Status
from api.outbound.plan import Conflict, Move, moves
from api.outbound.received import Stored
from api.outbound.tables import PlatformCase, PlatformChange, ReceivedPhoto
from api.practice import Practice
from api.store.database import Store
from api.store.tables import Case
from api.workflow.flow import InputProblem, NotAllowed, NotPossible, Step
from api.workflow.words import Action, Duty, State

LONGEST_NOTE = 1000


class Outcome(StrEnum):
    """What came of a change."""

    APPLIED = "applied"
    SAME = "same"
    """The case was there already."""
    LATE = "late"
    """A later change of the case had been applied before."""
    PARKED = "parked"
    """It could not be applied: somebody has to look."""
    DISMISSED = "dismissed"
    """Somebody has looked, and it is not to be applied."""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that a platform tells; `status` is None for what is not understood, as `note` says.

    `at_s` is UTC seconds, by the platform's clock.
    """

    id: str
    external_id: str
    status: Status | None
    at_s: float
    note: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Which target tells, and which duties its people have."""

    target_id: int
    name: str
    duties: frozenset[str]


def case_of(sql: Session, target_id: int, external_id: str) -> str | None:
    """The case that a platform has under that id, None where it was handed over none."""
    query = select(PlatformCase.case_id).where(
        PlatformCase.target_id == target_id, PlatformCase.external_id == external_id
    )
    return sql.scalar(query)


def is_known(store: Store, source: Source, change_id: str) -> bool:
    """Whether a change was taken before."""
    with store.reading() as sql:
        return sql.get(PlatformChange, (source.name, change_id)) is not None


def take_change(
    store: Store,
    practice: Practice,
    source: Source,
    change: Change,
    photos: Sequence[Stored],
    now_s: float,
) -> Outcome:
    """Apply a change, or keep it with the reason why not; one that was taken changes nothing."""
    with store.writing() as sql:
        known = sql.get(PlatformChange, (source.name, change.id))
        if known is not None:
            return Outcome(known.outcome)
        case_id = case_of(sql, source.target_id, change.external_id)
        case = sql.get(Case, case_id, with_for_update=True) if case_id else None
        row = _row(source, change, case_id, now_s)
        row.outcome, row.why = _outcome(sql, practice, source, change, case, now_s)
        sql.add(row)
        if case_id:
            _keep_photos(sql, source, change, case_id, photos, now_s)
        return Outcome(row.outcome)


def try_again(sql: Session, practice: Practice, source: Source, row: PlatformChange) -> Outcome:
    """Apply a parked change to the case as it stands now; it stays parked where that fails."""
    case = sql.get(Case, row.case_id, with_for_update=True) if row.case_id else None
    told = {key: row.told[key] for key in ("id", "external_id", "at_s", "note", "operator")}
    status = row.told["status"]
    change = Change(status=Status(status) if status else None, **told)
    row.outcome, row.why = _apply(sql, practice, source, change, case, row.taken_s)
    return Outcome(row.outcome)


def _outcome(
    sql: Session,
    practice: Practice,
    source: Source,
    change: Change,
    case: Case | None,
    now_s: float,
) -> tuple[str, str]:
    if case is not None:
        newest = select(func.max(PlatformChange.at_s)).where(
            PlatformChange.target == source.name,
            PlatformChange.case_id == case.id,
            PlatformChange.outcome.in_((Outcome.APPLIED, Outcome.SAME)),
        )
        if (sql.scalar(newest) or 0.0) > change.at_s:
            return Outcome.LATE.value, "a later change of this case was applied before"
    return _apply(sql, practice, source, change, case, now_s)


def _apply(
    sql: Session,
    practice: Practice,
    source: Source,
    change: Change,
    case: Case | None,
    now_s: float,
) -> tuple[str, str]:
    if change.status is None:
        return Outcome.PARKED.value, change.note
    if case is None:
        return Outcome.PARKED.value, "it is about a case that was not handed over from here"
    try:
        steps = moves(State(case.status), change.status, source.duties)
        with sql.begin_nested():
            for move in steps:
                advance(sql, practice, case, _step(source, change, move), now_s)
                sql.flush()
    except (Conflict, NotPossible, NotAllowed, InputProblem) as error:
        sql.refresh(case)
        return Outcome.PARKED.value, str(error)
    return (Outcome.APPLIED if steps else Outcome.SAME).value, ""


def _step(source: Source, change: Change, move: Move) -> Step:
    who = f"{change.operator}: " if change.operator else ""
    note = f"{who}{change.note or change.status}"[:LONGEST_NOTE]
    return Step(
        move.action,
        f"{source.name}:{move.duty}",
        frozenset({Duty(move.duty)}),
        note=note,
        assignee=(change.operator or source.name) if move.action == Action.DISPATCH else None,
    )


def _row(source: Source, change: Change, case_id: str | None, now_s: float) -> PlatformChange:
    return PlatformChange(
        target=source.name,
        change_id=change.id,
        case_id=case_id,
        external_id=change.external_id,
        status=change.status.value if change.status else "",
        at_s=change.at_s,
        told=asdict(change),
        taken_s=now_s,
    )


def _keep_photos(
    sql: Session,
    source: Source,
    change: Change,
    case_id: str,
    photos: Sequence[Stored],
    now_s: float,
) -> None:
    """Note the photos; one that the case has already is not noted again."""
    for photo in photos:
        if sql.get(ReceivedPhoto, (case_id, photo.sha256)) is None:
            row = ReceivedPhoto(
                case_id=case_id,
                sha256=photo.sha256,
                target=source.name,
                change_id=change.id,
                role="after",
                media_type=photo.media_type,
                bytes=photo.bytes,
                received_s=now_s,
            )
            sql.add(row)
            sql.flush()
