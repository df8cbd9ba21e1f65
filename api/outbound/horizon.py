"""How far the history of all cases goes.

Writers take turns in either database (`api.store.postgresql` says how), so lines become visible in
the order of their ids: whoever has read up to the last one misses none that comes later.
"""

from sqlalchemy import func, select

from api.store.database import Store
from api.store.tables import HistoryLine


def last_line(store: Store) -> int:
    """The id of the last line, 0 where there is none."""
    with store.reading() as sql:
        return sql.scalar(select(func.max(HistoryLine.id))) or 0
