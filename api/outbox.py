"""Publish verdicts that are decided: kept in the store until the bus has them."""

import threading

from sqlalchemy import delete, func, select

from api.store.database import Store
from api.store.tables import PendingVerdict
from streams.bus import Bus

VERDICT = "verdict"


class Outbox:
    """The verdicts on their way from the store to the bus."""

    def __init__(self, store: Store, bus: Bus) -> None:
        self._store = store
        self._bus = bus
        self._turn = threading.Lock()

    def flush(self) -> int:
        """Publish what is waiting, in order, and return how many that were.

        One that was published just before a crash is published again; the bus knows its id.
        Raises BusError; what was not published waits on.
        """
        with self._turn:
            with self._store.reading() as sql:
                waiting = sql.scalars(select(PendingVerdict).order_by(PendingVerdict.id)).all()
            for verdict in waiting:
                self._bus.publish(VERDICT, verdict.message_id, verdict.body)
                with self._store.writing() as sql:
                    sql.execute(delete(PendingVerdict).where(PendingVerdict.id == verdict.id))
        return len(waiting)

    def waiting(self) -> int:
        """How many verdicts are not published yet."""
        with self._store.reading() as sql:
            return sql.scalar(select(func.count()).select_from(PendingVerdict)) or 0
