"""A clip replayed as if it were its camera: once each, the same however it was interrupted."""

import threading
from pathlib import Path

import pytest

from models.plate_grammar import Sign
from models.plate_reading import PlateReading, Unread
from streams.evidence.facts import ModelFacts
from streams.evidence.verify import verify_packet
from streams.panel import model_facts, panel_of
from streams.replay import Replay
from streams.video.source import SourceError
from tests.streams.lot import CAR, RednessDetector, camera, film_lot

START_S = 1_795_400_000.0
OTHER = (40, 60, 110, 110)


class Killed(BaseException):
    """Stands for kill -9: nothing in the program catches it."""


class MortalDetector(RednessDetector):
    """Dies after so many batches; known by the same name as the one that takes over."""

    def __init__(self, batches):
        self.left = batches

    def detect(self, images):
        self.left -= 1
        if self.left < 0:
            raise Killed
        return super().detect(images)


MortalDetector.__name__ = RednessDetector.__name__


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    path = tmp_path_factory.mktemp("clip") / "lot.mp4"
    return film_lot(path, 40, [(CAR, 2, 99), (OTHER, 6, 22)])


def replay(clip, out, detector=None, watched=None, **how):
    told = []
    detector = detector or RednessDetector()
    watched = watched or camera("gate", "unused")
    played = Replay(clip, watched, out, panel_of(detector), START_S, **how)
    return played.run(told.append), told


def essence(lines):
    return sorted((x["id"], x["started_s"], x["raised_s"], x["ended_s"]) for x in lines)


def test_each_violation_is_told_once_in_seconds_of_the_clip(clip, tmp_path):
    result, told = replay(clip, tmp_path)
    leaving, staying = told
    assert abs(staying["started_s"] - 2) <= 0.5
    assert abs(leaving["started_s"] - 6) <= 0.5
    assert abs(leaving["ended_s"] - 22) <= 1.0
    assert staying["ended_s"] is None
    assert staying["raised_s"] - staying["started_s"] >= 8
    assert [round(v / 8) for v in staying["box_xyxy"]] == [round(v / 8) for v in CAR]
    assert result.finished
    assert result.problem is None
    assert result.violations == [staying, leaving]


def test_the_packets_are_sound_and_show_the_arrival(clip, tmp_path):
    _, told = replay(clip, tmp_path)
    for line in told:
        verdict = verify_packet(Path(line["packet"]))
        assert verdict.ok, verdict.problems
        assert verdict.notes == ()
    assert not (tmp_path / "dossiers").exists()


@pytest.mark.parametrize("batches", [1, 4, 7, 12, 20])
def test_a_replay_that_was_killed_goes_on_and_doubles_nothing(clip, tmp_path, batches):
    _, whole = replay(clip, tmp_path / "whole")
    told = []
    detector = MortalDetector(batches)
    watched = camera("gate", "unused")
    with pytest.raises(Killed):
        Replay(clip, watched, tmp_path / "cut", panel_of(detector), START_S).run(told.append)
    whole_again = panel_of(RednessDetector())
    result = Replay(clip, watched, tmp_path / "cut", whole_again, START_S).run(told.append)
    assert essence(told) == essence(whole)
    assert len(list((tmp_path / "cut" / "packets").glob("*/*/*"))) == 2
    assert result.looks < 100  # it did not start over


def test_a_replay_that_was_stopped_says_so_and_goes_on(clip, tmp_path):
    stop, told = threading.Event(), []
    watched, detector = camera("gate", "unused"), RednessDetector()
    first = Replay(clip, watched, tmp_path, panel_of(detector), START_S)
    result = first.run(told.append, progress=lambda at_s: stop.set(), stop=stop)
    assert not result.finished
    assert told == []
    _, rest = replay(clip, tmp_path)
    assert len(rest) == 2


def test_a_finished_replay_starts_afresh(clip, tmp_path):
    _, first = replay(clip, tmp_path)
    _, second = replay(clip, tmp_path)
    assert essence(first) == essence(second)


def test_a_changed_camera_starts_afresh(clip, tmp_path):
    detector = MortalDetector(12)
    with pytest.raises(Killed):
        Replay(clip, camera("gate", "x"), tmp_path, panel_of(detector), START_S).run()
    patient = camera("gate", "x", dwell_s=1000)
    result = Replay(clip, patient, tmp_path, panel_of(RednessDetector()), START_S).run()
    assert result.violations == []
    assert result.looks == 100


def test_a_clip_that_does_not_exist_is_named(tmp_path):
    with pytest.raises(SourceError, match=r"no-such\.mp4"):
        replay(tmp_path / "no-such.mp4", tmp_path / "out")


def test_a_truncated_clip_is_played_as_far_as_it_goes(tmp_path):
    whole = film_lot(tmp_path / "whole.mkv", 30, [(CAR, 2, 99)])
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    result, told = replay(cut, tmp_path / "out")
    assert len(told) == 1
    assert 10 < result.media_s < 25


def test_a_replay_tells_the_plate_as_a_live_camera_would(clip, tmp_path):
    signs = tuple(Sign(sign, 0.95) for sign in "浙F12345")
    read = PlateReading(signs, "ordinary", "blue", 120.0, Unread.NONE)
    _, told = replay(clip, tmp_path / "read", read_plate=lambda _: read)
    assert {line["facts"]["plate"]["value"] for line in told} == {"浙F12345"}
    for line in told:
        verdict = verify_packet(Path(line["packet"]))
        assert verdict.ok, verdict.problems
    _, untold = replay(clip, tmp_path / "unread")
    assert not any("plate" in name for line in untold for name in line["facts"])
    assert essence(untold) == essence(told)


def test_the_model_facts_of_a_detector_without_card_are_honest():
    assert model_facts(RednessDetector()) == ModelFacts("RednessDetector", "0" * 64, "none", "none")
