"""Take a backup while the server runs."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from alembic.migration import MigrationContext

from api.backup.contents import (
    FILES,
    ROWS,
    BackupError,
    Contents,
    KeptFile,
    keep,
    write_contents,
)
from api.backup.rows import tables_of, write_rows
from api.prepare import BUS_NAME
from api.store.database import Store, open_store
from api.store.url import URL_NAME
from streams.durable import remedy

SETTINGS = ("*.toml", "calendars/*", "codes/*", "platforms/*")
PACKETS = ("packets", "signs", "received")
"""Evidence; viewing copies are not part of it, they are made again when somebody asks."""
KEYS = ("keys",)


def take_backup(data_dir: Path, backup: Path, *, packets: bool, keys: bool) -> Contents:
    """Put a data folder's cases, bus and settings away in a new folder that only its owner reads.

    Evidence and the keys that sign it and that seal passwords are big or dangerous to have twice:
    they are part of it if asked for. The cases are those of one moment. Raises BackupError, and
    leaves no half of a backup behind.
    """
    if backup.exists():
        raise BackupError(f"{backup} is there already: name a new folder")
    part = backup.with_name(f".{backup.name}.part")
    try:
        (part / ROWS).mkdir(parents=True, mode=0o700)
        part.chmod(0o700)
        contents = _fill(data_dir, part, packets=packets, keys=keys)
        part.rename(backup)
    except OSError as error:
        shutil.rmtree(part, ignore_errors=True)
        if isinstance(error, BackupError):
            raise
        raise BackupError(f"{backup} was not made: {remedy(error)}") from error
    return contents


def _fill(data_dir: Path, part: Path, *, packets: bool, keys: bool) -> Contents:
    began_s = time.time()
    with closing(open_store(data_dir)) as store:
        revision, rows = _take_rows(store, data_dir, part)
        dialect = store.dialect
    # The evidence comes after the rows, so that all that they name is there.
    wanted = [*(PACKETS if packets else ()), *(KEYS if keys else ())]
    _take_files(data_dir, part / FILES, wanted)
    files: dict[str, KeptFile] = {}
    for path in sorted(part.rglob("*")):
        if path.is_file():
            files[path.relative_to(part).as_posix()] = keep(path)
            path.chmod(0o600)
    contents = Contents(
        format="skyeye.backup/1",
        created_s=began_s,
        revision=revision,
        database="postgresql" if dialect == "postgresql" else "sqlite",
        rows=rows,
        files=files,
        left_out=tuple(name for name in (*PACKETS, *KEYS) if name not in wanted),
    )
    write_contents(part, contents)
    return contents


def _take_rows(store: Store, data_dir: Path, part: Path) -> tuple[str, dict[str, int]]:
    """The rows of one moment; the bus is of the same, as nobody takes from it meanwhile."""
    with store.reading() as sql:
        with store.writing() as turn:
            turn.connection()  # from here on nobody writes
            revision = MigrationContext.configure(sql.connection()).get_current_revision()
            tables = tables_of(sql)
            _take_bus(data_dir / BUS_NAME, part / FILES / BUS_NAME)
        if revision is None:
            raise BackupError(f"{store.name} has no cases yet: there is nothing to put away")
        return revision, {
            table.name: write_rows(sql, table, part / ROWS / f"{table.name}.jsonl.gz")
            for table in tables
        }


def _take_bus(source: Path, target: Path) -> None:
    target.parent.mkdir()
    if not source.exists():
        return
    with closing(sqlite3.connect(source)) as bus, closing(sqlite3.connect(target)) as copy:
        bus.backup(copy)


def _take_files(data_dir: Path, target: Path, wanted: list[str]) -> None:
    for path in _files(data_dir, wanted):
        if path.name == URL_NAME or path.is_symlink():
            continue
        copy = target / path.relative_to(data_dir)
        copy.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, copy)
        except FileNotFoundError:  # purged meanwhile
            copy.unlink(missing_ok=True)


def _files(data_dir: Path, wanted: list[str]) -> Iterator[Path]:
    for pattern in SETTINGS:
        yield from (path for path in sorted(data_dir.glob(pattern)) if path.is_file())
    for name in wanted:
        for folder, folders, names in os.walk(data_dir / name):
            folders[:] = [one for one in folders if ".tmp-" not in one]
            yield from (Path(folder) / one for one in names if ".tmp-" not in one)
