"""Bring a backup back, into a new folder and an empty database of either kind, and check it."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, inspect, select
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from api import audit
from api.backup.contents import FILES, ROWS, BackupError, Contents, read_contents
from api.backup.rows import empty, go_on_numbering, read_rows, tables_of
from api.cases.history import read_lines, verify_case
from api.custody import register
from api.follow_up.permits import verify_register
from api.follow_up.tables import PermitVersion
from api.store.database import Store, open_store
from api.store.tables import Case
from api.store.url import URL_NAME
from streams.durable import copy_file, remedy

AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Restored:
    """What came back; `problems` names every chain that does not verify, in the backup already."""

    contents: Contents
    cases: int
    problems: tuple[str, ...]


def restore(backup: Path, data_dir: Path) -> Restored:
    """Bring a backup back and check all chains; raises BackupError where it is damaged, and where
    the folder or the database is not empty."""
    contents = read_contents(backup)
    _check_empty(data_dir)
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        with closing(open_store(data_dir)) as store:
            _restore_rows(store, backup, contents)
            _restore_files(backup, contents, data_dir)
            store.migrate()
            with store.reading() as sql:
                cases = sql.scalar(select(func.count()).select_from(Case)) or 0
                return Restored(contents, cases, tuple(_problems(sql)))
    except DatabaseError as error:
        reason = " ".join(str(error.orig).split())
        raise BackupError(f"{backup} was not restored: {reason}") from error
    except OSError as error:
        if error.errno is None:
            raise
        raise BackupError(f"{backup} was not restored: {remedy(error)}") from error


def _check_empty(data_dir: Path) -> None:
    there = [path.name for path in data_dir.iterdir()] if data_dir.is_dir() else []
    if set(there) - {URL_NAME}:
        raise BackupError(
            f"{data_dir} is not empty: name a new folder (only {URL_NAME} may be there)"
        )


def _restore_rows(store: Store, backup: Path, contents: Contents) -> None:
    """All rows or none; after a failure the database has to be made anew."""
    _check_no_tables(store)
    store.migrate(contents.revision)
    with store.writing() as sql:
        tables = tables_of(sql)
        if {table.name for table in tables} != set(contents.rows):
            raise BackupError(f"{backup} has other tables than its revision {contents.revision}")
        empty(sql, tables)
        for table in tables:
            path = backup / ROWS / f"{table.name}.jsonl.gz"
            if read_rows(sql, table, path) != contents.rows[table.name]:
                raise BackupError(f"{backup}: table {table.name} has not the rows that it should")
        go_on_numbering(sql, tables)


def _check_no_tables(store: Store) -> None:
    """Nothing is ever restored over what is there."""
    try:
        with store.reading() as sql:
            there = inspect(sql.connection()).get_table_names()
    except DatabaseError as error:
        raise BackupError(f"{store.name} cannot be used: {error.orig}") from error
    if there:
        raise BackupError(f"{store.name} is not empty: restore into a new database")


def _restore_files(backup: Path, contents: Contents, data_dir: Path) -> None:
    prefix = f"{FILES}/"
    for name in contents.files:
        if name.startswith(prefix):
            target = data_dir / name.removeprefix(prefix)
            if not target.resolve().is_relative_to(data_dir.resolve()):
                raise BackupError(f"{backup}: {name} leads out of the folder")
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_file(backup / name, target)
            target.chmod(0o600)
    if (keys := data_dir / "keys").is_dir():
        keys.chmod(0o700)
    shutil.copymode(backup, data_dir)


def _problems(sql: Session) -> Iterator[str]:
    """Every chain that is kept in the database, to its end."""
    last = ""
    query = select(Case).order_by(Case.id).limit(AT_ONCE)
    while cases := sql.scalars(query.where(Case.id > last)).all():
        for case in cases:
            verdict = verify_case(case, read_lines(sql, case.id))
            yield from (f"case {case.number}: {problem}" for problem in verdict.problems)
        last = cases[-1].id
        sql.expunge_all()
    yield from (f"audit log, {problem}" for problem in audit.verify(sql).problems)
    yield from (f"register of looks, {problem}" for problem in register.verify(sql).problems)
    permits = sql.scalars(select(PermitVersion).order_by(PermitVersion.version)).all()
    yield from (f"register of permits, {problem}" for problem in verify_register(permits))
