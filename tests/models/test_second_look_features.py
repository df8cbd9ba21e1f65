"""Features of boxes: what is cut out, how it is batched, and what is put together."""

import numpy as np
import pytest

from models.card import CardError, load_card
from models.inputs import ModelError
from models.letterbox import Placement
from models.second_look import Maps
from models.second_look_features import Features, crop, open_features, windows
from models.second_look_head import BLOCKS, MADE
from vision.boxes import as_boxes

PLACED = Placement((64, 64), (64, 64), 0, 0)
MAPS = Maps(
    *(np.full((c, 64 // s, 64 // s), s, np.float32) for c, s in ((128, 8), (256, 16), (512, 32)))
)


class Eye:
    """A network that says 1280 times how much red there is, and counts its runs."""

    input_wh, max_batch, backend = (288, 288), 3, "none"

    def __init__(self, width: int = 1280) -> None:
        self.width = width
        self.runs: list[int] = []

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        self.runs.append(len(batch))
        return [np.repeat(batch[:, 0].mean(axis=(1, 2))[:, None], self.width, axis=1)]


def features(eye: Eye) -> Features:
    return Features(load_card("efficientnet-lite2"), eye)


def parts(row: np.ndarray) -> dict[str, set[float]]:
    """The values of each block of one row."""
    widths = list(BLOCKS.values())[:-1]
    blocks = np.split(row, np.cumsum(widths)[:-1])
    return {name: set(block.round(3).tolist()) for name, block in zip(BLOCKS, blocks, strict=False)}


@pytest.mark.parametrize(
    ("box", "window"),
    [
        ([100, 100, 200, 200], [92, 92, 208, 208]),  # a margin of 15 %
        ([100, 100, 300, 120], [85, 52, 315, 168]),  # a line: half as high as it is wide
        ([100, 100, 104, 104], [94, 94, 110, 110]),  # a speck: 16 px
        ([0, 0, 400, 300], [0, 0, 400, 300]),  # the picture
        ([396, 296, 400, 300], [390, 290, 400, 300]),  # its corner
    ],
)
def test_what_is_cut_out(box: list[float], window: list[int]) -> None:
    assert windows(as_boxes(box), (400, 300)).tolist() == [window]


def test_a_window_has_a_pixel_even_at_the_far_edge() -> None:
    x1, y1, x2, y2 = windows(as_boxes([3, 3, 3, 3]), (3, 3))[0]
    assert (x2 > x1, y2 > y1) == (True, True)


def test_a_large_crop_is_averaged_and_a_small_one_interpolated() -> None:
    stripes = np.zeros((448, 448, 3), np.uint8)
    stripes[:, ::2] = 200
    whole = np.array([0, 0, 448, 448])
    assert set(crop(stripes, whole, (224, 224)).ravel().tolist()) == {100}
    assert len(set(crop(stripes, whole // 64, (224, 224)).ravel().tolist())) > 20


def test_blocks_come_in_their_order() -> None:
    image = np.zeros((64, 64, 3), np.uint8)
    image[:, 32:, 2] = 255  # red on the right
    row = features(Eye()).of(image, as_boxes([40, 20, 56, 36]), MAPS, PLACED)[0]
    red, half = round((255 - 127) / 128, 3), (255 / 2 - 127) / 128
    got = parts(row)
    assert got.pop("crop") == {red}
    assert got.pop("picture").pop() == pytest.approx(half, abs=0.01)
    assert got == {"p3": {8}, "p4": {16}, "p5": {32}, "p5_around": {32}, "p5_picture": {32}}


def test_crops_go_in_batches_and_the_picture_once() -> None:
    eye, boxes = Eye(), as_boxes([[x, 0, x + 16, 16] for x in range(7)])
    image = np.random.default_rng(1).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    rows = features(eye).of(image, boxes, MAPS, PLACED)
    assert eye.runs == [3, 3, 2]
    assert rows.shape == (7, MADE)
    for box, row in zip(boxes, rows, strict=True):
        alone = features(Eye()).of(image, as_boxes(box), MAPS, PLACED)
        assert row == pytest.approx(alone[0], abs=1e-6)


def test_no_box_needs_no_network() -> None:
    eye = Eye()
    none = features(eye).of(np.zeros((64, 64, 3), np.uint8), as_boxes([]), MAPS, PLACED)
    assert (none.shape, eye.runs) == ((0, MADE), [])


def test_other_widths_are_refused() -> None:
    image, box = np.zeros((64, 64, 3), np.uint8), as_boxes([0, 0, 9, 9])
    with pytest.raises(ModelError, match="check the card 'efficientnet-lite2'"):
        features(Eye(1000)).of(image, box, MAPS, PLACED)
    with pytest.raises(ModelError, match="needs features of widths"):
        features(Eye()).of(image, box, Maps(MAPS.p4, MAPS.p4, MAPS.p5), PLACED)


def test_a_detector_gives_no_features() -> None:
    with pytest.raises(CardError, match="'yolo11n' is no network that gives features"):
        open_features(load_card("yolo11n"))
