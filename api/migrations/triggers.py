"""Triggers that refuse to change or delete rows, in the words of each database."""

from alembic import op

_VERBS = ("UPDATE", "DELETE")


def keep_for_ever(table: str, message: str) -> None:
    """Refuse every change of a row that is there; `message` is plain text without quotes."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
    for verb in _VERBS:
        op.execute(_trigger(table, verb, message))


def release(table: str) -> None:
    """Let a migration change the rows of a table; `keep_for_ever` has to follow."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for verb in _VERBS:
        on = f" ON {table}" if is_postgresql else ""
        op.execute(f"DROP TRIGGER {table}_no_{verb.lower()}{on}")
    if is_postgresql:
        op.execute(f"DROP FUNCTION {table}_refuse()")


def _trigger(table: str, verb: str, message: str) -> str:
    begin = f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
    if op.get_bind().dialect.name == "postgresql":
        return begin + f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    return begin + f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
