"""What a backup says of itself: `manifest.json`, format `skyeye.backup/1`.

Every other file of the backup is in it with its size and SHA-256. The rows of the database are the
same text from either kind of database, so that a backup of one can be restored into the other.
"""

import hashlib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.durable import CHUNK_BYTES, write_file

NAME = "manifest.json"
ROWS, FILES = "database", "files"
MOST_NAMED = 20
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BackupError(OSError):
    """A backup cannot be made, is damaged, or does not fit; the message says what to do."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class KeptFile(_Part):
    """A file of the backup."""

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0)]


class Contents(_Part):
    """The manifest: `revision` is that of the database's tables, `rows` counts those of each.

    `left_out` are the parts of the data folder that were not asked for.
    """

    format: Literal["skyeye.backup/1"]
    created_s: float
    revision: str
    database: Literal["sqlite", "postgresql"]
    rows: dict[str, int]
    files: dict[str, KeptFile]
    left_out: tuple[str, ...]


def keep(path: Path) -> KeptFile:
    """What the manifest says of a file that is there."""
    seen, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(CHUNK_BYTES):
            seen.update(chunk)
            size += len(chunk)
    return KeptFile(sha256=seen.hexdigest(), bytes=size)


def write_contents(backup: Path, contents: Contents) -> None:
    """Write the manifest: a backup without one was not finished."""
    write_file(backup / NAME, contents.model_dump_json(indent=1).encode())


def read_contents(backup: Path) -> Contents:
    """Read a backup's manifest and hold every file against it; raises BackupError."""
    try:
        contents = Contents.model_validate_json((backup / NAME).read_bytes())
    except FileNotFoundError:
        raise BackupError(f"{backup} is no backup, or one that was not finished") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise BackupError(f"{backup / NAME} is damaged: {first['loc']}: {first['msg']}") from None
    problems = list(_problems(backup, contents))
    if problems:
        named = "; ".join(problems[:MOST_NAMED])
        raise BackupError(f"{backup} is damaged, use another backup: {named}")
    return contents


def _problems(backup: Path, contents: Contents) -> list[str]:
    there = {
        path.relative_to(backup).as_posix() for path in backup.rglob("*") if path.is_file()
    } - {NAME}
    problems = [f"{name} is missing" for name in sorted(contents.files.keys() - there)]
    problems += [f"{name} was added" for name in sorted(there - contents.files.keys())]
    for name in sorted(there & contents.files.keys()):
        path = backup / name
        if path.is_symlink() or keep(path) != contents.files[name]:
            problems.append(f"{name} was changed")
    return problems
