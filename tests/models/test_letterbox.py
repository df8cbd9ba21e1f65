import numpy as np
import pytest
from hypothesis import given, strategies as st

from models.card import ModelCard
from models.letterbox import Letterbox, place

side = st.integers(1, 5000)


def card(**changes) -> ModelCard:
    values = {
        "name": "x",
        "title": "x",
        "family": "yolov8",
        "input_wh": (640, 384),
        "names": ("thing",),
        "sources": (),
        "sha256": "0" * 64,
        "licence": "x",
    }
    return ModelCard(**(values | changes))


@given(side, side, st.sampled_from(["centre", "corner", "stretch"]), st.data())
def test_boxes_come_back_exactly(width: int, height: int, fit: str, data: st.DataObject) -> None:
    xs = sorted(data.draw(st.tuples(st.floats(0, width), st.floats(0, width))))
    ys = sorted(data.draw(st.tuples(st.floats(0, height), st.floats(0, height))))
    box = np.array([[xs[0], ys[0], xs[1], ys[1]]], np.float32)
    placement = place(card(fit=fit), (width, height))
    there = placement.apply(box)
    assert (there >= -0.01).all()
    assert (there[:, 2] <= 640.01).all()
    assert (there[:, 3] <= 384.01).all()
    # float32 has 24 bits; a pixel of a very narrow picture may be 5000 to one here.
    tolerance = 1e-6 * max(width, height) * max(1, width / 640, height / 384)
    assert placement.restore(there) == pytest.approx(box, abs=max(tolerance, 1e-3))


@given(side, side)
def test_proportions_are_kept(width: int, height: int) -> None:
    placement = place(card(), (width, height))
    fitted_width, fitted_height = placement.fitted_wh
    assert fitted_width == 640 or fitted_height == 384
    assert fitted_width <= 640
    assert fitted_height <= 384
    ratio = min(640 / width, 384 / height)
    assert abs(fitted_width - width * ratio) <= 1
    assert abs(fitted_height - height * ratio) <= 1


@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(["centre", "corner", "stretch"]))
def test_every_value_of_the_slot_is_written_in_place(width: int, height: int, fit: str) -> None:
    slot = np.full((3, 384, 640), np.nan, np.float32)
    Letterbox(card(fit=fit)).write(np.zeros((height, width, 3), np.uint8), slot)
    assert set(np.unique(slot)) <= {np.float32(0), np.float32(114 / 255)}


@pytest.mark.parametrize(("fit", "left", "top"), [("centre", 160, 0), ("corner", 0, 0)])
def test_where_a_picture_lies(fit: str, left: int, top: int) -> None:
    image = np.full((300, 250, 3), 255, np.uint8)
    slot = np.empty((3, 384, 640), np.float32)
    placement = Letterbox(card(fit=fit)).write(image, slot)
    assert placement.fitted_wh == (320, 384)
    assert (placement.left, placement.top) == (left, top)
    white = slot[0] == 1
    assert white[:, left : left + 320].all()
    assert white.sum() == 320 * 384


def test_pixels_are_scaled_shifted_and_ordered() -> None:
    image = np.zeros((384, 640, 3), np.uint8)
    image[:] = (10, 20, 30)  # blue, green, red
    slot = np.empty((3, 384, 640), np.float32)
    changes = {"scale": 0.5, "mean": (1.0, 2.0, 3.0), "std": (2.0, 4.0, 8.0)}
    Letterbox(card(colour="rgb", **changes)).write(image, slot)
    assert [float(channel.max()) for channel in slot] == [(15 - 1) / 2, (10 - 2) / 4, (5 - 3) / 8]
    Letterbox(card(colour="bgr", **changes)).write(image, slot)
    assert [float(channel.min()) for channel in slot] == [(5 - 1) / 2, (10 - 2) / 4, (15 - 3) / 8]


def test_restored_boxes_are_cut_to_the_picture() -> None:
    placement = place(card(), (1280, 720))
    boxes = placement.restore(np.array([[-50, -50, 700, 500]], np.float32))
    assert boxes.tolist() == [[0, 0, 1280, 720]]


@pytest.mark.parametrize(
    "image",
    [
        np.zeros((0, 10, 3), np.uint8),
        np.zeros((10, 10), np.uint8),
        np.zeros((10, 10, 4), np.uint8),
        np.zeros((10, 10, 3), np.float32),
    ],
)
def test_what_is_no_picture_is_refused(image: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"not \(H, W, 3\) uint8"):
        Letterbox(card()).write(image, np.empty((3, 384, 640), np.float32))


@pytest.mark.parametrize(("shape", "kind"), [((3, 640, 384), "f4"), ((3, 384, 640), "f8")])
def test_a_wrong_slot_is_refused(shape: tuple[int, ...], kind: str) -> None:
    with pytest.raises(ValueError, match="slot is"):
        Letterbox(card()).write(np.zeros((9, 9, 3), np.uint8), np.empty(shape, kind))
