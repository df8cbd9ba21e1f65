"""From the bus to the store: every violation becomes one case, however often it is announced."""

import json
import logging
from datetime import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator
from sqlalchemy import update
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from api.evidence import Evidence, EvidenceError, check_packet_name, thumbnail
from api.store import Store
from api.tables import Case, DayCounter, EarlyEnd, HistoryLine
from api.workflow.verdicts import Action, Status
from streams.bus import Bus, Message
from streams.evidence.manifest import Part, Sha256, ViolationPart

CONSUMER = "cases"
RAISED = "violation.raised"
ENDED = "violation.ended"
ACTOR = "skyeye"
DEFAULT_TIMEZONE = "Asia/Shanghai"
"""Whose day a case is numbered in where its packet cannot tell."""
log = logging.getLogger(__name__)


class RaisedBody(Part):
    """The body of `violation.raised`."""

    violation: ViolationPart
    camera_name: str
    packet: Annotated[str, AfterValidator(check_packet_name)]
    manifest_sha256: Sha256


class EndedBody(Part):
    """The body of `violation.ended`."""

    id: str
    ended_s: float


class Ingest:
    """Takes what is on the bus; `poison` counts the messages that could not be understood."""

    def __init__(self, store: Store, bus: Bus, evidence: Evidence) -> None:
        self.poison = 0
        self._store = store
        self._bus = bus
        self._evidence = evidence

    def step(self) -> int:
        """Take what has come and return how many messages that were.

        Raises BusError or SQLAlchemy's DatabaseError; then the rest comes again later.
        """
        done = 0
        for subject in (RAISED, ENDED):
            for message in self._bus.claim(subject, CONSUMER):
                self._take(message)
                self._bus.ack(message, CONSUMER)
                done += 1
        return done

    def _take(self, message: Message) -> None:
        """File a message; one that is not understood is put aside, so that it blocks nothing."""
        text = json.dumps(message.body)
        try:
            if message.subject == RAISED:
                self._raised(_matching(message, RaisedBody.model_validate_json(text)))
            else:
                self._ended(EndedBody.model_validate_json(text))
        except ValueError as error:
            self.poison += 1
            log.error("message %s %s is put aside: %s", message.subject, message.id, error)

    def _raised(self, body: RaisedBody) -> None:
        found = body.violation
        timezone, picture = self._from_packet(body.packet)
        with self._store.writing() as sql:
            if sql.get(Case, found.id) is not None:
                return
            early = sql.get(EarlyEnd, found.id)
            ended_s = early.ended_s if early else found.ended_s
            if early:
                sql.delete(early)
            sql.add(_case(body, _number(sql, found.raised_s, timezone), picture))
            sql.flush()  # the case must be there before its history
            sql.add(_line(found.id, found.raised_s, Action.RAISED))
            if ended_s is not None:
                _end(sql, found.id, ended_s)

    def _ended(self, body: EndedBody) -> None:
        with self._store.writing() as sql:
            if sql.get(Case, body.id) is not None:
                _end(sql, body.id, body.ended_s)
                return
            early = insert(EarlyEnd).values(violation_id=body.id, ended_s=body.ended_s)
            sql.execute(early.on_conflict_do_nothing())

    def _from_packet(self, packet: str) -> tuple[str, str | None]:
        """Time zone of the site and name of the thumbnail, as far as the packet can tell."""
        try:
            manifest = self._evidence.manifest(packet).manifest
        except EvidenceError as error:
            log.warning("packet %s: %s", packet, error)
            return DEFAULT_TIMEZONE, None
        return manifest.clock.timezone, thumbnail(manifest)


def _matching(message: Message, body: RaisedBody) -> RaisedBody:
    if body.violation.id != message.id:
        raise ValueError(f"it is about violation {body.violation.id!r}")
    return body


def _case(body: RaisedBody, number: str, picture: str | None) -> Case:
    found = body.violation
    return Case(
        id=found.id,
        number=number,
        status=Status.OPEN.value,
        version=1,
        kind=found.kind,
        camera_id=found.camera_id,
        camera_name=body.camera_name,
        zone=found.zone,
        started_s=found.started_s,
        raised_s=found.raised_s,
        score=found.score,
        box_xyxy=list(found.box_xyxy),
        facts={name: fact.model_dump() for name, fact in found.facts.items()},
        packet=body.packet,
        manifest_sha256=body.manifest_sha256,
        thumbnail=picture,
    )


def _end(sql: Session, case_id: str, ended_s: float) -> None:
    """Write down that a violation ended, once."""
    statement = (
        update(Case).where(Case.id == case_id, Case.ended_s.is_(None)).values(ended_s=ended_s)
    )
    result = sql.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101
    if result.rowcount:
        sql.add(_line(case_id, ended_s, Action.ENDED))


def _line(case_id: str, at_s: float, action: Action) -> HistoryLine:
    return HistoryLine(case_id=case_id, at_s=at_s, actor=ACTOR, action=action.value)


def _number(sql: Session, raised_s: float, timezone: str) -> str:
    """The next case number of the day: 20261124-0001."""
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        zone = ZoneInfo(DEFAULT_TIMEZONE)
    day = f"{datetime.fromtimestamp(raised_s, zone):%Y%m%d}"
    count = insert(DayCounter).values(day=day, last=1)
    count = count.on_conflict_do_update(index_elements=["day"], set_={"last": DayCounter.last + 1})
    serial = sql.scalar(count.returning(DayCounter.last))
    return f"{day}-{serial:04d}"
