"""From the bus to the store: every violation becomes one case, however often it is announced."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated

from pydantic import AfterValidator
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.case_clocks import start_clock
from api.case_history import write_line
from api.case_numbers import DEFAULT_TIMEZONE, next_number
from api.dialects import insert
from api.evidence import Evidence, EvidenceError, check_packet_name, thumbnail
from api.follow_up.looking import hasten
from api.follow_up.newcomers import Newcomers
from api.follow_up.tables import Suppressed
from api.practice import Practice
from api.store import Store
from api.tables import Case, EarlyEnd
from api.workflow.history import Line
from api.workflow.words import Happening, State
from streams.bus import Bus, Message
from streams.evidence.manifest import Part, Sha256, ViolationPart

CONSUMER = "cases"
RAISED = "violation.raised"
ENDED = "violation.ended"
ACTOR = "skyeye"
TOGETHER = 50
"""Messages written down in one go: a write that lasts is dear, and other writers wait for it."""
Write = Callable[[Session], None]
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


@dataclass(frozen=True, slots=True)
class _PacketFacts:
    """What a packet tells of its case: the site's time zone, the thumbnail's name, its pictures'
    size; the defaults where it cannot be read."""

    timezone: str = DEFAULT_TIMEZONE
    thumbnail: str | None = None
    picture_wh: tuple[int, int] | None = None


class Ingest:
    """Takes what is on the bus; `poison` counts the messages that could not be understood."""

    def __init__(self, store: Store, bus: Bus, evidence: Evidence, practice: Practice) -> None:
        self.poison = 0
        self._store = store
        self._bus = bus
        self._evidence = evidence
        self._practice = practice
        self._newcomers = Newcomers(bus, practice)

    def step(self) -> int:
        """Take what has come and return how many messages that were.

        Raises BusError or SQLAlchemy's DatabaseError; then the rest comes again later.
        """
        done = 0
        for subject in (RAISED, ENDED):
            messages = self._bus.claim(subject, CONSUMER)
            for first in range(0, len(messages), TOGETHER):
                done += self._take(messages[first : first + TOGETHER])
        return done

    def _take(self, messages: Sequence[Message]) -> int:
        """Write down some messages, all or none, and report them done."""
        work = [self._understood(message) for message in messages]
        with self._store.writing() as sql:
            for write in work:
                write(sql)
        for message in messages:
            self._bus.ack(message, CONSUMER)
        return len(messages)

    def _understood(self, message: Message) -> Write:
        """What a message asks for; one that is not understood is put aside: it blocks nothing."""
        text = json.dumps(message.body)
        try:
            if message.subject == RAISED:
                body = _matching(message, RaisedBody.model_validate_json(text))
                return partial(self._raised, body, self._from_packet(body.packet))
            return partial(self._ended, EndedBody.model_validate_json(text))
        except ValueError as error:
            self.poison += 1
            log.error("message %s %s is put aside: %s", message.subject, message.id, error)
            return _nothing

    def _raised(self, body: RaisedBody, told: _PacketFacts, sql: Session) -> None:
        found = body.violation
        if sql.get(Case, found.id) is not None:
            return
        early = sql.get(EarlyEnd, found.id)
        ended_s = early.ended_s if early else found.ended_s
        if early:
            sql.delete(early)
        case = _case(body, self._number(sql, found.raised_s, told.timezone), told.thumbnail)
        self._code(case)
        sql.add(case)
        sql.flush()  # the case must be there before its history
        write_line(sql, case, _line(case, found.raised_s, Happening.RAISED))
        start_clock(sql, case, self._practice, found.raised_s)
        if ended_s is not None:
            _end(sql, case, ended_s)
        self._newcomers.welcome(sql, case, told.picture_wh)

    def _ended(self, body: EndedBody, sql: Session) -> None:
        case = sql.scalar(select(Case).where(Case.id == body.id).with_for_update())
        if case is not None:
            _end(sql, case, body.ended_s)
            hasten(sql, case, time.time())
            return
        if sql.get(Suppressed, body.id) is not None:
            return
        early = insert(sql, EarlyEnd).values(violation_id=body.id, ended_s=body.ended_s)
        sql.execute(early.on_conflict_do_nothing())

    def _number(self, sql: Session, raised_s: float, timezone: str) -> str:
        practice = self._practice.book.practice
        return next_number(sql, practice.number, practice.district, raised_s, timezone)

    def _code(self, case: Case) -> None:
        """Give a case the code that its kind has now."""
        if code := self._practice.book.find(case.kind):
            case.code_scheme, case.code_version = code.scheme, code.version
            case.code, case.department = code.text, code.part.department

    def _from_packet(self, packet: str) -> _PacketFacts:
        try:
            manifest = self._evidence.manifest(packet).manifest
        except EvidenceError as error:
            log.warning("packet %s: %s", packet, error)
            return _PacketFacts()
        size_wh = manifest.picture.width, manifest.picture.height
        return _PacketFacts(manifest.clock.timezone, thumbnail(manifest), size_wh)


def _nothing(_: Session) -> None:
    """Write nothing down."""


def _matching(message: Message, body: RaisedBody) -> RaisedBody:
    if body.violation.id != message.id:
        raise ValueError(f"it is about violation {body.violation.id!r}")
    return body


def _case(body: RaisedBody, number: str, picture: str | None) -> Case:
    found = body.violation
    return Case(
        id=found.id,
        number=number,
        status=State.LEAD.value,
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
        flow={},
        lines=0,
        head="",
    )


def _end(sql: Session, case: Case, ended_s: float) -> None:
    """Write down that a violation ended, once."""
    if case.ended_s is None:
        case.ended_s = ended_s
        write_line(sql, case, _line(case, ended_s, Happening.ENDED))


def _line(case: Case, at_s: float, happening: Happening) -> Line:
    return Line(0, at_s, ACTOR, happening.value, case.status)
