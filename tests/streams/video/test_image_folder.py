"""A folder of pictures as a camera."""

import threading
import time
from datetime import UTC, datetime

import cv2
import pytest

from streams.video.source import SourceError, open_source
from tests.streams.video.footage import number_of, picture
from tests.streams.video.watcher import Watcher, camera

START_S = 1_795_400_000.0


@pytest.fixture
def folder(tmp_path):
    """Pictures 0 to 10, whose names sort wrongly as texts; number 3 is broken."""
    for number in range(11):
        suffix = "png" if number % 2 else "jpg"
        path = tmp_path / f"shot {number}.{suffix}"
        cv2.imwrite(str(path), picture(number))
        if number == 3:
            path.write_bytes(path.read_bytes()[:40])
    (tmp_path / "notes.txt").write_text("not a picture")
    return tmp_path


def test_replay(folder):
    source = open_source(camera(folder, look_interval_s=60), live=False, start_at_s=START_S)
    frames = list(source.looks(threading.Event()))
    assert [number_of(frame.image) for frame in frames] == [0, 1, 2, *range(4, 11)]
    assert [frame.pts_s for frame in frames] == [n * 60.0 for n in (0, 1, 2, *range(4, 11))]
    assert all(frame.captured_at == START_S + frame.pts_s for frame in frames)
    assert source.stats.drops == {"broken": 1}
    assert source.stats.state == "ended"


def test_resume(folder):
    source = open_source(
        camera(folder, look_interval_s=60), live=False, start_at_s=START_S, resume_from_s=420.0
    )
    assert [number_of(f.image) for f in source.looks(threading.Event())] == [8, 9, 10]


def test_live_and_again(folder):
    source = open_source(camera(folder, loop=True), live=True, look_interval_s=0.02)
    before_s = time.time()
    with Watcher(source) as watcher:
        watcher.wait_for_looks(24)
    assert [seen.number for seen in watcher.seen[:12]] == [0, 1, 2, *range(4, 11), 0, 1]
    assert watcher.seen[10].captured_at - watcher.seen[0].captured_at == pytest.approx(0.22)
    assert watcher.seen[0].captured_at == pytest.approx(before_s, abs=5)


def test_size_changes(tmp_path):
    for number, size_wh in enumerate([(160, 120), (160, 120), (200, 120)]):
        cv2.imwrite(str(tmp_path / f"{number}.png"), picture(number, size_wh))
    frames = open_source(camera(tmp_path), live=False).looks(threading.Event())
    assert [frame.epoch for frame in frames] == [0, 0, 1]


def test_empty_folder(tmp_path):
    with pytest.raises(SourceError, match="no picture in this folder"):
        open_source(camera(tmp_path), live=True)


def dated(folder, *times):
    """Put a picture numbered by its place in `times` there for each of them."""
    folder.mkdir(exist_ok=True)
    for number, time_text in enumerate(times):
        cv2.imwrite(str(folder / f"gate-{time_text}.png"), picture(number))
    return folder


def test_names_that_say_when_it_was_taken(tmp_path):
    dated(tmp_path, "20260105T081500Z", "20260106T081500Z", "20260105T201500Z")
    source = open_source(camera(tmp_path), live=False, start_at_s=START_S)
    frames = list(source.looks(threading.Event()))
    assert [number_of(frame.image) for frame in frames] == [0, 2, 1]
    assert [frame.pts_s for frame in frames] == [0.0, 43200.0, 86400.0]
    assert frames[0].captured_at == datetime(2026, 1, 5, 8, 15, tzinfo=UTC).timestamp()
    resumed = open_source(camera(tmp_path), live=False, resume_from_s=43200.0)
    assert [f.pts_s for f in resumed.looks(threading.Event())] == [86400.0]


def test_a_dated_folder_is_watched_for_newer_pictures_and_shows_each_once(tmp_path):
    dated(tmp_path, "20260105T081500Z", "20260105T091500Z")
    source = open_source(camera(tmp_path, loop=True), live=True, look_interval_s=0.02)
    with Watcher(source) as watcher:
        watcher.wait(lambda: len(watcher.seen) == 2)
        later = dated(tmp_path / "later", "20260106T000000Z")  # written whole, then moved in
        (later / "gate-20260106T000000Z.png").rename(tmp_path / "gate-20260106T000000Z.png")
        watcher.wait(lambda: len(watcher.seen) == 3)
    times = [seen.captured_at for seen in watcher.seen]
    assert times == sorted(set(times))
    assert len(times) == 3


@pytest.mark.parametrize("name", ["gate.png", "gate-20261332T000000Z.png"])
def test_a_name_among_dated_ones_that_tells_no_time(tmp_path, name):
    dated(tmp_path, "20260105T081500Z")
    cv2.imwrite(str(tmp_path / name), picture(1))
    with pytest.raises(SourceError, match=rf"{name} does not say when it was taken"):
        open_source(camera(tmp_path), live=True)
