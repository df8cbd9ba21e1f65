"""The register of permits: versions are only added, each holding the hash of the one before."""

import hashlib
import json
import threading
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.follow_up.tables import PermitVersion
from api.store.database import Store
from streams.bus import Bus
from streams.context import PermitTerms, publish_context

GENESIS = hashlib.sha256(b"skyeye permits 1").hexdigest()
"""What the first version follows."""


class NoSuchPermit(LookupError):  # noqa: N818 - it is an answer rather than an error
    """There is no permit with this id, or it was taken back."""


class OtherVersion(ValueError):  # noqa: N818
    """Somebody else has changed the permit meanwhile."""


def grant(sql: Session, terms: PermitTerms, actor: str, at_s: float) -> PermitVersion:
    """Enter a new permit."""
    return _add(sql, str(uuid.uuid4()), terms, actor, at_s)


def change(
    sql: Session, permit_id: str, seen: int, terms: PermitTerms | None, actor: str, at_s: float
) -> PermitVersion:
    """Change a permit whose version `seen` was looked at, or, without `terms`, take it back.

    What it said before stays in the register. Raises NoSuchPermit or OtherVersion.
    """
    now = latest(sql, permit_id)
    if now is None or now.terms is None:
        raise NoSuchPermit(permit_id)
    if now.version != seen:
        raise OtherVersion("somebody has changed this permit since you loaded it")
    return _add(sql, permit_id, terms, actor, at_s)


def latest(sql: Session, permit_id: str) -> PermitVersion | None:
    """What a permit says now."""
    query = select(PermitVersion).where(PermitVersion.permit_id == permit_id)
    return sql.scalar(query.order_by(PermitVersion.version.desc()).limit(1))


def versions(sql: Session, permit_id: str) -> Sequence[PermitVersion]:
    """All that a permit ever said, the oldest first."""
    query = select(PermitVersion).where(PermitVersion.permit_id == permit_id)
    return sql.scalars(query.order_by(PermitVersion.version)).all()


def all_versions(sql: Session) -> Sequence[PermitVersion]:
    """The whole register, from its first version on."""
    return sql.scalars(select(PermitVersion).order_by(PermitVersion.version)).all()


def in_force(sql: Session, version: int | None = None) -> list[tuple[PermitVersion, PermitTerms]]:
    """The permits that are there now, or were at a version of the register, the oldest first."""
    newest = select(func.max(PermitVersion.version)).group_by(PermitVersion.permit_id)
    if version is not None:
        newest = newest.where(PermitVersion.version <= version)
    query = select(PermitVersion).where(PermitVersion.version.in_(newest))
    rows = sql.scalars(query.order_by(PermitVersion.version))
    return [(row, terms_of(row)) for row in rows if row.terms is not None]


def terms_of(row: PermitVersion) -> PermitTerms:
    """What a version that was not taken back says."""
    return PermitTerms.model_validate_json(json.dumps(row.terms))


def register_version(sql: Session) -> int:
    """The number of the latest version, 0 where there is none."""
    return sql.scalar(select(func.max(PermitVersion.version))) or 0


def verify_register(rows: Sequence[PermitVersion]) -> list[str]:
    """What is wrong with a register read from its first version on: nothing if it is as written."""
    problems, previous = [], GENESIS
    for place, row in enumerate(rows, start=1):
        if row.version != place:
            problems.append(f"version {place}: number {row.version} stands here")
        if row.previous != previous or _hash(row) != row.hash:
            problems.append(f"version {row.version}: it was changed, or one before it is missing")
        previous = row.hash
    return problems


class Publisher:
    """Puts the version in force on the bus, for the nodes."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store, self._bus = store, bus
        self._turn = threading.Lock()
        self._published = 0

    def step(self) -> None:
        """Publish the register if it has a version that is not; raises BusError."""
        with self._turn, self._store.reading() as sql:
            version = register_version(sql)
            if version > self._published:
                permits = [(row.permit_id, terms) for row, terms in in_force(sql, version)]
                publish_context(self._bus, version, permits)
                self._published = version


def _add(
    sql: Session, permit_id: str, terms: PermitTerms | None, actor: str, at_s: float
) -> PermitVersion:
    query = select(PermitVersion).order_by(PermitVersion.version.desc()).limit(1)
    last = sql.scalar(query)
    row = PermitVersion(
        version=last.version + 1 if last else 1,
        permit_id=permit_id,
        at_s=at_s,
        actor=actor,
        terms=terms.model_dump(mode="json") if terms else None,
        previous=last.hash if last else GENESIS,
    )
    row.hash = _hash(row)
    sql.add(row)
    sql.flush()
    return row


def _hash(row: PermitVersion) -> str:
    """SHA-256 over a version's canonical JSON: UTF-8, keys in order, time in microseconds."""
    told: dict[str, Any] = {
        "actor": row.actor,
        "at_us": round(row.at_s * 1e6),
        "permit_id": row.permit_id,
        "previous": row.previous,
        "terms": row.terms,
        "version": row.version,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
