"""A site's own code tables: put in place of those in force, the former ones kept."""

import os
from pathlib import Path

import tomlkit

from api.codes.sheets import Difference, SheetProblem, compare
from api.codes.tables import CodeBook, CodeFile, CodesError, load_codes
from streams.durable import sync_folder

FOLDER, ARCHIVE = "codes", "archive"


def plan_import(book: CodeBook, table: CodeFile, scheme: str) -> Difference:
    """What taking a table would change; raises SheetProblem where it cannot be taken.

    A table whose rows differ needs a version of its own, as cases keep the version of their code.
    """
    if table.scheme != scheme:
        problem = f"about: the sheet is of the scheme {table.scheme!r}: import it as that"
        raise SheetProblem([problem])
    before = book.tables.get(scheme)
    found = compare(before, table)
    if before is not None and found and table.version == before.version:
        problem = (
            f"about: version {before.version} is in force with other rows: write a new version"
        )
        raise SheetProblem([problem])
    return found


def put_table(data_dir: Path, table: CodeFile) -> None:
    """Keep a table as the site's own; what it replaces goes to codes/archive. Raises CodesError.

    A server takes it at its next start.
    """
    folder = data_dir / FOLDER
    path = folder / f"{table.scheme}.toml"
    (folder / ARCHIVE).mkdir(parents=True, exist_ok=True)
    former = path.read_bytes() if path.is_file() else None
    if former is not None:
        version = load_codes(folder).tables[table.scheme].version
        _write(folder / ARCHIVE / f"{table.scheme}-{_plain(version)}.toml", former)
    _write(path, to_toml(table).encode())
    try:
        load_codes(folder)
    except CodesError:  # with the other tables and the practice it makes no whole
        if former is None:
            path.unlink()
        else:
            _write(path, former)
        raise


def to_toml(table: CodeFile) -> str:
    """A table as the file that it is kept in."""
    document = tomlkit.document()
    for key in ("scheme", "version", "source"):
        document[key] = getattr(table, key)
    rows = tomlkit.aot()
    for part in table.codes:
        row = tomlkit.table()
        told = part.model_dump(by_alias=True, mode="json")
        for key, value in told.items():
            row[key] = _inline(value) if isinstance(value, dict) else value
        rows.append(row)
    document["codes"] = rows
    return tomlkit.dumps(document)


def _inline(value: dict[str, object]) -> tomlkit.items.InlineTable:
    table = tomlkit.inline_table()
    table.update(value)
    return table


def _plain(version: str) -> str:
    return "".join(sign if sign.isalnum() or sign in ".-_" else "_" for sign in version)[:60]


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)
