"""Exact outlines, and views that do not move."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from tests.vision.ledger.lot import skin
from tests.vision.street import texture
from vision.anchor import SHEETS_PER_VIEW, VIEWS, Anchors
from vision.boxes import as_boxes
from vision.fine_look import FineLook, fine_look

BOX = (100.0, 60.0, 190.0, 130.0)
NOTHING = as_boxes([])


def scene(model=1, dx=0.0, dy=0.0, turn=0.0):
    image = texture(7, (320, 180), 2.0).copy()
    body = np.zeros_like(image)
    body[60:130, 100:190] = skin(model, (90, 70))
    mask = np.zeros((180, 320, 1), np.float32)
    mask[60:130, 100:190] = 1
    move = cv2.getRotationMatrix2D((145, 95), turn, 1)
    move[:, 2] += (dx, dy)
    body, mask = (cv2.warpAffine(p, move, (320, 180)) for p in (body, mask))
    return (image * (1 - mask[..., None]) + body * mask[..., None]).astype(np.uint8)


def likeness(first, second, box=BOX):
    return fine_look(first, BOX).likeness(fine_look(second, box))


@settings(deadline=None, max_examples=20)
@given(gain=st.floats(0.4, 1.3), noise=st.floats(0, 8), seed=st.integers(0, 99))
def test_light_and_noise_leave_an_outline_where_it_is(gain, noise, seed):
    rng = np.random.default_rng(seed)
    lit = np.clip(scene() * gain + rng.normal(0, noise, (180, 320, 3)), 0, 255).astype(np.uint8)
    assert likeness(scene(), lit) > 0.6


@pytest.mark.parametrize(
    "shift", [{"dx": 5}, {"dy": -5}, {"dx": -4, "dy": 3}, {"dx": 4, "turn": 3}]
)
def test_a_twin_parked_anew_does_not_match(shift):
    assert likeness(scene(), scene(**shift)) < 0.15


def test_another_vehicle_in_the_very_same_spot_does_not_match():
    assert likeness(scene(), scene(model=2)) < 0.15


@settings(deadline=None, max_examples=20)
@given(dx=st.floats(-9, 9), dy=st.floats(-9, 9))
def test_a_nudge_that_is_known_is_taken_out_to_a_fraction_of_a_pixel(dx, dy):
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    nudged = cv2.warpAffine(scene(), move, (320, 180), borderMode=cv2.BORDER_REFLECT)
    box = (BOX[0] + dx, BOX[1] + dy, BOX[2] + dx, BOX[3] + dy)
    assert likeness(scene(), nudged, box) > 0.8


def test_a_spot_that_lost_its_edges_is_not_alike_and_one_without_any_cannot_be_compared():
    blank = np.full((180, 320, 3), 90, np.uint8)
    assert likeness(scene(), blank) == 0.0
    assert likeness(blank, scene()) is None
    assert not fine_look(blank, BOX).tells


def test_the_next_car_in_the_row_is_not_gone_by():
    """Half of the box shows a neighbour that stays; the vehicle itself was replaced."""
    neighbour = (145.0, 40.0, 235.0, 140.0)

    def row(model):
        image = scene(model)
        image[40:140, 145:235] = skin(9, (90, 100))
        return image

    plain = fine_look(row(1), BOX).likeness(fine_look(row(2), BOX))
    others = as_boxes([neighbour])
    aware = fine_look(row(1), BOX, others).likeness(fine_look(row(2), BOX, others))
    assert aware < 0.12 < plain
    saved = FineLook.from_text(fine_look(row(1), BOX, others).text)
    assert saved.likeness(fine_look(row(2), BOX)) < 0.12
    assert (
        fine_look(row(1), BOX, as_boxes([(0, 0, 320, 180)])).likeness(fine_look(row(1), BOX))
        is None
    )
    assert (
        fine_look(row(1), BOX).likeness(fine_look(row(1), BOX, as_boxes([(0, 0, 320, 180)])))
        is None
    )


def test_too_small_or_outside_there_is_no_look():
    assert fine_look(scene(), (10, 10, 25, 60)) is None
    assert fine_look(scene(), (310, 10, 400, 60)) is None


def test_a_small_box_is_enlarged():
    box = (100.0, 60.0, 140.0, 100.0)
    assert fine_look(scene(), box).likeness(fine_look(scene(), box)) == 1.0
    assert fine_look(scene(), box).likeness(fine_look(scene(dx=3), box)) < 0.3


def test_a_large_box_is_sampled_without_aliases():
    large = cv2.resize(scene(), None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    look = fine_look(large, tuple(4 * v for v in BOX))
    assert fine_look(scene(), BOX).likeness(look) > 0.6


def test_a_saved_look_is_the_same_and_saves_to_the_same():
    look = fine_look(scene(), BOX)
    again = FineLook.from_text(json.loads(json.dumps(look.text)))
    assert again.text == look.text
    assert len(look.text) < 6000
    assert look.likeness(again) > 0.9


def view(seed, gain=1.0):
    return np.clip(texture(seed, (640, 360), 4.0) * gain, 0, 255).astype(np.uint8)


@settings(deadline=None, max_examples=20)
@given(dx=st.floats(-20, 20), dy=st.floats(-20, 20))
def test_a_nudge_is_measured(dx, dy):
    anchors, move = Anchors(), np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    anchors.locate(view(1), NOTHING, may_be_new=False)
    nudged = cv2.warpAffine(view(1), move, (640, 360), borderMode=cv2.BORDER_REFLECT)
    fix = anchors.locate(nudged, NOTHING, may_be_new=False)
    assert fix.shift[0] * 640 == pytest.approx(dx, abs=0.5)
    assert fix.shift[1] * 360 == pytest.approx(dy, abs=0.5)


def test_a_tour_knows_its_views_and_what_is_none_of_them():
    anchors = Anchors()
    numbers = [anchors.locate(view(n), NOTHING, may_be_new=True).view for n in (1, 2, 3)]
    assert len(set(numbers)) == 3
    again = Anchors()
    again.restore(json.loads(json.dumps(anchors.snapshot())))
    assert [again.locate(view(n), NOTHING, may_be_new=True).view for n in (1, 2, 3)] == numbers
    assert again.locate(view(9), NOTHING, may_be_new=False) is None
    assert again.snapshot() == anchors.snapshot() or again.snapshot()["next"] == 3


def test_views_are_bounded():
    anchors = Anchors()
    for n in range(VIEWS + 3):
        anchors.locate(view(n), NOTHING, may_be_new=True)
    assert len(anchors.snapshot()["views"]) == VIEWS


def test_each_light_is_kept_as_a_sheet_and_found_again():
    anchors = Anchors()
    day = view(1).astype(np.float32)

    def dusk(n):  # most of what is seen is this light's own shadows
        own = view(100 + n).astype(np.float32)
        return np.clip(0.37 * day + 0.75 * own - 20, 0, 255).astype(np.uint8)

    anchors.locate(view(1), NOTHING, may_be_new=False)
    fixes = [anchors.locate(dusk(n), NOTHING, may_be_new=False) for n in range(12)]
    assert {fix.view for fix in fixes} == {0}
    assert len({fix.light for fix in fixes}) > 4
    assert max(abs(v) for fix in fixes for v in fix.shift) < 0.002
    assert anchors.locate(dusk(11), NOTHING, may_be_new=False).light == fixes[11].light
    (kept,) = anchors.snapshot()["views"]
    assert len(kept[1]) == SHEETS_PER_VIEW
    assert kept[1][0][0] == 0  # the first one is never given up


def test_one_that_was_parked_anew_does_not_draw_the_view_along():
    anchors, boxes = Anchors(), as_boxes([(0.3, 0.3, 0.65, 0.78)])
    anchors.locate(scene(), boxes, may_be_new=False)
    for known in (boxes, NOTHING):
        fix = anchors.locate(scene(dx=6, dy=3), known, may_be_new=False)
        assert fix.shift == pytest.approx((0, 0), abs=0.002)


def test_where_nearly_everything_may_move_it_has_to_do():
    anchors, everything = Anchors(), as_boxes([(0, 0, 1, 0.9)])
    anchors.locate(view(1), everything, may_be_new=False)
    assert anchors.locate(view(1), everything, may_be_new=False).view == 0
