"""How far a target is, in the store: only the server that holds its lease may move it on."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sqlalchemy import CursorResult, Executable, delete, func, select, update
from sqlalchemy.orm import Session

from api.outbound.events import Event
from api.outbound.tables import DeadLetter, Target
from api.store.database import Store

LEASE_S = 180.0
"""Longer than a delivery with its pictures may take; then another machine's server takes over."""
LONGEST_ERROR = 400
REFUSED, EXPIRED, BEHIND = "refused", "expired", "behind"


class LeaseLost(RuntimeError):  # noqa: N818 - it is an event rather than an error
    """Another server has taken the target over, or somebody has removed it."""


@dataclass(slots=True)
class Advance:
    """What a lane has done since it last wrote it down."""

    cursor: int
    sent: int = 0
    buried: list[DeadLetter] = field(default_factory=list)
    changed: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """How it went wrong: `tries` in a row, over `failing_since_s`; `next_s` is the next try."""

    error: str
    tries: int
    failing_since_s: float | None
    next_s: float | None


class Progress:
    """The books of one target, kept for `owner`."""

    def __init__(self, store: Store, target_id: int, owner: str) -> None:
        self._store = store
        self._id = target_id
        self._owner = owner

    def read(self) -> Target | None:
        """The target as it is now, None where it was removed."""
        with self._store.reading() as sql:
            return sql.get(Target, self._id)

    def take_lease(self, now_s: float) -> bool:
        """Hold the target, or go on holding it; False where another server does."""
        free = (Target.lease_owner == self._owner) | (Target.lease_until_s < now_s)
        held = update(Target).where(Target.id == self._id, Target.paused_s.is_(None), free)
        values = {"lease_owner": self._owner, "lease_until_s": now_s + LEASE_S}
        with self._store.writing() as sql:
            return _count(sql, held.values(values)) == 1

    def advance(self, done: Advance, now_s: float) -> None:
        """Write down what was delivered or buried; raises LeaseLost, and nothing is written."""
        values: dict[str, object] = {
            "cursor": done.cursor,
            "sent": Target.sent + done.sent,
            "failed": Target.failed + len(done.buried),
            "lease_until_s": now_s + LEASE_S,
        }
        if done.sent:
            values |= {"last_success_s": now_s, "tries": 0, "error": None}
            values |= {"failing_since_s": None, "next_s": None}
        with self._store.writing() as sql:
            self._update(sql, values)
            sql.add_all(done.buried)

    def failed(self, failure: Failure, now_s: float) -> None:
        """Write down that the target could not be served; raises LeaseLost."""
        values = {
            "error": failure.error[:LONGEST_ERROR],
            "tries": failure.tries,
            "failing_since_s": failure.failing_since_s,
            "next_s": failure.next_s,
            "lease_until_s": now_s + LEASE_S,
        }
        with self._store.writing() as sql:
            self._update(sql, values)

    def idled(self, problem: str | None) -> None:
        """Write down what is wrong with a target apart from the events; raises LeaseLost."""
        with self._store.writing() as sql:
            self._update(sql, {"pull_error": problem[:LONGEST_ERROR] if problem else None})

    def cases_with_letters(self, case_ids: Iterable[str]) -> dict[str, float | None]:
        """Of these cases those that have dead letters, and when somebody wanted them replayed."""
        query = select(DeadLetter.case_id, func.max(DeadLetter.replay_s)).where(
            DeadLetter.target_id == self._id, DeadLetter.case_id.in_(set(case_ids))
        )
        with self._store.reading() as sql:
            rows = sql.execute(query.group_by(DeadLetter.case_id)).all()
        return {case_id: replay_s for case_id, replay_s in rows}  # noqa: C416 - rows are no pairs

    def to_replay(self, limit: int) -> list[DeadLetter]:
        """The dead letters that somebody wants replayed, in the order of the events."""
        query = select(DeadLetter).where(
            DeadLetter.target_id == self._id, DeadLetter.replay_s.is_not(None)
        )
        with self._store.reading() as sql:
            return list(sql.scalars(query.order_by(DeadLetter.line_id).limit(limit)))

    def replayed(self, line_id: int, now_s: float) -> None:
        """A dead letter was delivered after all; raises LeaseLost."""
        values: dict[str, object] = {
            "sent": Target.sent + 1, "last_success_s": now_s, "lease_until_s": now_s + LEASE_S,
            "tries": 0, "error": None, "failing_since_s": None, "next_s": None,
        }  # fmt: skip
        with self._store.writing() as sql:
            self._update(sql, values)
            self._forget(sql, line_id)

    def drop_letter(self, line_id: int) -> None:
        """Forget a dead letter of a kind that the target no longer wants."""
        with self._store.writing() as sql:
            self._forget(sql, line_id)

    def died_again(self, letter: DeadLetter, error: str) -> None:
        """Put a case's letters back to where they wait for somebody."""
        of_target = DeadLetter.target_id == self._id
        with self._store.writing() as sql:
            told = {"error": error[:LONGEST_ERROR], "tries": DeadLetter.tries + 1}
            one = update(DeadLetter).where(of_target, DeadLetter.line_id == letter.line_id)
            sql.execute(one.values(told))
            rest = update(DeadLetter).where(of_target, DeadLetter.case_id == letter.case_id)
            sql.execute(rest.values(replay_s=None))

    def _forget(self, sql: Session, line_id: int) -> None:
        one = delete(DeadLetter).where(DeadLetter.target_id == self._id)
        sql.execute(one.where(DeadLetter.line_id == line_id))

    def _update(self, sql: Session, values: dict[str, object]) -> None:
        mine = update(Target).where(Target.id == self._id, Target.lease_owner == self._owner)
        if _count(sql, mine.values(values)) != 1:
            raise LeaseLost


def letter(target: Target, event: Event, reason: str, error: str, now_s: float) -> DeadLetter:
    """A dead letter for an event that was tried `target.tries` times."""
    return DeadLetter(
        target_id=target.id,
        line_id=event.line_id,
        case_id=event.case.id,
        reason=reason,
        error=error[:LONGEST_ERROR],
        tries=0 if reason == BEHIND else target.tries + 1,
        died_s=now_s,
    )


def _count(sql: Session, statement: Executable) -> int:
    result = sql.execute(statement)
    assert isinstance(result, CursorResult)  # noqa: S101 - as of every update
    return result.rowcount
