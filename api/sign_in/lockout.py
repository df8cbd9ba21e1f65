"""Slow down whoever guesses passwords and codes; in the database, so a restart forgives nothing.

Failures are counted for account and address together, for the account, and for the address. When
the free ones are used up, each further failure doubles the wait. An attempt is counted before the
password is looked at, so that many at once gain nothing. Whether there is an account of that name
makes no difference; names are kept as hashes, as people type passwords there by mistake.
"""

import hashlib
from dataclasses import dataclass

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api.sign_in.tables import SignInFailure
from api.store.dialects import insert

FORGOTTEN_AFTER_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures are free; then the wait begins, doubles each time, and has an end."""

    free: int
    first_wait_s: float
    longest_wait_s: float

    def wait_s(self, count: int, last_s: float, now_s: float) -> float:
        """How long to wait after `count` failures in a row, the last at `last_s`."""
        if count < self.free or now_s - last_s >= FORGOTTEN_AFTER_S:
            return 0.0
        wait_s = min(self.first_wait_s * 2.0 ** min(count - self.free, 30), self.longest_wait_s)
        since_s = max(0.0, now_s - last_s)  # a clock that was set back must not lock for long
        return max(0.0, wait_s - since_s)


PAIR = Limit(5, 2.0, 300.0)
ACCOUNT = Limit(20, 30.0, 1800.0)
"""Somebody else can lock an account out, but half an hour at a time: what is open stays open."""
ADDRESS = Limit(30, 2.0, 300.0)
"""An office may share one address."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody who wants in as `name` from `address`."""

    name: str
    address: str

    def limits(self) -> dict[str, Limit]:
        """What it is counted for, by key."""
        name = _hash(self.name)
        return {
            f"pair:{name}:{_hash(self.address)}": PAIR,
            f"account:{name}": ACCOUNT,
            f"address:{_hash(self.address)}": ADDRESS,
        }


@dataclass(frozen=True, slots=True)
class Allowed:
    """Whether it may be tried: after `wait_s`; `locks` tells that one more failure locks it."""

    wait_s: float
    locks: bool


def begin(sql: Session, attempt: Attempt, now_s: float) -> Allowed:
    """Count an attempt as failed until it is known better, unless it has to wait."""
    limits = attempt.limits()
    sql.execute(delete(SignInFailure).where(SignInFailure.last_s < now_s - FORGOTTEN_AFTER_S))
    for key in sorted(limits):  # in one order, so that two at once do not wait for each other
        new = insert(sql, SignInFailure).values(key=key, count=0, last_s=now_s)
        sql.execute(new.on_conflict_do_nothing())
    rows = _rows(sql, limits)
    wait_s = max(limits[row.key].wait_s(row.count, row.last_s, now_s) for row in rows)
    if wait_s > 0:
        return Allowed(wait_s, False)
    for row in rows:
        row.count, row.last_s = row.count + 1, now_s
    return Allowed(0.0, any(row.count == limits[row.key].free for row in rows))


def take_back(sql: Session, attempt: Attempt) -> None:
    """An attempt was neither right nor wrong: the second factor is still to come."""
    for row in _rows(sql, attempt.limits()):
        row.count = max(0, row.count - 1)


def succeeded(sql: Session, attempt: Attempt) -> None:
    """Forget the failures of the account; those of the address only lose this attempt."""
    for row in _rows(sql, attempt.limits()):
        row.count = max(0, row.count - 1) if row.key.startswith("address:") else 0


def unlock(sql: Session, name: str) -> None:
    """Let an account in again, from everywhere."""
    key = _hash(name)
    is_of_account = (SignInFailure.key == f"account:{key}") | SignInFailure.key.startswith(
        f"pair:{key}:"
    )
    sql.execute(delete(SignInFailure).where(is_of_account))


def locked_for_s(sql: Session, name: str, now_s: float) -> float:
    """How long nobody can sign in to an account, wherever they are; 0 if they can."""
    row = sql.get(SignInFailure, f"account:{_hash(name)}")
    return ACCOUNT.wait_s(row.count, row.last_s, now_s) if row else 0.0


def _rows(sql: Session, limits: dict[str, Limit]) -> list[SignInFailure]:
    query = select(SignInFailure).where(SignInFailure.key.in_(limits)).order_by(SignInFailure.key)
    return list(sql.scalars(query.with_for_update()))


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]
