"""Where the peers' environment is, and what is pinned in it."""

import re
import subprocess

import pytest

from benchmarks.peers import environment
from benchmarks.peers.program import PROGRAMS
from benchmarks.peers.roster import PARTS, PEERS


def pins(text):
    return dict(re.findall(r"^([a-z0-9-]+)==([^\s;]+)", text, re.MULTILINE))


def test_every_package_is_pinned_by_version_and_hash_and_no_index_is_named():
    text = environment.LOCK.read_text()
    packages = re.findall(r"^[a-z].*?(?=^[a-z]|\Z)", text, re.MULTILINE | re.DOTALL)
    assert len(packages) > 30
    assert all("==" in package and "--hash=sha256:" in package for package in packages)
    assert not re.search(r"://|--find-links|--index", text)


def test_the_lock_has_what_is_asked_for():
    wanted = pins(environment.LOCK.with_name("requirements.in").read_text())
    locked = pins(environment.LOCK.read_text())
    assert {name: locked[name].partition("+")[0] for name in wanted} == wanted
    assert locked["torch"].endswith("+cpu")
    assert "opencv-python" not in locked


def test_another_lock_file_is_another_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path))
    before = environment.place()
    assert before.parent == tmp_path / "peers"
    assert not environment.is_ready()
    other = tmp_path / "requirements.lock"
    other.write_text("numpy==1\n")
    monkeypatch.setattr(environment, "LOCK", other)
    assert environment.place() != before


def test_one_that_could_not_be_made_is_taken_away_and_the_reason_told(tmp_path, monkeypatch):
    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path))
    monkeypatch.setattr(
        environment.venv, "create", lambda place, with_pip: place.mkdir(parents=True)
    )
    failed = subprocess.CompletedProcess([], 1, "", "no torch anywhere")
    monkeypatch.setattr(environment.subprocess, "run", lambda *_, **__: failed)
    with pytest.raises(environment.PeersError, match="no torch anywhere"):
        environment.make(lambda _: None)
    assert not environment.place().exists()


def test_one_that_is_there_is_not_made_again(tmp_path, monkeypatch):
    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path))
    environment.place().mkdir(parents=True)
    (environment.place() / environment.READY).touch()
    said = []
    assert environment.make(said.append) == environment.python()
    assert said == []


@pytest.mark.parametrize("entry", [*PEERS, *PARTS], ids=lambda entry: entry.key)
def test_every_peer_has_its_program(entry):
    source = (PROGRAMS / f"{entry.program}.py").read_text()
    compile(source, entry.program, "exec")
    assert not re.search(r"^(from|import) (benchmarks|models|streams|vision)", source, re.MULTILINE)
