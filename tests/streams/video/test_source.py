"""Files as cameras and as replays: the right pictures at the right times, errors in one line."""

import os
import threading
import time
from itertools import pairwise
from pathlib import Path

import cv2
import pytest

from streams.video.pacing import LookSchedule
from streams.video.preroll import PreRoll
from streams.video.source import Source, SourceError, open_source
from tests.streams.video.footage import clip, number_of, numbers_in, picture
from tests.streams.video.watcher import Watcher, camera

START_S = 1_795_400_000.0
SLOW = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("clips")


@pytest.fixture(scope="module")
def h264(folder) -> Path:
    """Four seconds at 25 a second, a key picture each second."""
    return clip(folder / "h264.mp4", seconds=4)


def replay(path: Path, interval_s: float, **options) -> Source:
    options = {"start_at_s": START_S, **options}
    return open_source(camera(path), live=False, look_interval_s=interval_s, **options)


def looks(source: Source) -> list[tuple[int, float]]:
    """Number in the picture and clip second of each look; the rest of the frame is checked."""
    found = []
    for seq, frame in enumerate(source.looks(threading.Event())):
        assert (frame.camera_id, frame.epoch, frame.seq) == ("gate", 0, seq)
        assert frame.captured_at == START_S + frame.pts_s
        assert frame.image.flags.c_contiguous
        found.append((number_of(frame.image), round(frame.pts_s, 6)))
    return found


@pytest.mark.parametrize("per_s", [25, 5, 0.5])
@pytest.mark.parametrize(
    ("suffix", "codec", "b_frames"),
    [
        (".mp4", "libx264", 0), (".mp4", "libx264", 2), (".ts", "libx264", 2),
        (".mkv", "libx265", 0), (".avi", "mjpeg", 0), (".avi", "mpeg4", 2), (".h264", "libx264", 0),
    ],
)  # fmt: skip
def test_replay_gives_every_look(folder, suffix, codec, b_frames, per_s):
    path = folder / f"{codec}{b_frames}{suffix}"
    if not path.exists():
        clip(path, codec, seconds=4, b_frames=b_frames)
    source = replay(path, 1 / per_s)
    found = looks(source)
    late_s = found[0][1]  # AVI counts the pictures that the decoder holds back
    assert late_s == (0.04 if suffix == ".avi" and b_frames else 0.0)
    schedule = LookSchedule(1 / per_s)
    # Where there is a key picture for each look, nothing else is decoded.
    pictures = range(100) if per_s > 1 else (0, 27, 51, 75, 99) if late_s else range(0, 100, 25)
    wanted = [number for number in pictures if schedule.is_due(number / 25 + late_s)]
    assert [number for number, _ in found] == wanted
    assert late_s or wanted == list(range(0, 100, round(25 / per_s)))
    assert all(pts_s == pytest.approx(number / 25 + late_s, abs=1e-3) for number, pts_s in found)
    assert source.stats.state == "ended"
    assert source.stats.error is None
    assert not source.stats.drops
    assert source.stats.looks == len(found)
    assert source.stats.size_wh == (160, 120)
    assert looks(replay(path, 1 / per_s)) == found


@pytest.mark.parametrize("interval_s", [0.04, 0.2, 0.5, 1.0, 1.5, 2.0])
@pytest.mark.parametrize("gop", [10, 25, 1000])
@pytest.mark.parametrize("suffix", [".mp4", ".ts", ".mkv"])
def test_resuming_gives_the_same_looks(folder, interval_s, gop, suffix):
    path = folder / f"resume{gop}{suffix}"
    if not path.exists():
        clip(path, seconds=6, gop=gop, b_frames=2)
    whole = looks(replay(path, interval_s))
    assert len(whole) >= 3
    for row in {0, len(whole) // 2, len(whole) - 1}:
        resumed = looks(replay(path, interval_s, resume_from_s=whole[row][1]))
        assert resumed == whole[row + 1 :]


def test_key_pictures_suffice(folder):
    """Then nothing else is decoded, so a broken picture in between goes unnoticed."""
    source = replay(clip(folder / "keys.mp4", seconds=5, gop=25), 2.0)
    assert [number for number, _ in looks(source)] == [0, 50, 100]


def test_start_is_when_the_file_was_written(h264):
    os.utime(h264, (START_S + 5, START_S + 5))
    first = next(open_source(camera(h264), live=False).looks(threading.Event()))
    assert first.captured_at == START_S + 5


@pytest.mark.parametrize("size_wh", [(161, 121), (854, 480), (130, 33)])
@pytest.mark.parametrize("codec", ["libx264", "mjpeg"])
def test_odd_sizes(folder, size_wh, codec):
    path = clip(folder / f"{codec}{size_wh}.mkv", codec, seconds=0.4, size_wh=size_wh)
    frames = list(replay(path, 0.04).looks(threading.Event()))
    assert [number_of(frame.image) for frame in frames] == list(range(10))
    assert {frame.size_wh for frame in frames} == {size_wh}


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_rotated_camera(folder, rotation):
    path = clip(folder / f"turned{rotation}.mp4", seconds=0.4, rotation=rotation)
    frame = next(replay(path, 0.04).looks(threading.Event()))
    # The file says to turn the picture counter-clockwise; turned back it is what was drawn.
    turns = {0: None, 90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180,
             270: cv2.ROTATE_90_COUNTERCLOCKWISE}[rotation]  # fmt: skip
    assert frame.size_wh == ((160, 120) if rotation % 180 == 0 else (120, 160))
    drawn = frame.image if turns is None else cv2.rotate(frame.image, turns)
    assert abs(drawn.astype(int) - picture(0)).mean() < 6


def test_truncated_file(folder, h264):
    whole = folder / "front.mkv"
    clip(whole, seconds=4)
    cut = folder / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    source = replay(cut, 0.04)
    numbers = [number for number, _ in looks(source)]
    assert numbers == list(range(len(numbers)))
    assert 20 < len(numbers) < 80
    assert source.stats.state == "ended"
    assert str(cut) in source.stats.error
    assert "copy it again" in source.stats.error


@pytest.mark.parametrize("live", [True, False])
@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "no such file"),
        (b"", "not a video"),
        (b"no video at all\n" * 100, "not a video"),
        ("front", "not a video, or it is cut short"),
    ],
)
def test_what_is_no_video(folder, h264, live, content, message):
    path = folder / "bad.mp4"
    path.unlink(missing_ok=True)
    if content == "front":  # the index of an MP4 file stands at its end
        path.write_bytes(h264.read_bytes()[: h264.stat().st_size // 2])
    elif content is not None:
        path.write_bytes(content)
    with pytest.raises(SourceError) as caught:
        open_source(camera(path), live=live)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_sound_without_pictures(folder):
    import wave  # noqa: PLC0415

    with wave.open(str(folder / "sound.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    with pytest.raises(SourceError, match="no video in it"):
        open_source(camera(folder / "sound.wav"), live=False)


def test_a_network_camera_cannot_be_replayed():
    with pytest.raises(SourceError, match="record it first") as caught:
        open_source(camera("rtsp://admin:secret@127.0.0.1/1"), live=False)
    assert "secret" not in str(caught.value)


def test_missing_password_variable():
    with pytest.raises(SourceError, match="SKYEYE_NO_SUCH"):
        open_source(camera("rtsp://a:${SKYEYE_NO_SUCH}@127.0.0.1/1"), live=True)


def test_stopping_a_replay(h264):
    stop, source = threading.Event(), replay(h264, 0.04)
    for frame in source.looks(stop):
        if frame.seq == 9:
            stop.set()
    assert source.stats.looks == 10
    assert source.stats.state == "stopped"


@SLOW
@pytest.mark.parametrize("per_s", [25, 5, 0.5])
def test_file_played_as_a_camera(h264, per_s):
    source = open_source(camera(h264), live=True, look_interval_s=1 / per_s)
    before_s = time.time()
    with Watcher(source) as watcher:
        watcher.wait(lambda: source.stats.state == "ended", 10)
    assert time.time() - before_s > 3.9
    assert source.stats.error is None
    assert source.stats.looks + source.stats.drops["late"] == pytest.approx(4 * per_s, abs=1)
    for seen in watcher.seen:
        assert seen.number == round(seen.pts_s * 25)
        assert seen.captured_at - watcher.seen[0].captured_at == pytest.approx(seen.pts_s)
        assert seen.at_s >= seen.captured_at
    assert watcher.seen[0].captured_at == pytest.approx(before_s, abs=1)


@SLOW
def test_loop_goes_on_without_a_break(folder):
    path = clip(folder / "loop.mp4", seconds=1.2, gop=10, b_frames=2)
    preroll = PreRoll(seconds=30)
    source = open_source(camera(path, loop=True), live=True, look_interval_s=0.04, preroll=preroll)
    with Watcher(source) as watcher:
        watcher.wait(lambda: bool(watcher.seen) and watcher.seen[-1].pts_s > 4)
    assert source.stats.state == "stopped"
    assert {seen.epoch for seen in watcher.seen} == {0}
    for a, b in pairwise(watcher.seen):
        assert b.captured_at - a.captured_at == pytest.approx(b.pts_s - a.pts_s, abs=1e-3)
        assert b.number == round(b.pts_s * 25) % 30
    # A clip that crosses the end of the file twice shows one picture after the other.
    start_s, _ = preroll.span()
    cut = preroll.cut(start_s + 1, start_s + 3, folder / "across.mp4")
    numbers = numbers_in(cut.path)
    assert all(b == (a + 1) % 30 for a, b in pairwise(numbers[:-4]))
    assert {29, 0} < set(numbers)
    assert cut.to_s - cut.from_s == pytest.approx(len(numbers) / 25, abs=0.13)


@SLOW
def test_slow_consumer_of_a_file(folder):
    path = clip(folder / "slow.mp4", seconds=6, gop=10)
    source = open_source(camera(path), live=True, look_interval_s=0.04)
    with Watcher(source, slowness_s=0.3) as watcher:
        watcher.wait(lambda: source.stats.state == "ended", 15)
    assert source.stats.drops["late"] > 50
    assert all(seen.number == round(seen.pts_s * 25) for seen in watcher.seen)
    assert max(seen.at_s - seen.captured_at for seen in watcher.seen) < 5


@SLOW
def test_files_put_together_go_on(folder):
    first, second = clip(folder / "1.ts", seconds=1), clip(folder / "2.ts", first_number=500)
    both = folder / "both.ts"
    both.write_bytes(first.read_bytes() + second.read_bytes())
    found = looks(replay(both, 0.2))
    assert [number for number, _ in found] == [*range(0, 25, 5), *range(500, 575, 5)]
    assert [pts_s for _, pts_s in found] == pytest.approx([n * 0.2 for n in range(20)], abs=0.01)
