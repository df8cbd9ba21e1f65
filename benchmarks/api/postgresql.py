"""A PostgreSQL server of one's own, in a temporary folder, reached by a socket in it only."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

from streams.process import die_with_parent

WANTED = 15
START_S = 30.0
SUPERUSER = "skyeye"
_DEBIAN = Path("/usr/lib/postgresql")
_UNPRIVILEGED = ("postgres", "nobody")


class NoPostgresqlError(OSError):
    """There is no PostgreSQL on this machine; the message says what to install."""


def find_programs() -> Path:
    """The folder of the newest server's programs; raises NoPostgresqlError."""
    found = sorted(
        (int(folder.name), folder / "bin")
        for folder in (_DEBIAN.iterdir() if _DEBIAN.is_dir() else ())
        if folder.name.isdigit() and (folder / "bin" / "initdb").is_file()
    )
    if found and found[-1][0] >= WANTED:
        return found[-1][1]
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    raise NoPostgresqlError(
        f"there is no PostgreSQL {WANTED} or newer here: `apt-get install postgresql`"
    )


@dataclass(slots=True)
class Server:
    """A running server; `settings` are lines of its configuration."""

    folder: Path
    programs: Path
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    _made: int = 0

    def url(self, database: str) -> str:
        """The address of a database; there is no password, only root and its user get to it."""
        return f"postgresql://{SUPERUSER}@/{database}?host={self.folder}"

    @contextmanager
    def copy(self, template: str) -> Iterator[str]:
        """The address of a copy of a database that nobody is connected to, as long as needed."""
        name = self.create(template)
        try:
            yield self.url(name)
        finally:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def create(self, template: str = "template1") -> str:
        """Make a database, a copy of another one; returns its name."""
        self._made += 1
        name = f"made_{self._made}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def run(self, statement: str) -> None:
        """Carry out a statement as the superuser."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    def crash(self) -> None:
        """Kill all of it, with no chance to put anything in order, and start it again."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(START_S)
        self.start()

    def start(self) -> None:
        """Start it and wait until it answers; raises NoPostgresqlError where it does not."""
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - our own arguments
                [self.programs / "postgres", "-D", self.folder / "data"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a group of its own, to crash all its processes at once
                preexec_fn=die_with_parent,  # noqa: PLW1509 - two system calls, no lock
                **_as_somebody(),
            )
        deadline_s = time.monotonic() + START_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > deadline_s:
                text = (self.folder / "log").read_text(errors="replace")
                raise NoPostgresqlError(f"PostgreSQL does not start: {text[-500:]}")
            time.sleep(0.02)

    def stop(self) -> None:
        """Stop it; all sessions end in good order."""
        if self.process is not None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(START_S)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres"), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def serving(*, durable: bool = False, **settings: str) -> Iterator[Server]:
    """Run a server until the block ends; unless `durable`, a power cut would lose what it has."""
    programs = find_programs()
    folder = Path(tempfile.mkdtemp(prefix="skyeye-pg-"))
    server = Server(folder, programs, settings)
    try:
        _initialise(server, durable)
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def count(address: str) -> int:
    """How many cases a database has."""
    return int(_ask(address, "SELECT count(*) FROM cases"))


def size_bytes(address: str) -> int:
    """How much of the disk a database takes."""
    return int(_ask(address, "SELECT pg_database_size(current_database())"))


def settings(address: str, names: tuple[str, ...]) -> dict[str, str]:
    """What a server is set to, and whether it waits for the disk."""
    return {name: _ask(address, f"SHOW {name}") for name in (*names, "fsync", "server_version")}


def _ask(address: str, query: str) -> str:
    with psycopg.connect(address) as connection:
        row = connection.execute(query.encode()).fetchone()
    return str(row[0]) if row else ""


def _initialise(server: Server, durable: bool) -> None:
    somebody = _as_somebody()
    if user := somebody.get("user"):
        os.chown(server.folder, pwd.getpwnam(str(user)).pw_uid, -1)
    command: list[str | Path] = [
        server.programs / "initdb",
        "-D",
        server.folder / "data",
        "-U",
        SUPERUSER,
    ]
    more = ["-U", SUPERUSER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
    subprocess.run(  # noqa: S603 - our own arguments
        [*command, *more], check=True, stdout=subprocess.DEVNULL, **somebody
    )
    lazy = {} if durable else {"fsync": "off", "full_page_writes": "off"}
    own = {"listen_addresses": "''", "unix_socket_directories": f"'{server.folder}'"}
    with (server.folder / "data" / "postgresql.conf").open("a") as file:
        file.writelines(f"{k} = {v}\n" for k, v in (own | lazy | server.settings).items())


def _as_somebody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root: whom it runs as then."""
    if os.geteuid() != 0:
        return {}
    names = {entry.pw_name for entry in pwd.getpwall()}
    user = next(name for name in _UNPRIVILEGED if name in names)
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}
