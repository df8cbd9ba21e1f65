"""Clips of the past are cut from packets as they came, and have the times that they say."""

import contextlib
import threading
from itertools import pairwise
from pathlib import Path

import av
import pytest

from streams.video.preroll import Clip, PreRoll, PreRollError
from streams.video.remux import StreamShape
from tests.streams.video.footage import clip, numbers_in

START_S = 1_795_400_000.0


def push(
    preroll: PreRoll, path: Path, start_s: float = START_S, first: int = 0, last: int = 10**9
) -> StreamShape:
    """Push packets `first` to `last` (in decode order) of a clip that began at `start_s`."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        shape = StreamShape(stream)
        for number, packet in enumerate(container.demux(stream)):
            if packet.size and first <= number <= last:
                ticks = packet.pts if packet.pts is not None else packet.dts
                preroll.push(packet, start_s + float(ticks * packet.time_base), shape)
    return shape


def times_of(path: Path) -> tuple[list[float], list[float]]:
    """Presentation and decode times of a file's packets, in seconds."""
    with av.open(str(path)) as container:
        packets = [p for p in container.demux(video=0) if p.size]
        assert packets[0].is_keyframe
        return (
            [float(p.pts * p.time_base) for p in packets],
            [float(p.dts * p.time_base) for p in packets],
        )


def check(cut: Clip, numbers: list[int], start_s: float = START_S) -> None:
    """The clip holds these pictures, at the times it says."""
    assert numbers_in(cut.path) == numbers
    assert cut.from_s == pytest.approx(start_s + numbers[0] / 25, abs=0.05)
    assert cut.to_s - cut.from_s == pytest.approx(len(numbers) / 25, abs=0.01)
    shown, decoded = times_of(cut.path)
    assert all(b > a for a, b in pairwise(decoded))
    assert all(p >= d for p, d in zip(shown, decoded, strict=True))
    assert sorted(shown) == pytest.approx([n / 25 for n in range(len(numbers))], abs=2e-3)


@pytest.mark.parametrize(
    ("name", "codec", "b_frames", "kept_as"),
    [
        ("a.mp4", "libx264", 0, "h264"), ("a.mp4", "libx264", 2, "h264"),
        ("a.ts", "libx264", 0, "h264"), ("a.ts", "libx264", 2, "h264"),
        ("a.mkv", "libx264", 2, "h264"), ("a.mp4", "libx265", 0, "hevc"),
        ("a.ts", "libx265", 0, "hevc"), ("a.avi", "mjpeg", 0, "mjpeg"),
        ("a.avi", "mpeg4", 0, "mpeg4"), ("a.mp4", "mpeg4", 0, "mpeg4"),
        ("a.mp4", "mpeg4", 2, "mpeg4"),
    ],
)  # fmt: skip
def test_codecs(tmp_path, name, codec, b_frames, kept_as):
    path = clip(tmp_path / name, codec, seconds=6, gop=25, b_frames=b_frames)
    preroll = PreRoll()
    with av.open(str(path)) as container:
        first = next(container.demux(video=0))
        began_s = START_S - float(first.pts * first.time_base)
    push(preroll, path, began_s)
    cut = preroll.cut(START_S + 2.5, START_S + 4.5, tmp_path / "cut.mp4")
    assert cut.codec == kept_as
    assert cut.path == tmp_path / "cut.mp4"
    assert not list(tmp_path.glob(".*"))
    numbers = numbers_in(cut.path)
    if b_frames:  # a key picture may stand elsewhere, and the end may lack a picture
        assert cut.from_s <= START_S + 2.5
        assert cut.to_s >= START_S + 4.5
        assert {62, 112} < set(numbers)
        assert cut.from_s == pytest.approx(START_S + numbers[0] / 25, abs=0.01)
    elif codec == "mjpeg":  # every picture is a key picture
        check(cut, list(range(62, 113)))
    elif codec != "mpeg4":
        check(cut, list(range(50, 113)))
    with av.open(str(cut.path)) as container:
        tag = container.streams.video[0].codec_context.codec_tag
    assert tag == {"h264": "avc1", "hevc": "hvc1"}.get(kept_as, "mp4v")
    data = cut.path.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_codec_that_mp4_cannot_hold(tmp_path):
    path = tmp_path / "a.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("msmpeg4", rate=25)
        stream.width, stream.height, stream.gop_size = 160, 120, 10
        for number in range(50):
            frame = av.VideoFrame(160, 120, "yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    preroll = PreRoll()
    push(preroll, path)
    cut = preroll.cut(START_S, START_S + 1, tmp_path / "cut.mp4")
    assert cut.path == tmp_path / "cut.mkv"
    assert cut.codec == "msmpeg4v3"
    with av.open(str(cut.path)) as container:
        assert len(list(container.decode(video=0))) == 26


@pytest.fixture(scope="module")
def ten_s(tmp_path_factory) -> Path:
    """Ten seconds of H.264, a key picture each second."""
    return clip(tmp_path_factory.mktemp("clips") / "ten.mp4", seconds=10)


def test_more_than_is_kept(ten_s, tmp_path):
    preroll = PreRoll()
    push(preroll, ten_s)
    cut = preroll.cut(START_S - 100, START_S + 100, tmp_path / "cut.mp4")
    check(cut, list(range(250)))


@pytest.mark.parametrize(("from_s", "to_s"), [(-20, -10), (11, 12), (10.5, 100)])
def test_nothing_is_kept_of_that_time(ten_s, tmp_path, from_s, to_s):
    preroll = PreRoll()
    push(preroll, ten_s)
    with pytest.raises(PreRollError, match=r"no video from .* UTC: .* to .* UTC is kept") as caught:
        preroll.cut(START_S + from_s, START_S + to_s, tmp_path / "cut.mp4")
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_nothing_at_all(tmp_path):
    with pytest.raises(PreRollError, match="nothing is kept"):
        PreRoll().cut(START_S, START_S + 1, tmp_path / "cut.mp4")


def test_only_the_newest_seconds_are_kept_in_whole_groups(ten_s):
    preroll = PreRoll(seconds=3.5)
    push(preroll, ten_s)
    start_s, end_s = preroll.span()
    assert end_s == pytest.approx(START_S + 9.96)
    assert start_s == pytest.approx(START_S + 6)


def test_memory_is_bounded(ten_s, tmp_path):
    preroll = PreRoll(seconds=1000, max_bytes=30_000)
    with av.open(str(ten_s)) as container:
        shape = StreamShape(container.streams.video[0])
        for packet in container.demux(video=0):
            if packet.size:
                preroll.push(packet, START_S + float(packet.pts * packet.time_base), shape)
                assert preroll.size_bytes <= 30_000
    kept = preroll.span()
    assert kept is not None
    assert kept[0] > START_S + 1
    assert numbers_in(preroll.cut(*kept, tmp_path / "cut.mp4").path)[-1] == 249


def test_group_larger_than_all_memory(ten_s):
    preroll = PreRoll(max_bytes=300)
    push(preroll, ten_s)
    assert preroll.size_bytes <= 300
    assert preroll.span() is None


def test_begins_at_a_key_picture(ten_s, tmp_path):
    preroll = PreRoll()
    push(preroll, ten_s, first=7)
    assert preroll.span()[0] == pytest.approx(START_S + 1)
    check(preroll.cut(START_S, START_S + 2, tmp_path / "cut.mp4"), list(range(25, 51)))


def test_reconnected_camera(ten_s, tmp_path):
    """The clip goes on after three seconds without a picture, which it shows as they were."""
    preroll = PreRoll()
    push(preroll, ten_s, last=49)
    push(preroll, ten_s, START_S + 3, first=50, last=120)
    cut = preroll.cut(START_S + 1, START_S + 6, tmp_path / "cut.mp4")
    assert numbers_in(cut.path) == list(range(25, 76))
    assert cut.from_s == START_S + 1
    assert cut.to_s - cut.from_s == pytest.approx(5.04, abs=0.01)
    shown, decoded = times_of(cut.path)
    assert shown[24:26] == pytest.approx([0.96, 4.0], abs=0.01)
    assert all(b > a for a, b in pairwise(decoded))


def test_wanted_time_begins_while_the_camera_was_away(ten_s, tmp_path):
    preroll = PreRoll()
    push(preroll, ten_s, last=49)
    push(preroll, ten_s, START_S + 3, first=50, last=120)
    cut = preroll.cut(START_S + 4, START_S + 6, tmp_path / "cut.mp4")
    check(cut, list(range(50, 76)), START_S + 3)


def test_another_size_is_another_clip(ten_s, tmp_path):
    """Both do not fit into one file: the longer part is given, with its own times."""
    large = clip(tmp_path / "large.mp4", seconds=4, size_wh=(320, 240))
    preroll = PreRoll()
    push(preroll, ten_s, last=49)
    push(preroll, large, START_S + 2)
    cut = preroll.cut(START_S + 1, START_S + 5, tmp_path / "cut.mp4")
    check(cut, list(range(76)), START_S + 2)


def test_clock_of_the_machine_is_set_back(ten_s, tmp_path):
    preroll = PreRoll(seconds=30)
    push(preroll, ten_s)
    push(preroll, ten_s, START_S - 3600)
    cut = preroll.cut(START_S - 3598, START_S - 3597, tmp_path / "cut.mp4")
    check(cut, list(range(50, 76)), START_S - 3600)


def test_folder_is_missing(ten_s, tmp_path):
    preroll = PreRoll()
    push(preroll, ten_s)
    with pytest.raises(OSError, match="No such file"):
        preroll.cut(START_S, START_S + 1, tmp_path / "gone" / "cut.mp4")


def test_cutting_while_packets_come(ten_s, tmp_path):
    preroll, stop, cuts = PreRoll(seconds=3), threading.Event(), []

    def film() -> None:
        start_s = START_S
        while not stop.is_set():
            push(preroll, ten_s, start_s)
            start_s += 10

    camera = threading.Thread(target=film)
    camera.start()
    try:
        while len(cuts) < 20:
            # All of it may be replaced before it is asked for.
            with contextlib.suppress(PreRollError):
                kept = preroll.span() or (START_S, START_S + 1)
                cuts.append(preroll.cut(*kept, tmp_path / f"{len(cuts)}.mp4"))
    finally:
        stop.set()
        camera.join()
    for cut in cuts:
        numbers = numbers_in(cut.path)
        assert all(b == (a + 1) % 250 for a, b in pairwise(numbers))
