"""One target's way through the history: each event in order, until the target has it.

What is delivered is written down a moment later, so after a crash some events are sent again
(at least once), never left out. An event that the target will not take goes to the dead letters,
and later ones of the same case wait behind it; other cases go on.
"""

import logging
import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from api.outbound.events import Event, read_events
from api.outbound.horizon import last_line
from api.outbound.progress import (
    BEHIND,
    EXPIRED,
    REFUSED,
    Advance,
    Failure,
    LeaseLost,
    Progress,
    letter,
)
from api.outbound.retrying import wait_s
from api.outbound.sender import Refused, Sender, Undelivered
from api.outbound.settings import SETTINGS
from api.outbound.tables import DeadLetter, Target
from api.store.database import Store

LOOK_S = 0.5
PAGE = 50
SAVE_EVERY_S = 0.5
TURN_S = 2.0
"""A turn begins no further delivery then, so that a pause or a stop is heeded."""
OWN_ERROR_S = 60.0
log = logging.getLogger(__name__)
MakeSender = Callable[[Target], Sender]


class Halt(Exception):  # noqa: N818 - it ends a turn
    """Nothing more can be done with the target for now."""


@dataclass(slots=True)
class _Run:
    """A turn: the target as it was read, and what has been done since."""

    target: Target
    sender: Sender
    done: Advance
    saved_s: float


class Lane:
    """Serves one target; `turn` is called again and again, from one thread."""

    def __init__(
        self,
        store: Store,
        target_id: int,
        owner: str,
        make_sender: MakeSender,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._make_sender = make_sender
        self._clock = clock
        self._progress = Progress(store, target_id, owner)
        self._draw = random.Random()
        self._sender: Sender | None = None
        self._revision = -1
        self._idle_until_s = 0.0
        self._idle_tries = 0

    def turn(self) -> float:
        """Deliver what there is, and return how long to rest, in seconds."""
        target, now_s = self._progress.read(), self._clock()
        if target is None or target.paused_s is not None:
            self.close()
            return LOOK_S
        if target.next_s is not None and target.next_s > now_s:
            return LOOK_S
        if not self._has_work(target, now_s) or not self._progress.take_lease(now_s):
            return LOOK_S
        try:
            return self._serve(target)
        except (Halt, LeaseLost):
            return LOOK_S

    def close(self) -> None:
        """Let go of the target's connections."""
        if self._sender is not None:
            self._sender.close()
        self._sender, self._revision, self._idle_until_s = None, -1, 0.0

    def _has_work(self, target: Target, now_s: float) -> bool:
        return (
            target.revision != self._revision
            or now_s >= self._idle_until_s
            or last_line(self._store) > target.cursor
            or bool(self._progress.to_replay(1))
        )

    def _serve(self, target: Target) -> float:
        sender = self._sender_of(target)
        run = _Run(target, sender, Advance(target.cursor), self._clock())
        self._replay(run)
        more = self._go_on(run)
        self._idle(target, sender)
        return 0.0 if more else LOOK_S

    def _idle(self, target: Target, sender: Sender) -> None:
        """Do what else there is to do, when its time has come; what goes wrong is shown."""
        now_s, problem = self._clock(), None
        if now_s < self._idle_until_s:
            return
        try:
            self._idle_until_s = now_s + sender.idle(now_s)
            self._idle_tries = 0
        except (Undelivered, Refused) as error:
            self._idle_tries += 1
            self._idle_until_s = now_s + wait_s(self._idle_tries, self._draw, _asked(error))
            problem = str(error)
        if problem != target.pull_error:
            log.log(logging.WARNING if problem else logging.INFO, "%s: %s", target.name, problem)
            self._progress.idled(problem)

    def _sender_of(self, target: Target) -> Sender:
        """The sender for the settings as they are; a target that cannot be used waits."""
        if self._sender is None or target.revision != self._revision:
            self.close()
            try:
                self._sender = self._make_sender(target)
            except (ValueError, OSError) as error:
                self._fail(target, str(error), OWN_ERROR_S)
                raise Halt from None
            self._revision = target.revision
        return self._sender

    def _go_on(self, run: _Run) -> bool:
        """Deliver a page of new events, or a few that take long; whether there may be more."""
        began_s = self._clock()
        with self._store.reading() as sql:
            page = read_events(sql, run.target.cursor, last_line(self._store), PAGE)
        blocked = self._progress.cases_with_letters(event.case.id for event in page)
        for event in page:
            self._one(run, event, blocked)
            run.done.cursor, run.done.changed = event.line_id, True
            if self._clock() - run.saved_s >= SAVE_EVERY_S:
                self._save(run)
            if self._clock() - began_s >= TURN_S:
                break
        self._save(run)
        return bool(page) and (len(page) == PAGE or page[-1].line_id > run.target.cursor)

    def _one(self, run: _Run, event: Event, blocked: dict[str, float | None]) -> None:
        """Deliver an event, or bury it; raises Halt where it has to be tried again."""
        if not run.sender.wants(event):
            return
        if event.case.id in blocked:
            why = "an earlier event of this case waits among the dead letters"
            behind = letter(run.target, event, BEHIND, why, self._clock())
            behind.replay_s = blocked[event.case.id]
            run.done.buried.append(behind)
            return
        try:
            run.sender.send(event, self._clock())
        except (Undelivered, Refused) as error:
            self._save(run)
            if not self._is_over(run.target, error):
                self._fail(run.target, str(error), _asked(error))
                raise Halt from None
            self._bury(run, event, error)
            blocked[event.case.id] = None
            return
        run.done.sent += 1
        run.target.tries, run.target.failing_since_s = 0, None

    def _bury(self, run: _Run, event: Event, error: OSError | ValueError) -> None:
        reason = REFUSED if isinstance(error, Refused) else EXPIRED
        log.error("%s: event %s goes to the dead letters: %s", run.target.name, event.id, error)
        run.done.buried.append(letter(run.target, event, reason, str(error), self._clock()))
        run.done.cursor, run.done.changed = event.line_id, True
        self._save(run)
        if reason == EXPIRED:  # the next one is as likely to fail: it waits as well
            self._fail(run.target, str(error), _asked(error))
            raise Halt
        self._progress.failed(Failure(str(error), 0, None, None), self._clock())
        run.target.tries, run.target.failing_since_s = 0, None

    def _replay(self, run: _Run) -> None:
        """Deliver dead letters that somebody wants delivered, those of a case in their order."""
        died: set[str] = set()
        for dead in self._progress.to_replay(PAGE):
            if dead.case_id in died:
                continue
            with self._store.reading() as sql:
                found = read_events(sql, dead.line_id - 1, dead.line_id, 1)
            if not run.sender.wants(found[0]):
                self._progress.drop_letter(dead.line_id)
                continue
            self._replay_one(run, dead, found[0], died)

    def _replay_one(self, run: _Run, dead: DeadLetter, event: Event, died: set[str]) -> None:
        try:
            run.sender.send(event, self._clock())
        except (Undelivered, Refused) as error:
            is_refused = isinstance(error, Refused)
            if is_refused or self._is_over(run.target, error):
                self._progress.died_again(dead, str(error))
                died.add(dead.case_id)
            if not is_refused:
                self._fail(run.target, str(error), _asked(error))
                raise Halt from None
            return
        self._progress.replayed(dead.line_id, self._clock())
        run.target.tries, run.target.failing_since_s = 0, None

    def _is_over(self, target: Target, error: Exception) -> bool:
        patience = SETTINGS.validate_python(target.settings).patience
        since_s = target.failing_since_s
        failing_s = 0.0 if since_s is None else self._clock() - since_s
        return patience.is_over(isinstance(error, Refused), target.tries + 1, failing_s)

    def _fail(self, target: Target, error: str, asked_s: float | None) -> None:
        """Write down a failure, and when to try again."""
        now_s = self._clock()
        if target.tries == 0:
            log.warning("%s: %s", target.name, error)
        target.tries += 1
        target.failing_since_s = now_s if target.failing_since_s is None else target.failing_since_s
        next_s = now_s + wait_s(target.tries, self._draw, asked_s)
        self._progress.failed(Failure(error, target.tries, target.failing_since_s, next_s), now_s)

    def _save(self, run: _Run) -> None:
        if run.done.changed or run.done.buried:
            self._progress.advance(run.done, self._clock())
            run.target.cursor = run.done.cursor
            run.done = Advance(run.done.cursor)
        run.saved_s = self._clock()


def _asked(error: Exception) -> float | None:
    return error.retry_after_s if isinstance(error, Undelivered) else None
