"""A mark for tests that run on each database."""

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

on_both = pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)


def allow_changes(sql: Session, table: str) -> None:
    """Take away what refuses changes of a table's rows, as somebody who owns the database can."""
    on = f" ON {table}" if sql.get_bind().dialect.name == "postgresql" else ""
    sql.execute(text(f"DROP TRIGGER {table}_no_update{on}"))
