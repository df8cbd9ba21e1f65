"""Processes that die, hang or give up, and what the supervisor makes of it."""

import os
import signal
import time
from multiprocessing.sharedctypes import RawArray

import psutil
import pytest

from streams import supervision
from streams.process import USER_MISTAKE
from streams.supervision import BUDGET_RESTARTS, ProcessSpec, Supervisor


def sleeper():
    time.sleep(60)


def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    time.sleep(60)


def failing(code):
    os._exit(code)


def beating_once(beats, row):
    beats[row] = time.monotonic()
    time.sleep(60)


def parent_of_sleeper(path):
    supervisor = Supervisor([ProcessSpec("child", sleeper)], RawArray("d", 1))
    path.write_text(str(supervisor.report()["child"]["pid"]))
    time.sleep(60)


def growing(beats, grow):
    grown = b""
    while True:
        beats[0] = time.monotonic()
        if grow[0] and not grown:
            grown = os.urandom(64 << 20)
        time.sleep(0.02)


@pytest.fixture
def supervise():
    made = []

    def start(*specs):
        beats = RawArray("d", len(specs))
        made.append(Supervisor([s(beats) if callable(s) else s for s in specs], beats))
        return made[-1]

    yield start
    for supervisor in made:
        supervisor.stop()


def until(condition):
    give_up_s = time.monotonic() + 20
    while not (result := condition()):
        assert time.monotonic() < give_up_s, "it did not happen"
        time.sleep(0.05)
    return result


def test_a_killed_process_is_started_again(supervise):
    supervisor = supervise(ProcessSpec("sleeper", sleeper))
    pid = supervisor.report()["sleeper"]["pid"]
    os.kill(pid, signal.SIGKILL)
    until(lambda: supervisor.report()["sleeper"]["state"] == "down")
    assert supervisor.look_after() is None
    report = supervisor.report()["sleeper"]
    assert report["pid"] != pid
    assert (report["state"], report["restarts"]) == ("running", 1)


def test_a_users_mistake_is_not_tried_again(supervise):
    supervisor = supervise(ProcessSpec("failing", failing, (USER_MISTAKE,)))
    assert until(supervisor.look_after) == USER_MISTAKE


def test_a_process_that_dies_again_and_again_ends_the_node(supervise):
    supervisor = supervise(ProcessSpec("failing", failing, (7,)))
    assert until(supervisor.look_after) == 1
    assert supervisor.report()["failing"]["restarts"] == BUDGET_RESTARTS


def test_a_process_that_hangs_is_killed_and_started_again(supervise, monkeypatch):
    supervisor = supervise(
        lambda beats: ProcessSpec("hung", beating_once, (beats, 0), watched=True)
    )
    pid = supervisor.report()["hung"]["pid"]
    until(lambda: supervisor._beats[0] > 0)
    assert supervisor.look_after() is None
    assert supervisor.report()["hung"]["pid"] == pid
    monkeypatch.setattr(supervision, "HANG_S", 0.0)
    supervisor.look_after()
    assert supervisor.report()["hung"]["pid"] != pid


def test_a_process_that_grows_is_started_afresh(supervise, monkeypatch):
    for name, value in (("SETTLED_S", 0.0), ("MOST_GROWTH", 1.1), ("LEEWAY_BYTES", 16 << 20)):
        monkeypatch.setattr(supervision, name, value)
    grow = RawArray("i", 1)
    supervisor = supervise(
        lambda beats: ProcessSpec("growing", growing, (beats, grow), watched=True)
    )
    pid = supervisor.report()["growing"]["pid"]
    until(lambda: supervisor._beats[0] > 0)
    for _ in range(5):
        assert supervisor.look_after() is None
    assert supervisor.report()["growing"]["pid"] == pid
    grow[0] = 1
    until(lambda: supervisor.look_after() is not None or supervisor.report()["growing"]["restarts"])
    report = supervisor.report()["growing"]
    assert report["pid"] != pid
    assert (report["state"], report["restarts"]) == ("running", 1)


def test_a_process_that_ignores_sigterm_is_killed(supervise, monkeypatch):
    monkeypatch.setattr(supervision, "TERM_S", 0.3)
    supervisor = supervise(ProcessSpec("stubborn", stubborn))
    pid = supervisor.report()["stubborn"]["pid"]
    time.sleep(1.0)  # until it ignores the signal
    supervisor.stop()
    assert not psutil.pid_exists(pid)


def test_children_die_with_a_node_that_is_killed(supervise, tmp_path):
    path = tmp_path / "pid"
    supervisor = supervise(ProcessSpec("parent", parent_of_sleeper, (path,)))
    child = int(until(lambda: path.exists() and path.read_text()))
    time.sleep(1.0)  # until the child has asked to be killed with its parent
    os.kill(supervisor.report()["parent"]["pid"], signal.SIGKILL)
    until(lambda: not psutil.pid_exists(child) or psutil.Process(child).status() == "zombie")
