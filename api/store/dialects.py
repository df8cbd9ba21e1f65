"""Where SQLite and PostgreSQL need different words for the same thing."""

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from api.store.tables import Table

Insert = sqlite.Insert | postgresql.Insert


def insert(sql: Session, table: type[Table]) -> Insert:
    """An insertion that knows what to do when the row is there: both have the same methods."""
    if sql.get_bind().dialect.name == "postgresql":
        return postgresql.insert(table)
    return sqlite.insert(table)
