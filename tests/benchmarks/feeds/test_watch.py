"""What processes take, seen from outside."""

import contextlib
import os
import subprocess
import sys
import time

import pytest

from benchmarks.feeds.watch import Machine, Watch

BUSY = "import time; end = time.time() + 60\nwhile time.time() < end: pass"
PARENT = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); "
    "time.sleep(60)"
)


@pytest.fixture
def family():
    """A process that sleeps, with a child that works."""
    process = subprocess.Popen([sys.executable, "-c", PARENT, BUSY], start_new_session=True)
    yield process
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait()


def test_a_child_counts_by_its_name_and_what_was_before_does_not(family):
    watch = Watch(family.pid)
    time.sleep(1.0)
    watch.sample({family.pid: "node"})
    assert watch.cpu_s == 0.0
    time.sleep(1.0)
    watch.sample({family.pid: "node"})
    watch.sample_pss()
    assert set(watch.stages) == {"node", "other"}
    assert 0.1 < watch.stages["other"].cpu_s < 1.5
    assert watch.stages["node"].cpu_s < 0.2
    (_, first), (_, last) = watch.total_rss()
    assert first > 0
    assert 0 < watch.pss[0][1] < 2 * last


def test_a_process_that_has_gone_is_counted_up_to_its_last_sample(family):
    watch = Watch(family.pid)
    watch.sample({})
    family.kill()
    family.wait()
    watch.sample({})
    assert watch.cpu_s >= 0.0


def test_a_machine_at_work_is_less_idle():
    machine = Machine()
    end_s = time.monotonic() + 0.5
    while time.monotonic() < end_s:
        pass
    assert 0.0 <= machine.idle() < 1.0
