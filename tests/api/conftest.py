"""A data folder with cases and accounts, copied for each test."""

import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from playwright.sync_api import expect
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import URL

from api.app import create_app
from api.cases.ingest import Ingest
from api.evidence import Evidence
from api.practice import load_practice
from api.prepare import prepare
from api.sign_in import passwords
from api.sign_in.accounts import add_account, get_account
from api.sign_in.roles import Role
from api.sign_in.tokens import issue_token
from api.store.database import Store, open_store
from api.store.url import STORE_NAME, URL_NAME, parse_url
from benchmarks.api.postgresql import NoPostgresqlError, Server, find_programs, serving
from streams.bus import SqliteBus
from tests.api import serve_fixture
from tests.api.factory import seed
from vision.violation import Violation

COUNT = 4
served = serve_fixture.served
# The page and its server share a busy machine's cores with other tests: five seconds may be short.
expect.set_options(timeout=20_000)
Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Made:
    """A data folder with violations (newest first) that are cases already, and accounts.

    There is an account for each role, called as the role.
    """

    data_dir: Path
    violations: list[Violation]
    passwords: dict[str, str]
    tokens: dict[str, str]

    def bearer(self, role: str) -> Headers:
        """What a machine of that role sends."""
        return {"Authorization": f"Bearer {self.tokens[role]}"}

    def packet(self, number: int) -> Path:
        """The folder of a violation's packet."""
        return next((self.data_dir / "packets").glob(f"*/*/{self.violations[number].id}"))


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashes() -> Iterator[None]:
    """A real hash takes a fifth of a second; only the tests of whole servers use real ones."""
    cheap = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_HASHING", cheap)
        patch.setattr(passwords, "_NOBODY", cheap.hash("the password of nobody"))
        yield


@pytest.fixture(autouse=True)
def database(request: pytest.FixtureRequest) -> str:
    """Which database `made` is in: tests that are marked `on_both` run on each."""
    return str(getattr(request, "param", "sqlite"))


@pytest.fixture(scope="session")
def _announced(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Violation]]:
    data_dir = tmp_path_factory.mktemp("announced") / "data"
    return data_dir, seed(data_dir, COUNT)


@pytest.fixture(scope="session")
def _template(
    _announced: tuple[Path, list[Violation]], tmp_path_factory: pytest.TempPathFactory
) -> Made:
    data_dir = tmp_path_factory.mktemp("made") / "data"
    shutil.copytree(_announced[0], data_dir)
    return _fill(data_dir, _announced[1])


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server for all tests of this process; without one they skip."""
    try:
        find_programs()
    except NoPostgresqlError as error:
        pytest.skip(str(error))
    with serving() as server:
        yield server


@pytest.fixture(scope="session")
def _server_template(
    server: Server,
    _announced: tuple[Path, list[Violation]],
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Made, str]:
    data_dir = tmp_path_factory.mktemp("made") / "data"
    shutil.copytree(_announced[0], data_dir)
    name = server.create()
    name_database(data_dir, server.url(name))
    return _fill(data_dir, _announced[1]), name


def name_database(data_dir: Path, url: str) -> None:
    """Let the cases of a data folder be in PostgreSQL."""
    path = data_dir / URL_NAME
    path.touch(mode=0o600)
    path.write_text(url)


def _fill(data_dir: Path, violations: list[Violation]) -> Made:
    """Accounts, and cases of what was announced."""
    handed_out = {"admin": str(prepare(data_dir))}
    store = open_store(data_dir)
    with store.writing() as sql:
        for role in Role:
            if role == Role.ADMIN:
                continue
            handed_out[role.value] = add_account(sql, role.value, role, 0.0)
        sql.flush()
        tokens = {r.value: issue_token(sql, get_account(sql, r.value), "t", 0.0) for r in Role}
    with SqliteBus(data_dir / "bus.db") as bus:
        Ingest(store, bus, Evidence(data_dir / "packets"), load_practice(data_dir)).step()
    store.close()
    return Made(data_dir, violations, handed_out, tokens)


@pytest.fixture
def made(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Made]:
    """The data folder."""
    data_dir = tmp_path / "data"
    if database == "sqlite":
        template: Made = request.getfixturevalue("_template")
        shutil.copytree(template.data_dir, data_dir)
        yield replace(template, data_dir=data_dir)
        return
    server: Server = request.getfixturevalue("server")
    template, original = request.getfixturevalue("_server_template")
    shutil.copytree(template.data_dir, data_dir)
    with server.copy(original) as url:
        name_database(data_dir, url)
        yield replace(template, data_dir=data_dir)


@pytest.fixture
def empty(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Path | URL]:
    """Where a new database may be made."""
    if database == "sqlite":
        yield tmp_path / STORE_NAME
        return
    server: Server = request.getfixturevalue("server")
    with server.copy("template1") as url:
        yield parse_url(url, "the test")


@pytest.fixture
def store(made: Made) -> Iterator[Store]:
    """Its database."""
    opened = open_store(made.data_dir)
    yield opened
    opened.close()


@pytest.fixture
def bus(made: Made) -> Iterator[SqliteBus]:
    """Its bus."""
    with SqliteBus(made.data_dir / "bus.db") as opened:
        yield opened


@pytest.fixture
def visitor(made: Made) -> Iterator[TestClient]:
    """A client of the application, not logged in."""
    with TestClient(create_app(made.data_dir)) as client:
        yield client


@pytest.fixture
def viewer(visitor: TestClient, made: Made) -> TestClient:
    """The same client, as a viewer; `officer` and `admin` likewise: ask for one of them only."""
    visitor.headers.update(made.bearer("viewer"))
    return visitor


@pytest.fixture
def officer(visitor: TestClient, made: Made) -> TestClient:
    """The client as an officer."""
    visitor.headers.update(made.bearer("officer"))
    return visitor


@pytest.fixture
def admin(visitor: TestClient, made: Made) -> TestClient:
    """The client as an admin."""
    visitor.headers.update(made.bearer("admin"))
    return visitor


@pytest.fixture
def eventually() -> Callable[[Callable[[], bool]], None]:
    """Wait until something is true; fail after a while."""

    def wait(holds: Callable[[], bool]) -> None:
        deadline_s = time.monotonic() + 15
        while not holds():
            assert time.monotonic() < deadline_s, "it did not happen"
            time.sleep(0.02)

    return wait
