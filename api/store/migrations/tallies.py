"""Triggers that keep `case_tallies` right, whatever changes `cases`, in each database's words.

A later migration that lets SQLite make `cases` anew has to take them away and add them again.
"""

from collections.abc import Iterator

from alembic import op

KEY = ("camera_id", "camera_name", "zone", "kind", "status")
_COLUMNS = ", ".join(KEY)


def add_tallies() -> None:
    """Count what is there, and from now on each change."""
    op.execute(
        f"INSERT INTO case_tallies ({_COLUMNS}, count) "  # noqa: S608 - our own names
        f"SELECT {_COLUMNS}, count(*) FROM cases GROUP BY {_COLUMNS}"
    )
    for statement in _postgresql() if _is_postgresql() else _sqlite():
        op.execute(statement)


def drop_tallies() -> None:
    """No longer count; the table stays."""
    if _is_postgresql():
        op.execute("DROP TRIGGER cases_tally ON cases")
        op.execute("DROP FUNCTION cases_tally()")
        return
    for name in ("insert", "update", "delete"):
        op.execute(f"DROP TRIGGER cases_tally_{name}")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _less() -> str:
    same = " AND ".join(f"{name} = OLD.{name}" for name in KEY)
    return f"UPDATE case_tallies SET count = count - 1 WHERE {same};"  # noqa: S608


def _more() -> str:
    new = ", ".join(f"NEW.{name}" for name in KEY)
    return (
        f"INSERT INTO case_tallies ({_COLUMNS}, count) VALUES ({new}, 1) "  # noqa: S608
        f"ON CONFLICT ({_COLUMNS}) DO UPDATE SET count = case_tallies.count + 1;"
    )


def _sqlite() -> Iterator[str]:
    yield f"CREATE TRIGGER cases_tally_insert AFTER INSERT ON cases BEGIN {_more()} END"
    yield f"CREATE TRIGGER cases_tally_delete AFTER DELETE ON cases BEGIN {_less()} END"
    changed = f"CREATE TRIGGER cases_tally_update AFTER UPDATE OF {_COLUMNS} ON cases "
    yield changed + f"BEGIN {_less()} {_more()} END"


def _postgresql() -> Iterator[str]:
    yield "ALTER TABLE case_tallies SET (fillfactor = 50)"  # each row changes all the time
    yield (
        "CREATE FUNCTION cases_tally() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP <> 'INSERT' THEN {_less()} END IF; "
        f"IF TG_OP <> 'DELETE' THEN {_more()} END IF; "
        "RETURN NULL; END $$"
    )
    yield (
        f"CREATE TRIGGER cases_tally AFTER INSERT OR DELETE OR UPDATE OF {_COLUMNS} ON cases "
        "FOR EACH ROW EXECUTE FUNCTION cases_tally()"
    )
