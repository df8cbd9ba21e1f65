"""From the bus to the store: every violation becomes one case, however often it is announced."""

import json
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

from pydantic import AfterValidator
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.clocks import first_clock
from api.cases.history import next_line
from api.cases.numbers import DEFAULT_TIMEZONE, day_of, next_numbers
from api.evidence import Evidence, EvidenceError, check_packet_name, thumbnail
from api.follow_up.looking import hasten
from api.follow_up.newcomers import Newcomers
from api.follow_up.tables import Suppressed
from api.practice import Practice
from api.store.database import Store
from api.store.dialects import insert
from api.store.tables import Case, EarlyEnd, HistoryLine, Table
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
Told = TypeVar("Told")
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


@dataclass(frozen=True, slots=True)
class _Raised:
    body: RaisedBody
    packet: _PacketFacts


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
        """Take some of what has come and return how many messages that were; 0: all is taken.

        Raises BusError or SQLAlchemy's DatabaseError; then the rest comes again later.
        """
        raised = self._take(RAISED, self._raised, self._begin)
        return raised + self._take(ENDED, _ended, self._end)

    def _take(
        self,
        subject: str,
        read: Callable[[Message], Told],
        write: Callable[[Session, Sequence[Told]], None],
    ) -> int:
        """Write down some messages, all or none, and report them done.

        One that is not understood is put aside: it blocks nothing.
        """
        messages = self._bus.claim(subject, CONSUMER, limit=TOGETHER)
        told = []
        for message in messages:
            try:
                told.append(read(message))
            except ValueError as error:
                self.poison += 1
                log.error("message %s %s is put aside: %s", subject, message.id, error)
        if told:
            with self._store.writing() as sql:
                write(sql, told)
        self._bus.ack(CONSUMER, *messages)
        return len(messages)

    def _raised(self, message: Message) -> _Raised:
        body = RaisedBody.model_validate_json(_text(message))
        if body.violation.id != message.id:
            raise ValueError(f"it is about violation {body.violation.id!r}")
        return _Raised(body, self._from_packet(body.packet))

    def _begin(self, sql: Session, raised: Sequence[_Raised]) -> None:
        """Make the cases of violations that have none; the tables one after the other, in bulk."""
        ids = [one.body.violation.id for one in raised]
        known = set(sql.scalars(select(Case.id).where(Case.id.in_(ids))))
        ends = {
            early.violation_id: early
            for early in sql.scalars(select(EarlyEnd).where(EarlyEnd.violation_id.in_(ids)))
        }
        fresh = [one for one in raised if one.body.violation.id not in known]
        cases: list[tuple[Case, tuple[int, int] | None]] = []
        rows: list[Table] = []
        for one, number in zip(fresh, self._numbers(sql, fresh), strict=True):
            found = one.body.violation
            case = _case(one.body, number, one.packet.thumbnail)
            self._code(case)
            rows.append(next_line(case, _line(case, found.raised_s, Happening.RAISED)))
            rows.append(first_clock(case, self._practice, found.raised_s))
            early = ends.get(case.id)
            if early:
                sql.delete(early)
            ended_s = early.ended_s if early else found.ended_s
            if ended_s is not None:
                rows.append(_ending(case, ended_s))
            cases.append((case, one.packet.picture_wh))
        sql.add_all(case for case, _ in cases)
        sql.flush()  # they must be there before what belongs to them
        sql.add_all(rows)
        self._newcomers.welcome(sql, cases)

    def _end(self, sql: Session, ended: Sequence[EndedBody]) -> None:
        for body in ended:
            case = sql.scalar(select(Case).where(Case.id == body.id).with_for_update())
            if case is not None:
                if case.ended_s is None:
                    sql.add(_ending(case, body.ended_s))
                hasten(sql, case, time.time())
            elif sql.get(Suppressed, body.id) is None:
                early = insert(sql, EarlyEnd).values(violation_id=body.id, ended_s=body.ended_s)
                sql.execute(early.on_conflict_do_nothing())

    def _numbers(self, sql: Session, raised: Sequence[_Raised]) -> list[str]:
        practice = self._practice.book.practice
        days = [day_of(one.body.violation.raised_s, one.packet.timezone) for one in raised]
        return next_numbers(sql, practice.number, practice.district, days)

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


def _ended(message: Message) -> EndedBody:
    return EndedBody.model_validate_json(_text(message))


def _text(message: Message) -> str:
    text = json.dumps(message.body)
    if r"\u0000" in text:
        raise ValueError("it holds the sign NUL, which PostgreSQL does not keep")
    return text


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
        milestones={},
    )


def _ending(case: Case, ended_s: float) -> HistoryLine:
    """Let a case know when its violation ended; returns the line that says so."""
    case.ended_s = ended_s
    return next_line(case, _line(case, ended_s, Happening.ENDED))


def _line(case: Case, at_s: float, happening: Happening) -> Line:
    return Line(0, at_s, ACTOR, happening.value, case.status)
