"""What a spot looks like, what it looks like empty, and where the camera looks."""

import cv2
import numpy as np
import pytest

from tests.vision.street import texture
from vision.appearance import Appearance, Scene
from vision.backdrop import Backdrop
from vision.boxes import as_boxes
from vision.health import Reason
from vision.view import ADOPT_AFTER_S, View

WH = (320, 180)
BOX = (100.0, 60.0, 180.0, 120.0)
NOTHING = as_boxes([])


def street(seed=7):
    return texture(seed, WH, 6.0)


def with_thing(seed, image=None):
    picture = (street() if image is None else image).copy()
    picture[60:120, 100:180] = texture(seed, (80, 60), 3.0)
    return picture


def shifted(image, dx, dy):
    move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    return cv2.warpAffine(image, move, WH, borderMode=cv2.BORDER_REFLECT)


def looks_like(a, b):
    return Scene(a).describe(BOX).similarity(Scene(b).describe(BOX))


def muted(image):
    """The picture with the colours of a street rather than of a carnival."""
    grey = image.mean(axis=2, keepdims=True)
    return np.clip(grey + 0.2 * (image - grey), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("gain", [0.5, 0.7, 1.3])
def test_a_thing_looks_like_itself_in_another_light(gain):
    day = muted(with_thing(1))
    assert looks_like(day, cv2.convertScaleAbs(day, alpha=gain)) > 0.9


def test_a_thing_looks_like_itself_and_unlike_another():
    assert looks_like(with_thing(1), with_thing(1)) > 0.95
    assert looks_like(with_thing(1), with_thing(2)) < 0.4
    assert looks_like(with_thing(1), street()) < 0.4


def test_a_box_with_hardly_a_pixel_has_no_look():
    scene = Scene(street())
    assert scene.describe((10, 10, 12, 40)) is None
    assert scene.describe((310, 10, 400, 12)) is None
    assert scene.describe((-50, 10, -10, 60)) is None


@pytest.mark.parametrize("by_px", [0.2, 0.3, -0.2])
def test_a_small_box_that_moves_by_part_of_a_pixel_shows_the_same_thing(by_px):
    """Cut to whole pixels, these 15 rows would be 15 others and alike by .65."""
    scene, box = Scene(texture(1, WH, 1.0)), (100.0, 70.4, 122.0, 85.4)
    moved = box[0], box[1] + by_px, box[2], box[3] + by_px
    assert scene.describe(box).similarity(scene.describe(moved)) > 0.95


def test_a_look_survives_json_to_half_precision():
    look = Scene(with_thing(1)).describe(BOX)
    again = Appearance.from_json(look.to_json())
    assert look.similarity(again) > 0.999


def test_a_look_follows_a_newer_one():
    old, new = Scene(with_thing(1)).describe(BOX), Scene(with_thing(2)).describe(BOX)
    followed = old.blend(new, 0.9)
    assert followed.similarity(new) > followed.similarity(old)


def test_the_empty_scene_is_learned_where_nothing_stands():
    backdrop = Backdrop()
    assert backdrop.scene(WH[0]) is None
    backdrop.learn(0.0, with_thing(1), as_boxes([BOX]))
    assert backdrop.scene(WH[0]).describe(BOX) is None  # never seen empty
    for t_s in range(1, 10):
        backdrop.learn(t_s, street(), NOTHING)
    empty = backdrop.scene(WH[0]).describe(BOX)
    assert empty.similarity(Scene(street()).describe(BOX)) > 0.9
    assert backdrop.scene(WH[0]).describe((-90, 0, -10, 50)) is None


def test_looks_in_quick_succession_are_learned_once():
    backdrop = Backdrop()
    backdrop.learn(0.0, street(), NOTHING)
    backdrop.learn(0.1, street(8), NOTHING)
    assert looks_like(backdrop.scene(WH[0]).scene._image, street()) > 0.99


def test_a_picture_of_another_size_begins_anew():
    backdrop = Backdrop()
    backdrop.learn(0.0, street(), NOTHING)
    backdrop.learn(1.0, texture(7, (160, 90), 3.0), NOTHING)
    assert backdrop.scene(160).describe((20, 20, 60, 60)) is not None


@pytest.mark.parametrize("shift", [(0, 0), (6, 0), (-4, 3)])
def test_a_camera_that_nods_is_followed(shift):
    view = View()
    view.look(0.0, street(), WH[0])
    sight = view.look(1.0, shifted(street(), *shift), WH[0])
    assert sight.judged
    assert sight.shift_xy == pytest.approx(shift, abs=0.6)


def test_the_shift_is_told_in_pixels_of_the_source():
    view = View()
    view.look(0.0, street(), 1920)
    sight = view.look(1.0, shifted(street(), 6, 0), 1920)
    assert sight.shift_xy[0] == pytest.approx(36, abs=4)


def test_a_covered_lens_and_another_view_are_not_judged():
    view = View()
    assert not View().look(0.0, np.zeros_like(street()), WH[0]).judged
    view.look(0.0, street(), WH[0])
    assert not view.look(1.0, np.full_like(street(), 90), WH[0]).judged
    assert not view.look(2.0, street(8), WH[0]).judged
    assert view.look(3.0, street(), WH[0]).judged


@pytest.mark.parametrize("seed", [11, 17, 21, 33])
def test_no_shift_of_another_view_is_taken_for_a_return(seed):
    """Streets have lines everywhere, so some shift always makes two of them a little alike."""
    view, alike = View(), shifted(street(), 14, 6)
    view.look(0.0, street(), WH[0])
    assert not view.look(1.0, cv2.addWeighted(street(seed), 0.8, alike, 0.2, 0), WH[0]).judged
    assert view.look(2.0, alike, WH[0]).judged


def test_another_street_of_the_same_town_is_no_view_of_this_one():
    """Kerbs and eaves run alike in all of them."""
    view, other = View(), cv2.addWeighted(street(8), 0.8, street(), 0.2, 0)
    view.look(0.0, street(), WH[0])
    assert view.look(1.0, other, WH[0]).reason is Reason.MOVED
    assert view.look(2.0, with_thing(1), WH[0]).judged


def test_a_new_view_that_lasts_is_adopted_once():
    view = View()
    view.look(0.0, street(), WH[0])
    view.look(1.0, street(8), WH[0])
    adopted = view.look(1.5 + ADOPT_AFTER_S, street(8), WH[0])
    assert adopted.moved
    assert adopted.judged
    soon = view.look(1.6 + ADOPT_AFTER_S, street(8), WH[0])  # shares the comparison, not the news
    assert not soon.moved
    assert view.look(3 + ADOPT_AFTER_S, street(8), WH[0]).judged


def test_looks_in_quick_succession_share_a_comparison():
    view = View()
    first = view.look(0.0, street(), WH[0])
    assert view.look(0.1, street(8), WH[0]) == first
