"""Where a data folder's cases are: in a SQLite file of its own, or in PostgreSQL.

The address of PostgreSQL has a password in it: it comes from the environment or from a file that
only its owner may read, and is never written to a log, an error or an answer.
"""

import os
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from api.sign_in.settings import read_secret_file

STORE_NAME = "cases.db"
URL_NAME = "database.url"
VARIABLE = "SKYEYE_DATABASE_URL"
EXAMPLE = "postgresql://skyeye:PASSWORD@db.example/skyeye"
_NAMES = ("postgresql", "postgres", "postgresql+psycopg")


def locate(data_dir: Path) -> Path | URL:
    """The SQLite file in a data folder, unless the environment or the folder names PostgreSQL.

    Raises SecretError where others may read the file, ValueError for an address of another kind.
    """
    if address := os.environ.get(VARIABLE, "").strip():
        return parse_url(address, f"the environment variable {VARIABLE}")
    path = data_dir / URL_NAME
    if path.exists():
        return parse_url(read_secret_file(path), str(path))
    return data_dir / STORE_NAME


def parse_url(address: str, source: str) -> URL:
    """An address of PostgreSQL; raises ValueError, which names the source but not the address."""
    try:
        url = make_url(address)
        known = url.drivername in _NAMES and bool(url.database)
    except (ArgumentError, ValueError):  # a port that is none is the latter
        known = False
    if not known:
        raise ValueError(f"{source} is no address of PostgreSQL: write it like {EXAMPLE}")
    return url.set(drivername="postgresql+psycopg")
