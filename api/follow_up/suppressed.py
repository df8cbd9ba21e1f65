"""What permits kept from being raised: counted one by one, so that nothing is silent."""

import json
import logging

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from api.follow_up.tables import Suppressed
from api.store.database import Store
from api.store.dialects import insert
from api.store.tables import EarlyEnd
from streams.bus import Bus, Message
from streams.evidence.manifest import Part, ViolationPart

SUBJECT = "violation.suppressed"
CONSUMER = "cases"
log = logging.getLogger(__name__)


class SuppressedBody(Part):
    """The body of `violation.suppressed`; its facts name the permit."""

    violation: ViolationPart
    camera_name: str


class Suppression:
    """Takes in what the nodes did not raise; raises BusError or DatabaseError."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store, self._bus = store, bus
        self.poison = 0

    def step(self) -> int:
        """Take in what has come, and return how many that were."""
        messages = self._bus.claim(SUBJECT, CONSUMER)
        for message in messages:
            self._take(message)
            self._bus.ack(CONSUMER, message)
        return len(messages)

    def _take(self, message: Message) -> None:
        try:
            body = SuppressedBody.model_validate_json(json.dumps(message.body))
            row = _row(body)
        except (LookupError, ValueError) as error:
            self.poison += 1
            log.error("message %s %s is put aside: %s", message.subject, message.id, error)
            return
        with self._store.writing() as sql:
            sql.execute(insert(sql, Suppressed).values(row).on_conflict_do_nothing())
            early = sql.get(EarlyEnd, body.violation.id)
            if early is not None:
                sql.delete(early)


def _row(body: SuppressedBody) -> dict[str, str | float]:
    found = body.violation
    plate = found.facts.get("plate")
    return {
        "violation_id": found.id,
        "permit_id": str(found.facts["permit"].value),
        "context_version": int(found.facts["context_version"].value),
        "kind": found.kind,
        "camera_id": found.camera_id,
        "camera_name": body.camera_name,
        "zone": found.zone,
        "plate": str(plate.value) if plate else "",
        "raised_s": found.raised_s,
    }


def count_suppressed(sql: Session, from_s: float, to_s: float) -> list[tuple[str, str, str, int]]:
    """How many each permit kept from being raised, by (permit id, kind, camera id)."""
    asked: list[ColumnElement[bool]] = [Suppressed.raised_s >= from_s, Suppressed.raised_s < to_s]
    by = (Suppressed.permit_id, Suppressed.kind, Suppressed.camera_id)
    query = select(*by, func.count()).where(*asked).group_by(*by).order_by(*by)
    return [(row[0], row[1], row[2], row[3]) for row in sql.execute(query)]


def latest_suppressed(sql: Session, from_s: float, to_s: float, most: int) -> list[Suppressed]:
    """The latest of them, newest first."""
    query = select(Suppressed).where(Suppressed.raised_s >= from_s, Suppressed.raised_s < to_s)
    return list(sql.scalars(query.order_by(Suppressed.raised_s.desc()).limit(most)))
