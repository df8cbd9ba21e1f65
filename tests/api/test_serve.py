"""The server as a process, and the commands."""

import json
import multiprocessing
import os
import re
import signal
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer
from typer.testing import CliRunner

from api.commands import serve
from api.prepare import prepare
from api.serve import AddressError, listen, serve_process
from api.sign_in import audit_commands, secrets_command
from api.sign_in.commands import accounts
from streams.bus import SqliteBus
from tests.api.factory import announce, violation, write_packet
from tests.api.serve_fixture import Served, free_port, running

cli = typer.Typer()
cli.command()(serve)
cli.add_typer(accounts, name="accounts")
cli.add_typer(audit_commands.app, name="audit")
cli.add_typer(secrets_command.app, name="secrets")


def events(response: httpx.Response) -> Iterator[dict[str, Any]]:
    """The server-sent events of an answer."""
    event: dict[str, Any] = {}
    for line in response.iter_lines():
        if not line and event:
            yield event
            event = {}
        elif not line.startswith(":"):
            key, _, value = line.partition(": ")
            event[key] = json.loads(value) if key == "data" else value


def test_answers_are_not_held_back() -> None:
    """With its protocol known, asyncio lets small parts of an answer go at once (TCP_NODELAY)."""
    with listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP


def next_case(stream: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return next(event for event in stream if event.get("event") == "case")


@pytest.mark.slow
def test_a_day_at_the_desk(served: Served) -> None:
    """Log in, follow the feed, judge, lose the server, resume where it was."""
    found = served.violations[0]
    with served.client() as client:
        with client.stream("GET", "/api/events", timeout=20) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            stream = events(response)
            start = next(event for event in stream if event["event"] == "ping")
            body = {"verdict": "confirmed", "version": 1}
            client.post(f"/api/cases/{found.id}/verdict", json=body).raise_for_status()
            told = next_case(stream)
            assert told["data"] == {"id": found.id, "status": "filed", "version": 2}
            # The server is told to stop while the feed is open: it must not wait for it.
            assert served.process.pid is not None
            os.kill(served.process.pid, signal.SIGTERM)
            list(stream)
        served.process.join(10)
        assert not served.process.is_alive()
        new = violation(99)
        with SqliteBus(served.data_dir / "bus.db") as bus:
            announce(bus, new, write_packet(served.data_dir, new))
            assert bus.claim("verdict", "analyse")[0].id == f"{found.id}:1"
        port = int(served.url.rpartition(":")[2])
        with running(served.data_dir, port):
            assert client.get("/api/session").json()["username"] == "admin"
            resume = {"Last-Event-ID": start["id"]}
            with client.stream("GET", "/api/events", headers=resume, timeout=20) as response:
                stream = events(response)
                assert next_case(stream)["data"]["status"] == "filed"
                assert next_case(stream)["data"]["id"] == new.id


@pytest.mark.slow
def test_a_taken_port_is_told_by_the_process(tmp_path: Path, capfd: Any) -> None:
    prepare(tmp_path)
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        context = multiprocessing.get_context("spawn")
        process = context.Process(target=serve_process, args=(str(tmp_path), "127.0.0.1", port))
        process.start()
        process.join(30)
    assert process.exitcode == 2
    error = capfd.readouterr().err
    assert f"skyeye: cannot serve on 127.0.0.1 port {port}" in error
    assert "Traceback" not in error


def test_a_taken_port() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(AddressError, match=rf"port {port}: .*in use; choose another"):
            listen("127.0.0.1", port)


def test_an_address_that_is_not_ours() -> None:
    with pytest.raises(AddressError, match=r"cannot serve on 203\.0\.113\.7 port 0: "):
        listen("203.0.113.7", 0)


def test_a_free_port() -> None:
    with listen("127.0.0.1", free_port()) as listener:
        assert listener.family == socket.AF_INET


@pytest.fixture
def data(tmp_path: Path) -> Path:
    prepare(tmp_path)
    return tmp_path


def command(data: Path, *words: str, typed: str | None = None) -> tuple[int, str, str]:
    """Run a command; returns its exit code, its output and what went wrong."""
    result = CliRunner().invoke(cli, [*words, "--data", str(data)], input=typed)
    return result.exit_code, result.output, str(result.exception or "")


def test_add_and_list(data: Path) -> None:
    code, text, _ = command(data, "accounts", "add", "Wang", "--name", "王队", "--role", "officer")
    assert code == 0
    assert re.search(r"Wang is officer; the password is [0-9a-f-]{27}\n", text)
    _, text, _ = command(data, "accounts", "list")
    assert "王队" in text
    code, _, error = command(data, "accounts", "add", "wang")
    assert (code, error) == (1, "there is an account 'wang' already")


def test_set_a_password_from_standard_input(data: Path) -> None:
    code, text, _ = command(data, "accounts", "password", "admin", typed="long-enough-2026\n")
    assert (code, "long-enough" in text) == (0, False)
    code, _, error = command(data, "accounts", "password", "admin", typed="short\n")
    assert (code, error) == (1, "a password has 10 to 256 characters")


def test_tokens_replace_each_other(data: Path) -> None:
    tokens = [command(data, "accounts", "token", "admin", "--name", "map")[1] for _ in range(2)]
    assert tokens[0] != tokens[1]


def test_the_last_admin_stays(data: Path) -> None:
    assert "only 'admin' manages" in command(data, "accounts", "disable", "admin")[2]
    assert "only 'admin' manages" in command(data, "accounts", "role", "admin", "viewer")[2]
    command(data, "accounts", "add", "boss", "--role", "admin")
    assert command(data, "accounts", "disable", "admin")[0] == 0
    assert "only 'boss' manages" in command(data, "accounts", "disable", "boss")[2]


def test_a_token_has_the_scopes_that_were_asked_for(data: Path) -> None:
    command(data, "accounts", "add", "wang", "--role", "reviewer")
    told = command(data, "accounts", "token", "wang", "--scope", "read", "--days", "30")
    assert told[0] == 0
    assert (
        "is none that wang has" in command(data, "accounts", "token", "wang", "--scope", "legal")[2]
    )
    assert "default" in command(data, "accounts", "list")[1]
    assert command(data, "accounts", "revoke", "wang")[0] == 0
    assert "has no token" in command(data, "accounts", "revoke", "wang")[2]


def test_the_audit_log_tells_of_commands_and_is_checked(data: Path, tmp_path: Path) -> None:
    command(data, "accounts", "add", "wang")
    code, text, _ = command(data, "audit", "verify")
    assert (code, "sound" in text) == (0, True)
    exported = command(data, "audit", "export")[1]
    assert '"action": "account.add"' in exported
    file = tmp_path / "audit.jsonl"
    file.write_text(exported)
    head = json.loads(exported.splitlines()[-1])["hash"]
    assert command(data, "audit", "verify", "--file", str(file), "--head", head)[0] == 0
    file.write_text(exported.replace("account:wang", "account:li"))
    code, text, _ = command(data, "audit", "verify", "--file", str(file))
    assert (code, "it was changed" in text, "NOT sound" in text) == (1, True, True)
    file.write_text("x")
    assert "no line of an audit log" in command(data, "audit", "verify", "--file", str(file))[2]


def test_secrets_are_sealed_under_a_new_key(data: Path) -> None:
    with SqliteBus(data / "bus.db") as bus:
        bus.put("cameras", "gate", "id = 'gate'")
    before = (data / "keys" / "sealing.key").read_bytes()
    code, text, _ = command(data, "secrets", "rotate")
    assert (code, text.split()[0]) == (0, "1")
    after = (data / "keys" / "sealing.key").read_bytes()
    assert before.strip() not in after
    with SqliteBus(data / "bus.db") as bus:
        assert bus.entries("cameras")[0].value == "id = 'gate'"


def test_three_administrators_at_the_first_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.commands.run", lambda _app, listener: listener.close())
    (tmp_path / "sign_in.toml").write_text("small_office = false")
    text = command(tmp_path, "serve", "--port", "0")[1]
    assert re.findall(r"log in as (\w+) with", text) == ["system", "security", "audit"]
    assert "log in as" not in command(tmp_path, "serve", "--port", "0")[1]
    assert "apart" in command(tmp_path, "accounts", "add", "x", "--role", "admin")[2]


@pytest.mark.parametrize("name", ["", "a b", "a/b", "x" * 65, "a\x00"])
def test_names_that_are_none(data: Path, name: str) -> None:
    assert "is no user name" in command(data, "accounts", "add", name)[2]


def test_an_account_that_is_not_there(data: Path) -> None:
    assert "accounts list" in command(data, "accounts", "token", "nobody")[2]


def test_a_folder_without_accounts(tmp_path: Path) -> None:
    assert "skyeye serve" in command(tmp_path / "nothing", "accounts", "list")[2]
    assert not (tmp_path / "nothing").exists()


def test_serve_tells_the_address_and_the_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.commands.run", lambda _app, listener: listener.close())
    code, text, _ = command(tmp_path, "serve", "--port", "0")
    assert code == 0
    assert re.search(r"log in as admin with [0-9a-f-]{27} and change it", text)
    assert re.search(r"http://127\.0\.0\.1:\d+\n", text)
    _, text, _ = command(tmp_path, "serve", "--port", "0")
    assert "log in as" not in text
