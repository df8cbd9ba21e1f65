"""All that is told of a case's follow-up, read from the store."""

from collections.abc import Iterable
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.numbers import DEFAULT_TIMEZONE
from api.cases.views import media_url
from api.evidence import Evidence, EvidenceError
from api.follow_up.permits import in_force
from api.follow_up.settings import FollowUp
from api.follow_up.subjects import case_notice
from api.follow_up.tables import CaseLook, CaseSubject, Duplicate
from api.follow_up.views import (
    AfterPhotoView,
    CoverView,
    DuplicateView,
    EarlierView,
    FollowUpView,
    LookView,
    NoticeView,
    SubjectView,
)
from api.store.tables import Case
from streams.evidence.dossier import Role

_LOOK = (
    "round", "action", "by", "state", "started_s", "due_s", "attempt", "asked_s", "reason",
    "unseen_since_s", "looked_s", "manifest_sha256",
)  # fmt: skip
_CASE = ("id", "number", "status", "camera_name", "raised_s")
_DUPLICATE = ("verdict", "metres", "seconds", "same_plate", "by")


def read_follow_up(
    sql: Session, case: Case, settings: FollowUp, evidence: Evidence
) -> FollowUpView:
    """All of it."""
    subject = sql.get(CaseSubject, case.id)
    version = case.facts.get("context_version", {}).get("value")
    return FollowUpView(
        subject=_subject(subject),
        subject_kinds=list(settings.notices.subjects_of(case.kind)),
        notice=_notice(sql, case, subject, settings),
        looks=[_look(look, evidence) for look in _looks(sql, case.id)],
        wait_s=settings.looks.of(case.kind).wait_s,
        original=_original(sql, case),
        duplicates=list(_duplicates(sql, case)),
        permits=list(_covers(sql, case, subject)),
        context_version=None if version is None else int(version),
    )


def _subject(row: CaseSubject | None) -> SubjectView | None:
    if row is None:
        return None
    return SubjectView.model_validate({"kind": row.kind, "text": row.subject, "by": row.by})


def _notice(
    sql: Session, case: Case, subject: CaseSubject | None, settings: FollowUp
) -> NoticeView | None:
    found = case_notice(sql, case, subject, settings.notices)
    if found is None:
        return None
    told, earlier = found
    keys = (*_CASE, "kind")
    rows = [{key: getattr(one, key) for key in keys} for one in earlier]
    return NoticeView(
        colour=told.colour,
        number=told.number,
        lookback_days=settings.notices.lookback_days,
        earlier=[EarlierView.model_validate(row) for row in rows],
    )


def _looks(sql: Session, case_id: str) -> Iterable[CaseLook]:
    query = select(CaseLook).where(CaseLook.case_id == case_id)
    return sql.scalars(query.order_by(CaseLook.round.desc()))


def _look(look: CaseLook, evidence: Evidence) -> LookView:
    value = {key: getattr(look, key) for key in _LOOK}
    return LookView.model_validate(value | {"photos": list(_photos(look, evidence))})


def _photos(look: CaseLook, evidence: Evidence) -> Iterable[AfterPhotoView]:
    """The pictures of a look, as far as its packet is there and the one that was taken in."""
    if look.packet is None:
        return
    try:
        sealed = evidence.manifest(look.packet)
    except EvidenceError:
        return
    if sealed.sha256 != look.manifest_sha256:
        return
    where = f"/api/cases/{quote(look.case_id, safe='')}/another-looks/{look.round}/media"
    for name, still in sealed.manifest.stills.items():
        if still.role in (Role.AFTER_PANORAMA, Role.AFTER_CLOSE_UP):
            told = {"name": name, "role": still.role.value, "taken_s": still.taken_s}
            url = f"{where}/{quote(name, safe='')}"
            yield AfterPhotoView.model_validate(told | {"url": url})


def _original(sql: Session, case: Case) -> DuplicateView | None:
    row = sql.get(Duplicate, case.id)
    return _duplicate(row, sql.get_one(Case, row.of_case_id)) if row else None


def _duplicates(sql: Session, case: Case) -> Iterable[DuplicateView]:
    query = select(Duplicate, Case).join(Case, Case.id == Duplicate.case_id)
    query = query.where(Duplicate.of_case_id == case.id).order_by(Case.raised_s)
    return (_duplicate(row[0], row[1]) for row in sql.execute(query))


def _duplicate(row: Duplicate, other: Case) -> DuplicateView:
    value = {key: getattr(row, key) for key in _DUPLICATE}
    value |= {key: getattr(other, key) for key in _CASE}
    value["thumbnail"] = media_url(other.id, other.thumbnail) if other.thumbnail else None
    return DuplicateView.model_validate(value)


def _covers(sql: Session, case: Case, subject: CaseSubject | None) -> Iterable[CoverView]:
    """Permits of the register as it is now that cover the case as it is known now."""
    plate = subject.subject if subject is not None and subject.kind == "plate" else ""
    for row, terms in in_force(sql):
        permit = terms.permit(row.permit_id, DEFAULT_TIMEZONE)
        if permit.covers(case.kind, case.camera_id, case.zone, plate, case.raised_s):
            yield CoverView(
                id=row.permit_id, title=terms.title, effect=terms.effect.value, version=row.version
            )
