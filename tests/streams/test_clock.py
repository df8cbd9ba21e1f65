"""What packets say about the clock, from the camera's reports and the kernel's state."""

import ctypes
from types import SimpleNamespace

import numpy as np
import pytest

from streams import host_clock as host_clock_module
from streams.clock import ARRIVAL, HOST, RTCP, STALE_S, Heard, clock_facts
from streams.config import Camera
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import ClockFacts, Networks
from streams.host_clock import HostClock, _Timex, host_clock, read_timex
from streams.journal import Journal
from streams.observer import Observer
from tests.streams.evidence.samples import violation
from vision.findings import Findings

NOW_S = 1_795_400_000.0
CAMERA = Camera(id="gate", name="Gate", uri="rtsp://10.0.0.1/1")
KEPT = HostClock(True, -0.002, 0.03)
LOST = HostClock(False, 0.0, 16.0)


def test_a_cameras_report_is_compared_with_a_clock_that_is_kept():
    facts = clock_facts(CAMERA, Heard(0.2514, NOW_S - 5), KEPT, NOW_S)
    assert facts == ClockFacts(
        RTCP,
        0.251,
        "the camera's clock compared with this machine's, which is synchronised to 0.032 s",
        NOW_S - 5,
        0.032,
    )


@pytest.mark.parametrize("host", [LOST, None])
def test_a_report_says_little_where_nobody_keeps_this_machines_clock(host):
    facts = clock_facts(CAMERA, Heard(0.25, NOW_S), host, NOW_S)
    assert (facts.source, facts.offset_s, facts.error_s) == (RTCP, 0.25, None)
    assert "not known to be synchronised" in facts.note


def test_without_a_report_the_hosts_state_counts():
    facts = clock_facts(CAMERA, None, KEPT, NOW_S)
    assert (facts.source, facts.offset_s) == (HOST, -0.002)
    assert (facts.measured_s, facts.error_s) == (NOW_S, 0.03)
    assert clock_facts(CAMERA, Heard(9.0, NOW_S - STALE_S - 1), KEPT, NOW_S) == facts


@pytest.mark.parametrize("host", [LOST, None])
def test_an_unknown_offset_is_said_to_be_unknown(host):
    facts = clock_facts(CAMERA, None, host, NOW_S)
    assert (facts.source, facts.offset_s, facts.measured_s) == (ARRIVAL, None, None)
    assert "not known to be synchronised" in facts.note


def test_pictures_with_times_in_their_names_rest_on_whoever_named_them(tmp_path):
    (tmp_path / "gate-20260105T081500Z.jpg").write_bytes(b"")
    camera = CAMERA.model_copy(update={"uri": str(tmp_path)})
    assert clock_facts(camera, None, KEPT, NOW_S).source == "picture file names"


@pytest.mark.parametrize(
    ("state", "status", "offset", "meant"),
    [
        (0, 0x0001, 1500, HostClock(True, 0.0015, 0.02)),
        (0, 0x2001, 1500, HostClock(True, 1.5e-6, 0.02)),
        (5, 0x0040, 0, HostClock(False, 0.0, 0.02)),
        (0, 0x0040, 0, HostClock(False, 0.0, 0.02)),
    ],
)
def test_the_kernels_answer_is_understood(state, status, offset, meant):
    told = _Timex(offset=offset, status=status, maxerror_us=20_000)
    found = read_timex(state, told)
    assert found.is_synchronised == meant.is_synchronised
    assert found.offset_s == pytest.approx(meant.offset_s)
    assert found.error_s == pytest.approx(meant.error_s)


def test_this_machine_is_asked_without_harm(monkeypatch):
    assert ctypes.sizeof(_Timex) >= 208  # what the kernel writes
    found = host_clock()
    assert found is None or found.error_s >= 0

    def refuse(_):
        raise OSError("no library")

    monkeypatch.setattr(host_clock_module.ctypes, "CDLL", refuse)
    assert host_clock() is None


def test_a_violation_is_told_with_the_clock_as_it_was_then(tmp_path, monkeypatch):
    monkeypatch.setattr("streams.observer.host_clock", lambda: KEPT)
    journal, store = Journal(tmp_path / "state.db"), DossierStore(tmp_path / "dossiers")
    observer = Observer(CAMERA, "Asia/Shanghai", Networks(), journal, store, lambda _: None)
    assert observer.casework.clock.source == HOST
    observer.hear_clock(0.25)
    observer.hear_clock(None)  # the connection was lost meanwhile
    monkeypatch.setattr(observer.casework, "look", lambda *_: None)
    look = SimpleNamespace(
        frame=SimpleNamespace(captured_at=NOW_S, native_wh=None), detections=None, intervals_s={}
    )
    for raised, source in (((), HOST), ((violation(),), RTCP)):
        found = Findings(raised=raised)
        monkeypatch.setattr(observer.analyser, "update", lambda *_, found=found: found)
        observer.look(look, np.zeros((4, 4, 3), np.uint8))
        assert observer.casework.clock.source == source
    assert observer.casework.clock.offset_s == 0.25
    journal.close()
