"""Ask the cameras' nodes for another look when it is due, and take in what they saw."""

import json
import logging
import time
from collections.abc import Callable
from typing import Literal, Self

from pydantic import model_validator
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.casework import advance, read_flow
from api.cases.history import write_line
from api.evidence import Evidence, EvidenceError
from api.follow_up.looking import try_again
from api.follow_up.tables import CaseLook
from api.practice import Practice
from api.store.database import Store
from api.store.tables import Case
from api.workflow.flow import NotPossible, Step
from api.workflow.history import Line
from api.workflow.words import Action, Duty, Happening, State
from streams.bus import Bus, Message
from streams.evidence.manifest import Part, Sha256
from streams.second_looks import DONE, WANTED

CONSUMER = "cases"
ACTOR = "skyeye"
MACHINE = frozenset({Duty.MACHINE})
AT_ONCE = 50
SLOWEST = 12
"""A look that goes on to tell nothing is tried ever more rarely, down to a twelfth as often."""
NO_EVIDENCE = "no_evidence"
SUSPENDED = "suspended"
log = logging.getLogger(__name__)


class LookDone(Part):
    """The body of `look.done`; what was seen has a packet, what was not has a reason."""

    id: str
    violation_id: str
    outcome: Literal["gone", "standing", "unseen"]
    reason: str
    looked_s: float | None
    packet: str | None
    manifest_sha256: Sha256 | None

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        seen = self.packet is not None and self.manifest_sha256 is not None
        if seen != (self.outcome != "unseen"):
            raise ValueError("what was seen has a packet, and nothing else has one")
        return self


class Looks:
    """Other looks on their way between the store and the bus; `clock` gives UTC seconds.

    Raises BusError or SQLAlchemy's DatabaseError; what was not done then is done later. A look has
    the same id however often it is asked for or answered, so nothing is done twice.
    """

    def __init__(
        self,
        store: Store,
        bus: Bus,
        evidence: Evidence,
        practice: Practice,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._bus, self._evidence = store, bus, evidence
        self._practice, self._clock = practice, clock
        self.poison = 0

    def step(self) -> int:
        """Do what is due; returns how many answers were taken in."""
        self._ask()
        messages = self._bus.claim(DONE, CONSUMER)
        for message in messages:
            self._take(message)
            self._bus.ack(CONSUMER, message)
        return len(messages)

    def _ask(self) -> None:
        """Ask for what is due; one that was asked for just before a kill is published again."""
        now_s = self._clock()
        with self._store.reading() as sql:
            due = _due(sql, now_s)
        for case_id, number in due:
            with self._store.writing() as sql:
                self._begin(sql, case_id, number, now_s)
        with self._store.reading() as sql:
            unsent = _unsent(sql)
            bodies = [(look, self._body(sql.get_one(Case, look.case_id), look)) for look in unsent]
        for look, body in bodies:
            self._bus.publish(WANTED, look.look_id, body)
            with self._store.writing() as sql:
                sql.get_one(CaseLook, (look.case_id, look.round)).sent_s = now_s

    def _begin(self, sql: Session, case_id: str, number: int, now_s: float) -> None:
        """Mark a look as asked for, unless it is of no use any more, or none while it is paused."""
        case = sql.scalar(select(Case).where(Case.id == case_id).with_for_update())
        look = sql.get(CaseLook, (case_id, number))
        if case is None or look is None or look.state != "waiting" or look.due_s > now_s:
            return
        if read_flow(case).suspended:
            look.due_s = now_s + self._practice.follow_up.looks.of(case.kind).again_s
        else:
            look.state, look.asked_s, look.sent_s = "asked", now_s, None

    def _body(self, case: Case, look: CaseLook) -> dict[str, str | float | None]:
        return {
            "id": look.look_id,
            "violation_id": case.id,
            "camera_id": case.camera_id,
            "packet": case.packet,
            "manifest_sha256": case.manifest_sha256,
            "asked_s": look.asked_s,
            "patience_s": self._practice.follow_up.looks.of(case.kind).patience_s,
        }

    def _take(self, message: Message) -> None:
        """Take in an answer; one that is not understood is put aside, so that it blocks nothing."""
        try:
            done = LookDone.model_validate_json(json.dumps(message.body))
            with self._store.writing() as sql:
                self._conclude(sql, done)
        except ValueError as error:
            self.poison += 1
            log.error("message %s %s is put aside: %s", message.subject, message.id, error)

    def _conclude(self, sql: Session, done: LookDone) -> None:
        """What comes of a look; an answer that nobody waits for any more changes nothing."""
        case = sql.scalar(select(Case).where(Case.id == done.violation_id).with_for_update())
        look = sql.scalar(select(CaseLook).where(CaseLook.look_id == done.id))
        if case is None or look is None or look.case_id != case.id or look.state != "asked":
            return
        if done.outcome == "unseen":
            self._unseen(sql, case, look, done.reason)
            return
        if problem := self._unproven(case, done):
            log.error("look %s of case %s proves nothing: %s", done.id, case.number, problem)
            self._unseen(sql, case, look, NO_EVIDENCE)
            return
        try:
            self._advance(sql, case, done)
        except NotPossible:
            self._unseen(sql, case, look, SUSPENDED)
            return
        look.state, look.reason, look.unseen_since_s = done.outcome, "", None
        look.looked_s, look.packet = done.looked_s, done.packet
        look.manifest_sha256 = done.manifest_sha256

    def _advance(self, sql: Session, case: Case, done: LookDone) -> None:
        """Take the system's steps: checked by its evidence and closed, or escalated."""
        action = Action.ESCALATE
        if done.outcome == "gone":
            reported = read_flow(case).state == State.REPORTED
            action = Action.CHECK if reported else Action.CORRECT
        evidence = f"{done.packet}@{done.manifest_sha256}"
        step = Step(action, ACTOR, MACHINE, evidence=evidence)
        advance(sql, self._practice, case, step, self._clock())
        if done.outcome == "gone" and not read_flow(case).proposed_by:
            advance(sql, self._practice, case, Step(Action.CLOSE, ACTOR, MACHINE), self._clock())

    def _unproven(self, case: Case, done: LookDone) -> str | None:
        """Why an answer's packet is not the look at this case that it is said to be."""
        try:
            sealed = self._evidence.manifest(done.packet or "")
        except (EvidenceError, ValueError) as error:
            return str(error)
        told = sealed.manifest.supplement
        if told is None or sealed.sha256 != done.manifest_sha256:
            return "its packet is another one"
        follows = (told.id, told.follows_sha256, told.outcome, sealed.manifest.violation.id)
        if follows != (done.id, case.manifest_sha256, done.outcome, case.id):
            return "its packet is about something else"
        return None

    def _unseen(self, sql: Session, case: Case, look: CaseLook, reason: str) -> None:
        """Wait on, and say why in the history whenever the reason is another one."""
        now_s = self._clock()
        if reason != look.reason:
            more = {"reason": reason, "look": look.look_id}
            unseen = Happening.UNSEEN.value
            write_line(sql, case, Line(0, now_s, ACTOR, unseen, case.status, more=more))
        again_s = self._practice.follow_up.looks.of(case.kind).again_s
        try_again(look, reason, now_s, again_s * min(look.attempt, SLOWEST))


def _due(sql: Session, now_s: float) -> list[tuple[str, int]]:
    query = select(CaseLook.case_id, CaseLook.round)
    query = query.where(CaseLook.state == "waiting", CaseLook.due_s <= now_s)
    return [(row[0], row[1]) for row in sql.execute(query.order_by(CaseLook.due_s).limit(AT_ONCE))]


def _unsent(sql: Session) -> list[CaseLook]:
    query = select(CaseLook).where(CaseLook.state == "asked", CaseLook.sent_s.is_(None))
    return list(sql.scalars(query.limit(AT_ONCE)))
