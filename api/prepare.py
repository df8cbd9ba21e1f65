"""Make a data folder ready for the cases' server."""

import time
from pathlib import Path

from sqlalchemy import select

from api.sign_in.accounts import add_account
from api.sign_in.roles import Role
from api.store import open_store
from api.tables import Account
from streams.bus import SqliteBus

BUS_NAME = "bus.db"


def prepare(data_dir: Path) -> str | None:
    """Bring the database up to date; where nobody has an account, make `admin`.

    Returns the random password of that account, to be shown once, or None. Raises StoreError, what
    `open_store` does, or BusError where the bus, which the server needs as well, cannot be used.
    """
    SqliteBus(data_dir / BUS_NAME).close()
    store = open_store(data_dir)
    try:
        store.migrate()
        with store.writing() as sql:
            if sql.scalar(select(Account.id).limit(1)) is not None:
                return None
            return add_account(sql, "admin", Role.ADMIN, time.time())
    finally:
        store.close()
