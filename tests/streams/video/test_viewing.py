"""Copies for viewing: only where browsers need one, upright, not too large, never half written."""

from pathlib import Path

import av
import cv2
import pytest

from streams.video.viewing import viewing_copy
from tests.streams.video.footage import clip, number_of, numbers_in, picture


def described(path: Path) -> tuple[str, str, int, int]:
    with av.open(str(path)) as container:
        context = container.streams.video[0].codec_context
        return context.codec.canonical_name, context.pix_fmt, context.width, context.height


def index_is_in_front(path: Path) -> bool:
    data = path.read_bytes()
    return data.index(b"moov") < data.index(b"mdat")


def test_h264_needs_none(tmp_path):
    assert viewing_copy(clip(tmp_path / "arrival.mp4", seconds=1)) is None
    assert [path.name for path in tmp_path.iterdir()] == ["arrival.mp4"]


@pytest.mark.parametrize(
    ("name", "codec", "b_frames"),
    [
        ("a.mp4", "libx265", 2), ("a.mkv", "mjpeg", 0), ("a.mp4", "mjpeg", 0),
        ("a.avi", "mpeg4", 2), ("a.mkv", "libx264", 0),
    ],
)  # fmt: skip
def test_other_codecs_and_files(tmp_path, name, codec, b_frames):
    original = clip(tmp_path / name, codec, seconds=2, b_frames=b_frames)
    before = original.read_bytes()
    copy = viewing_copy(original)
    assert copy == tmp_path / "a.view.mp4"
    assert described(copy) == ("h264", "yuv420p", 160, 120)
    assert numbers_in(copy) == list(range(50))
    assert index_is_in_front(copy)
    assert original.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {name, "a.view.mp4"}
    with av.open(str(copy)) as container:
        assert container.duration / av.time_base == pytest.approx(2, abs=0.05)
        times = [frame.time for frame in container.decode(video=0)]
    assert times == pytest.approx([n / 25 for n in range(50)], abs=1e-3)
    assert viewing_copy(copy) is None


@pytest.mark.parametrize(
    ("size_wh", "shown_wh"),
    [((161, 121), (160, 120)), ((2560, 1440), (1920, 1080)), ((1080, 1920), (1080, 1920)),
     ((3840, 1080), (1920, 540)), ((135, 33), (136, 32))],
)  # fmt: skip
def test_sizes(tmp_path, size_wh, shown_wh):
    copy = viewing_copy(clip(tmp_path / "a.mkv", "mjpeg", seconds=0.2, size_wh=size_wh))
    assert described(copy)[2:] == shown_wh


def test_444_h264_is_not_played_everywhere(tmp_path):
    copy = viewing_copy(clip(tmp_path / "a.mp4", seconds=0.4, size_wh=(161, 121)))
    assert described(copy) == ("h264", "yuv420p", 160, 120)


def test_upright(tmp_path):
    copy = viewing_copy(clip(tmp_path / "a.mp4", "libx265", seconds=0.4, rotation=90))
    assert described(copy)[2:] == (120, 160)
    with av.open(str(copy)) as container:
        frame = next(container.decode(video=0))
        assert frame.rotation == 0
        image = cv2.rotate(frame.to_ndarray(format="bgr24"), cv2.ROTATE_90_CLOCKWISE)
    assert number_of(image) == 0
    assert abs(image.astype(int) - picture(0)).mean() < 8


@pytest.mark.parametrize("content", [b"", b"no video\n" * 500])
def test_no_video(tmp_path, content):
    path = tmp_path / "bad.mp4"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"bad\.mp4 is not a video, or it is cut short"):
        viewing_copy(path)
    assert [path.name for path in tmp_path.iterdir()] == ["bad.mp4"]


def test_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"gone\.mp4"):
        viewing_copy(tmp_path / "gone.mp4")


def test_truncated_clip_shows_what_is_there(tmp_path):
    whole = clip(tmp_path / "a.mkv", "mjpeg", seconds=2)
    whole.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    numbers = numbers_in(viewing_copy(whole))
    assert numbers[:20] == list(range(20))
    assert len(numbers) < 40


def test_disk_is_full(tmp_path, monkeypatch):
    """The copy is not begun in its own name, and what was written of it is gone."""
    path = clip(tmp_path / "a.mkv", "mjpeg", seconds=0.4)

    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        viewing_copy(path)
    assert [path.name for path in tmp_path.iterdir()] == ["a.mkv"]
