"""A real server in a process of its own, with made cases, for tests from the outside."""

import multiprocessing
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx
import pytest

from api.prepare import prepare
from api.serve import serve_process
from tests.api.factory import seed
from vision.violation import Violation

START_TIMEOUT_S = 90.0
STOP_TIMEOUT_S = 15.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running server: its address, how to log in, and what is in it, newest first."""

    url: str
    username: str
    password: str
    data_dir: Path
    violations: list[Violation]
    process: BaseProcess

    @contextmanager
    def client(self) -> Iterator[httpx.Client]:
        """A browser that is logged in."""
        headers = {"X-Skyeye": "1"}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False) as client:
            credentials = {"username": self.username, "password": self.password}
            client.post("/api/session", json=credentials).raise_for_status()
            yield client


def free_port() -> int:
    """A port that nobody listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(data_dir: Path, port: int) -> Iterator[BaseProcess]:
    """Serve a data folder until the block ends."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target=serve_process, args=(str(data_dir), "127.0.0.1", port))
    process.start()
    try:
        _await_answer(f"http://127.0.0.1:{port}/api/session", process)
        yield process
    finally:
        process.terminate()
        process.join(STOP_TIMEOUT_S)
        if process.is_alive():
            process.kill()
            process.join()


@contextmanager
def serving(data_dir: Path, count: int = 6) -> Iterator[Served]:
    """Serve `count` new cases of both kinds."""
    password = prepare(data_dir)
    assert password is not None
    violations = seed(data_dir, count, time.time())
    port = free_port()
    with running(data_dir, port) as process:
        served = Served(
            f"http://127.0.0.1:{port}", "admin", password, data_dir, violations, process
        )
        with served.client() as client:
            deadline_s = time.monotonic() + START_TIMEOUT_S
            while client.get("/api/cases").json()["total"] < count:
                assert time.monotonic() < deadline_s, "the cases did not arrive"
                time.sleep(0.05)
        yield served


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """A server with six cases of its own."""
    with serving(tmp_path / "data") as server:
        yield server


def _await_answer(url: str, process: BaseProcess) -> None:
    deadline_s = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline_s:
        assert process.is_alive(), "the server has died; its output is above"
        try:
            if httpx.get(url, trust_env=False).status_code == 401:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    raise AssertionError(f"no answer from {url}")
