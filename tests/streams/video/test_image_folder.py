"""A folder of pictures as a camera."""

import threading
import time

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
