from pathlib import Path

import numpy as np
import pytest

from models.detector import LOWEST_SCORE, OnnxDetector, open_detector
from models.session import open_session
from tests.models import tiny_onnx

RED, BLUE = (0, 0, 255), (255, 0, 0)


@pytest.fixture(params=["openvino", "onnxruntime"])
def detector(request: pytest.FixtureRequest, make_card, squares: Path) -> OnnxDetector:
    card = make_card()
    return OnnxDetector(card, open_session(squares, card, request.param, 2, max_batch=3))


def picture(width: int, height: int, *cells: tuple[int, int, tuple[int, int, int], float]):
    """A black picture; each cell (x, y, colour, brightness) fills one sixteenth of a 256 x 192."""
    image = np.zeros((height, width, 3), np.uint8)
    for x, y, colour, brightness in cells:
        step = width // 8
        image[y * step : (y + 1) * step, x * step : (x + 1) * step] = np.multiply(
            colour, brightness
        ).astype(np.uint8)
    return image


def test_a_square_is_found_where_it_is(detector: OnnxDetector) -> None:
    (found,) = detector.detect([picture(256, 192, (2, 1, RED, 1.0), (5, 4, BLUE, 0.5))])
    assert found.name(0) == "first"  # red goes first in RGB
    assert found.xyxy[0] == pytest.approx([64, 32, 96, 64], abs=0.5)
    assert found.name(1) == "third"
    assert found.xyxy[1] == pytest.approx([160, 128, 192, 160], abs=0.5)
    assert found.score == pytest.approx([1, 0.5], abs=0.05)
    assert found.names == detector.names == tiny_onnx.NAMES


def test_grey_bars_are_not_part_of_the_picture(detector: OnnxDetector) -> None:
    # 4:1 into 4:3: the bars above and below are grey enough to be "found" by this network.
    (found,) = detector.detect([np.zeros((64, 256, 3), np.uint8)])
    assert len(found) == 0


def test_low_scores_are_reported_down_to_the_lowest(detector: OnnxDetector) -> None:
    (found,) = detector.detect([picture(256, 192, (0, 0, RED, 0.14), (4, 4, RED, 0.07))])
    assert found.score == pytest.approx([0.14], abs=0.02)
    assert found.score.min() >= LOWEST_SCORE
    assert detector.card.score_threshold > 0.14
    all_there_is = OnnxDetector(detector.card, detector.session, lowest_score=0.01)
    (found,) = all_there_is.detect([picture(256, 192, (0, 0, RED, 0.14), (4, 4, RED, 0.07))])
    assert found.score == pytest.approx([0.14, 0.07], abs=0.02)


def test_any_number_of_pictures_keeps_its_order(detector: OnnxDetector) -> None:
    images = [picture(256, 192, (i, 0, RED, 1.0)) for i in range(8)]
    found = detector.detect(images)
    assert [round(float(f.xyxy[0, 0])) for f in found] == [i * 32 for i in range(8)]
    assert detector.max_batch == 3
    assert detector.detect([]) == []


def test_the_times_of_a_call_are_kept(detector: OnnxDetector) -> None:
    detector.detect([picture(256, 192)] * 4)  # two runs of the network
    assert detector.times.preprocess_ms > 0
    assert detector.times.session_ms > 0
    assert detector.times.postprocess_ms > 0
    detector.detect([])
    assert detector.times.session_ms == detector.times.postprocess_ms == 0


def test_a_batch_is_the_same_as_one_by_one(detector: OnnxDetector) -> None:
    rng = np.random.default_rng(7)
    shapes = [(192, 256), (480, 640), (300, 100), (97, 131), (1080, 1920)]
    images = [rng.integers(0, 256, (*shape, 3), dtype=np.uint8) for shape in shapes]
    for together, image in zip(detector.detect(images), images, strict=True):
        (alone,) = detector.detect([image])
        assert len(alone) > 0
        assert together.xyxy == pytest.approx(alone.xyxy, abs=1e-3)
        assert together.score == pytest.approx(alone.score, abs=1e-5)
        assert together.class_id.tolist() == alone.class_id.tolist()


def test_pictures_do_not_bleed_into_each_other(detector: OnnxDetector) -> None:
    bright, dark = picture(256, 192, (3, 3, RED, 1.0)), picture(256, 64)
    detector.detect([bright, bright, bright])
    assert [len(f) for f in detector.detect([dark, bright, dark])] == [0, 1, 0]


def test_open_detector_does_it_all(
    tmp_path: Path, squares: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.download import sha256_of  # noqa: PLC0415

    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path / "cache"))
    card = tmp_path / "squares.toml"
    card.write_text(
        f"""
        title = "Squares"
        family = "yolov8"
        input_wh = [128, 96]
        names = ["first", "third"]
        licence = "Apache-2.0"
        sha256 = "{sha256_of(squares)}"
        sources = ["file:squares.onnx"]
        """
    )
    seen: list[tuple[int, int]] = []
    detector = open_detector(
        str(card), "cpu", 1, 2, lambda done_bytes, total: seen.append((done_bytes, total))
    )
    assert len(detector.detect([picture(256, 192, (2, 1, RED, 1.0))])[0]) == 1
    assert seen == [(squares.stat().st_size, squares.stat().st_size)]
    assert (detector.max_batch, detector.card.name) == (2, "squares")
