"""Who a case is about: a plate, a shop, or the place itself."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.history import write_line
from api.follow_up.notices import Counted, Notice, notice
from api.follow_up.settings import NoticeSettings, SubjectKind
from api.follow_up.tables import CaseSubject
from api.store.dialects import insert
from api.store.tables import Case
from api.workflow.history import Line
from api.workflow.words import Happening, State

PLATE_MARKS = str.maketrans("", "", " ·.•-")
LONGEST = 80
MOST_COUNTED = 1000


@dataclass(frozen=True, slots=True)
class Subject:
    """Who it is; of a plate, `text` has letters and digits only."""

    kind: SubjectKind
    text: str


def tidy(kind: SubjectKind, text: str) -> Subject:
    """A subject as it is kept, so that one is always written alike; raises ValueError."""
    shown = " ".join(unicodedata.normalize("NFKC", text).split())
    if kind == "plate":
        shown = shown.translate(PLATE_MARKS).upper()
    is_plain = shown.isprintable() and not any("\ud800" <= sign <= "\udfff" for sign in shown)
    if not 0 < len(shown) <= LONGEST or not is_plain:
        raise ValueError(f"write 1 to {LONGEST} signs")
    if kind == "plate" and not (shown.isalnum() and 5 <= len(shown) <= 10):
        raise ValueError("a plate has 5 to 10 letters and digits, like 浙F12345")
    return Subject(kind, shown)


def known_subject(case: Case, shop: str, settings: NoticeSettings) -> Subject | None:
    """Who a new case is about, as far as its facts and its zone tell; None where nobody can."""
    facts = case.facts
    plate = str(facts["plate"]["value"]) if "plate" in facts else ""
    confidence = facts.get("plate_confidence", {}).get("value", 1.0)  # a ledger's plate was voted
    known = {
        "plate": plate if confidence >= settings.plate_confidence else "",
        "shop": shop,
        "place": f"{case.camera_id} · {case.zone}",
    }
    for kind in settings.subjects_of(case.kind):
        if known[kind]:
            return Subject(kind, known[kind])
    return None


def _keep_subject(sql: Session, case: Case, subject: Subject, by: str) -> None:
    """Write down who a case is about, over what was known before."""
    told = {"kind": subject.kind, "subject": subject.text, "by": by}
    row = insert(sql, CaseSubject).values(case_id=case.id, **told)
    sql.execute(row.on_conflict_do_update(index_elements=["case_id"], set_=told))


def correct_subject(sql: Session, case: Case, subject: Subject, by: str, at_s: float) -> None:
    """Take an officer's word for who it is, and write it into the history."""
    before = sql.get(CaseSubject, case.id)
    if before is not None and (before.kind, before.subject) == (subject.kind, subject.text):
        return
    more = {"kind": subject.kind, "to": subject.text}
    if before is not None:
        more["from"] = before.subject
    write_line(sql, case, Line(0, at_s, by, Happening.SUBJECT.value, case.status, more=more))
    _keep_subject(sql, case, subject, by)


def case_notice(
    sql: Session, case: Case, subject: CaseSubject | None, settings: NoticeSettings
) -> tuple[Notice, Sequence[Case]] | None:
    """A case's notice with the earlier cases themselves, newest first; None where it has none."""
    if subject is None:
        return None
    query = (
        select(Case)
        .join(CaseSubject, CaseSubject.case_id == Case.id)
        .where(CaseSubject.kind == subject.kind, CaseSubject.subject == subject.subject)
        .where(Case.id != case.id, Case.raised_s <= case.raised_s)
        .order_by(Case.raised_s.desc())
        .limit(MOST_COUNTED)
    )
    cases = {one.id: one for one in sql.scalars(query)}
    found = notice(_counted(case), [_counted(one) for one in cases.values()], settings)
    return (found, [cases[one.id] for one in found.earlier]) if found else None


def told_notice(sql: Session, case: Case, settings: NoticeSettings) -> dict[str, str]:
    """What a reminder's line in the history says of the notice that comes with it."""
    subject = sql.get(CaseSubject, case.id)
    found = case_notice(sql, case, subject, settings)
    if found is None or subject is None:
        return {}
    return {"notice": found[0].colour.value, "subject": subject.subject}


def _counted(case: Case) -> Counted:
    return Counted(case.id, case.kind, case.raised_s, State(case.status))
