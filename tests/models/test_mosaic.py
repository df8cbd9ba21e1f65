"""Parts of pictures that share an input: packed without overlap, found where they are."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, strategies as st

from models.detector import OnnxDetector
from models.mosaic import GUTTER_PX, Tile, pack
from models.session import open_session
from tests.models.test_detector import RED, picture

INPUT_WH = (640, 384)
SIZES = st.lists(st.tuples(st.integers(1, 640), st.integers(1, 384)), max_size=12)


@given(SIZES)
def test_tiles_lie_inside_their_inputs_and_apart(sizes):
    spots = pack(sizes, INPUT_WH)
    taken = {}
    for (width, height), spot in zip(sizes, spots, strict=True):
        slot = taken.setdefault(spot.slot, np.zeros((384 + GUTTER_PX, 640 + GUTTER_PX), bool))
        assert spot.left + width <= 640
        assert spot.top + height <= 384
        rows = slice(spot.top, spot.top + height + GUTTER_PX)
        area = slot[rows, spot.left : spot.left + width + GUTTER_PX]
        assert not area.any()
        area[:] = True
    assert sorted(taken) == list(range(len(taken)))


def test_bands_share_inputs():
    assert {spot.slot for spot in pack([(640, 188)] * 4, INPUT_WH)} == {0, 1}
    assert {spot.slot for spot in pack([(316, 188)] * 4, INPUT_WH)} == {0}
    assert [spot.slot for spot in pack([(640, 384), (640, 384)], INPUT_WH)] == [0, 1]
    assert pack([], INPUT_WH) == []


@pytest.fixture(params=["openvino", "onnxruntime"])
def detector(request: pytest.FixtureRequest, make_card, squares: Path) -> OnnxDetector:
    card = make_card()
    return OnnxDetector(card, open_session(squares, card, request.param, 2, max_batch=2))


PARTS = [(0.0, 0.0, 1.0, 0.375), (0.5, 0.5, 1.0, 1.0), None, (0.0, 0.25, 0.5, 0.75)]


def test_each_thing_is_found_at_its_place_in_its_own_picture(detector):
    squares = [(2, 1), (5, 4), (3, 3), (1, 2)]
    images = [picture(256, 192, (x, y, RED, 1.0)) for x, y in squares]
    found = detector.detect_parts(images, PARTS)
    for (x, y), seen in zip(squares, found, strict=True):
        # This network has a grid of 32 pixels, in which a part need not begin on a line.
        wanted = [32 * x, 32 * y, 32 * x + 32, 32 * y + 32]
        assert seen.score[0] >= 0.5
        assert seen.xyxy[0] == pytest.approx(wanted, abs=17.0)
    assert detector.times.session_ms > 0


def test_what_is_outside_the_part_is_not_found(detector):
    images = [picture(256, 192, (5, 5, RED, 1.0)), picture(256, 192, (1, 0, RED, 1.0))]
    first, second = detector.detect_parts(images, [PARTS[0], PARTS[0]])
    assert len(first) == 0
    assert len(second) == 1


def test_a_part_of_all_is_the_same_as_the_whole_picture(detector):
    image = np.random.default_rng(7).integers(0, 256, (97, 131, 3), dtype=np.uint8)
    (whole,), (part,) = detector.detect([image]), detector.detect_parts([image], [None])
    assert part.score == pytest.approx(whole.score, abs=1e-4)


def test_no_pictures_give_no_detections(detector):
    assert detector.detect_parts([], []) == []


def test_a_part_has_at_least_a_pixel(make_card):
    tile = Tile.of(make_card(), (256, 192), (1.0, 1.0, 1.0, 1.0))
    assert tile.size_wh == (1, 1)
