"""Legal holds: evidence that must not be purged, whatever its age, until somebody lifts it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import Who
from api.cases.history import write_line
from api.custody.register import Deed, Entry, write
from api.custody.tables import Hold, Purge
from api.store.tables import Case
from api.workflow.flow import NotPossible
from api.workflow.history import Line
from api.workflow.words import Happening


def set_hold(sql: Session, case_id: str, who: Who, reason: str, at_s: float) -> None:
    """Hold a case's evidence; raises LookupError, or NotPossible where it cannot be held."""
    case = _held(sql, case_id)
    if sql.get(Purge, case_id) is not None:
        raise NotPossible("its evidence was purged, or is being purged: it cannot be held any more")
    if sql.get(Hold, case_id) is not None:
        raise NotPossible("its evidence is held already")
    sql.add(Hold(case_id=case_id, since_s=at_s, by=who.name, reason=reason))
    _note(sql, case, who, Deed.HOLD, reason, at_s)


def lift_hold(sql: Session, case_id: str, who: Who, reason: str, at_s: float) -> None:
    """Lift a hold; raises LookupError, or NotPossible where there is none."""
    case = _held(sql, case_id)
    hold = sql.get(Hold, case_id)
    if hold is None:
        raise NotPossible("its evidence is not held")
    sql.delete(hold)
    _note(sql, case, who, Deed.RELEASE, reason, at_s)


def _held(sql: Session, case_id: str) -> Case:
    """The case's row, held so that no purge is decided meanwhile."""
    case = sql.scalar(select(Case).where(Case.id == case_id).with_for_update())
    if case is None:
        raise LookupError(case_id)
    return case


def _note(sql: Session, case: Case, who: Who, deed: Deed, reason: str, at_s: float) -> None:
    happening = Happening.HELD if deed is Deed.HOLD else Happening.RELEASED
    write_line(sql, case, Line(0, at_s, who.name, happening, case.status, note=reason))
    write(sql, Entry(at_s, who, deed, reason, case.id))
