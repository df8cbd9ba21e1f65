"""The real server in a process of its own, on a data folder whose cases are in PostgreSQL."""

import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
from sqlalchemy import select

from api.prepare import prepare
from api.serve import serve_process
from api.sign_in.accounts import add_account, get_account
from api.sign_in.roles import Role
from api.sign_in.settings import FILE_NAME
from api.sign_in.tokens import issue_token
from api.store.database import open_store
from api.store.tables import Account
from api.store.url import URL_NAME

START_S = 60.0
USER = "bench"


def name_database(data_dir: Path, address: str) -> None:
    """Make a folder whose cases are in a database."""
    data_dir.mkdir(parents=True)
    path = data_dir / URL_NAME
    path.touch(mode=0o600)
    path.write_text(address)


def make_folder(data_dir: Path, address: str) -> str:
    """Make a data folder for a new database; returns the token of somebody who may look."""
    name_database(data_dir, address)
    # The server is asked as fast as it answers, far more often than a person may ask it.
    names = ("account_per_min", "account_burst", "address_per_min", "address_burst")
    rates = "".join(f"{name} = 1000000\n" for name in names)
    (data_dir / FILE_NAME).write_text(f"[rates]\n{rates}")
    prepare(data_dir)
    with closing(open_store(data_dir)) as store, store.writing() as sql:
        if sql.scalar(select(Account).where(Account.username == USER)) is None:
            add_account(sql, USER, Role.OFFICER, 0.0)
            sql.flush()
        return issue_token(sql, get_account(sql, USER), "bench", time.time())


@contextmanager
def client(data_dir: Path, token: str) -> Iterator[httpx.Client]:
    """Serve a data folder until the block ends, and ask it over HTTP."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=serve_process, args=(str(data_dir), "127.0.0.1", port))
    process.start()
    headers = {"Authorization": f"Bearer {token}"}
    try:
        with httpx.Client(
            base_url=f"http://127.0.0.1:{port}", headers=headers, trust_env=False, timeout=60
        ) as asking:
            _await(asking)
            yield asking
    finally:
        process.terminate()
        process.join(15)


def _await(asking: httpx.Client) -> None:
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        try:
            asking.get("/api/session").raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise OSError("the server does not answer; what it printed is above")
