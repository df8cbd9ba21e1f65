"""What the store knows of cases, as the key figures need it."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from api.figures.kpis import CaseFacts
from api.store.tables import Case
from api.workflow.words import State

_STATES = {state.value: state for state in State}


@dataclass(frozen=True, slots=True)
class Period:
    """Which cases: those raised in [from_s, to_s), UTC seconds, of a kind or a camera."""

    from_s: float
    to_s: float
    kind: str | None = None
    camera_id: str | None = None

    def conditions(self) -> list[ColumnElement[bool]]:
        """As SQLAlchemy asks it."""
        found = [Case.raised_s >= self.from_s, Case.raised_s < self.to_s]
        if self.kind:
            found.append(Case.kind == self.kind)
        if self.camera_id:
            found.append(Case.camera_id == self.camera_id)
        return found


def case_facts(sql: Session, period: Period) -> list[CaseFacts]:
    """The facts of a period's cases, the oldest first."""
    told = (Case.id, Case.status, Case.raised_s, Case.ended_s, Case.kind, Case.camera_id)
    query = select(*told, Case.milestones).where(*period.conditions())
    rows = sql.execute(query.order_by(Case.raised_s, Case.id))
    return [
        CaseFacts(key, _STATES[status], raised_s, ended_s, kind=kind, camera_id=camera, **way)
        for key, status, raised_s, ended_s, kind, camera, way in rows
    ]
