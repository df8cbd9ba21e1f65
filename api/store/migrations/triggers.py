"""Triggers that refuse to change or delete rows, in the words of each database."""

from alembic import op


def keep_for_ever(table: str, message: str) -> None:
    """Refuse every change of a row that is there; `message` is plain text without quotes."""
    if _is_postgresql():
        op.execute(
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for verb in _verbs():
        op.execute(_trigger(table, verb, message))


def release(table: str) -> None:
    """Let a migration change the rows of a table; `keep_for_ever` has to follow."""
    on = f" ON {table}" if _is_postgresql() else ""
    for verb in _verbs():
        op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}{on}")
    if _is_postgresql():
        op.execute(f"DROP FUNCTION {table}_refuse()")


def _is_postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _verbs() -> tuple[str, ...]:
    """What changes rows; SQLite knows no TRUNCATE."""
    return ("UPDATE", "DELETE", "TRUNCATE") if _is_postgresql() else ("UPDATE", "DELETE")


def _trigger(table: str, verb: str, message: str) -> str:
    begin = f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    if _is_postgresql():
        each = "STATEMENT" if verb == "TRUNCATE" else "ROW"
        return begin + f"FOR EACH {each} EXECUTE FUNCTION {table}_refuse()"
    return begin + f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
