"""Make a data folder ready for the cases' server."""

import time
from contextlib import closing
from pathlib import Path

from sqlalchemy import select

from api.sign_in.accounts import add_account
from api.sign_in.roles import Role
from api.sign_in.settings import load_settings
from api.store.database import open_store
from api.store.tables import Account
from streams.bus import SqliteBus

BUS_NAME = "bus.db"


def prepare(data_dir: Path) -> str | None:
    """Bring the database up to date; where nobody has an account, make `admin` in a small office.

    Returns the random password of that account, to be shown once, or None. Raises StoreError, what
    `open_store` does, or BusError where the bus, which the server needs as well, cannot be used.
    """
    small_office = load_settings(data_dir).small_office
    SqliteBus(data_dir / BUS_NAME).close()
    store = open_store(data_dir)
    try:
        store.migrate()
        with store.writing() as sql:
            if sql.scalar(select(Account.id).limit(1)) is not None or not small_office:
                return None
            return add_account(sql, "admin", Role.ADMIN, time.time())
    finally:
        store.close()


def prepare_three(data_dir: Path) -> dict[str, str]:
    """The passwords of the three administrators, by name, where nobody has an account yet.

    In a small office there is one, whom `prepare` has made; then none are returned.
    """
    names = {"system": Role.SYSTEM_ADMIN, "security": Role.SECURITY_ADMIN, "audit": Role.AUDITOR}
    with closing(open_store(data_dir)) as store, store.writing() as sql:
        if sql.scalar(select(Account.id).limit(1)) is not None:
            return {}
        return {name: add_account(sql, name, role, time.time()) for name, role in names.items()}
