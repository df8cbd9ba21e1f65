"""How far the history of all cases is settled: up to there no line can appear any more.

SQLite commits one transaction after the other, so lines appear in the order of their ids. In
PostgreSQL a line may be committed after one with a higher id; whoever reads by id would pass it by.
Every transaction that adds a line writes to the case first and so has its number (xid) before the
line has its id. So if H is the highest id seen, and X a transaction's number taken after that,
then all lines up to H are visible or will never be once every transaction before X has ended.
"""

import threading

from sqlalchemy import func, select, text

from api.store import Store
from api.tables import HistoryLine

_OWN_XID = text("SELECT pg_current_xact_id()::text::bigint")
_OLDEST_XID = text("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")


class Horizon:
    """Knows up to which line the history is settled; safe across threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.Lock()
        self._settled = 0
        self._mark: tuple[int, int] | None = None
        """A line, and the transaction before which all have to have ended."""

    def settled(self) -> int:
        """The id of the last line that is settled, 0 where there is none."""
        with self._turn:
            if self._mark is None and not self._look():
                return self._settled
            if self._mark and self._oldest_running() > self._mark[1]:
                self._settled, self._mark = self._mark[0], None
            return self._settled

    def _look(self) -> bool:
        """Note the newest line, if it is new; whether it has to be waited for."""
        with self._store.reading() as sql:
            newest = sql.scalar(select(func.max(HistoryLine.id))) or 0
            if newest <= self._settled:
                return False
            if sql.get_bind().dialect.name != "postgresql":
                self._settled = newest
                return False
            self._mark = (newest, int(sql.scalar(_OWN_XID) or 0))
            return True

    def _oldest_running(self) -> int:
        with self._store.reading() as sql:
            return int(sql.scalar(_OLDEST_XID) or 0)
