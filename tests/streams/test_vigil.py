"""What a camera's status says of its coverage, and the one warning when it is not judged."""

import logging

import pytest

from streams.config import Camera
from streams.vigil import Vigil, health_limits
from vision.coverage import Coverage
from vision.health import Limits, Reason

T0 = 1.8e9


def camera(**more):
    return Camera(**{"id": "gate", "name": "Gate", "uri": "rtsp://camera/1"} | more)


def watch(vigil, coverage, reasons, every_s=60.0):
    for n, reason in enumerate(reasons):
        if reason is not Reason.STALE:  # the analyser books no look that it passes over
            coverage.note(T0 + n * every_s, reason)
        vigil.note(T0 + n * every_s, reason)


@pytest.mark.parametrize(
    ("more", "limits"),
    [
        ({}, Limits(60.0, 90.0)),
        ({"frozen_after_s": 0}, Limits(None, 90.0)),
        ({"uri": "pictures/"}, Limits(None, 90.0)),
        ({"look_interval_s": 600}, Limits(60.0, 1800.0)),
    ],
    ids=["network camera", "switched off", "folder", "slow looks"],
)
def test_only_network_cameras_can_freeze_and_slow_looks_are_no_outage(more, limits):
    assert health_limits(camera(**more)) == limits


def test_stills_that_say_when_they_were_taken_may_be_a_day_apart(tmp_path):
    (tmp_path / "20260105T081500Z.jpg").touch()
    assert health_limits(camera(uri=str(tmp_path))) == Limits(None, 86400.0)


def test_one_warning_is_logged_when_it_has_lasted_and_one_word_when_it_is_over(caplog):
    caplog.set_level(logging.WARNING)
    coverage = Coverage(90.0)
    covered = [Reason.NONE] + [Reason.COVERED] * 20
    watch(Vigil(camera(), coverage), coverage, [*covered, Reason.NONE, Reason.COVERED])
    assert [record.getMessage() for record in caplog.records] == [
        "camera gate has not been judged for 10 minutes: covered",
        "camera gate is judged again",
    ]


def test_the_status_tells_the_reason_and_the_coverage():
    coverage = Coverage(90.0)
    vigil = Vigil(camera(), coverage)
    watch(vigil, coverage, [Reason.NONE, Reason.NONE, Reason.FOG, Reason.FOG, Reason.STALE])
    status = vigil.status(T0 + 240)
    assert (status["judged"], status["reason"]) == (False, "fog")
    assert status["unjudged_since_s"] == T0 + 120
    assert status["coverage"]["lost_s"]["fog"] == 120
    assert status["coverage_day"]["ratio"] == pytest.approx(1 / 3, abs=1e-4)


def test_a_camera_without_a_look_is_neither_lost_nor_judged():
    assert Vigil(camera(), Coverage(90.0)).status(T0)["coverage"]["ratio"] is None
