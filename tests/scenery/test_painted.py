"""Washing, grills, smoke and labels on a plain picture: where they are, and that they move."""

import numpy as np
import pytest

from scenery.grill import SHAPES, grill
from scenery.label import label
from scenery.painting import Layer, lay, shade
from scenery.washing import wash

WIDTH, HEIGHT = 320, 240


def blank(tone=120):
    return np.full((HEIGHT, WIDTH, 3), tone, np.uint8)


def changed(image, tone=120):
    """Where a picture is not blank, (H, W)."""
    return (np.abs(image.astype(int) - tone) > 8).any(axis=2)


def share_in(mask, box, slack_px=0.0):
    """Share of the marked pixels that lie in a box."""
    y, x = np.nonzero(mask)
    x1, y1, x2, y2 = box
    inside = (x >= x1 - slack_px) & (x <= x2 + slack_px)
    return float((inside & (y >= y1 - slack_px) & (y <= y2 + slack_px)).mean())


def line(seed=1, **how):
    return wash(np.random.default_rng(seed), (30.0, 40.0), (290.0, 46.0), 60.0, **how)


def test_a_layer_is_clipped_at_the_edges_and_covers_what_is_under_it():
    full = Layer(np.full((20, 20, 3), 200, np.float32), np.ones((20, 20), np.float32))
    image = blank()
    for corner in ((-10, -10), (WIDTH - 10, HEIGHT - 10), (WIDTH + 5, 0)):
        lay(image, full, *corner)
    assert (image[:10, :10] == 200).all()
    assert (image[-10:, -10:] == 200).all()
    assert (image == 200).all(axis=2).sum() == 200


def test_a_shadow_darkens_and_nothing_else():
    image = blank()
    shade(image, np.ones((20, 20), np.float32), 50, 50, blur_px=2, depth=0.5)
    assert image[60, 60, 0] == pytest.approx(60, abs=2)
    assert image.max() == 120


def test_washing_hangs_in_its_box_and_the_same_seed_hangs_it_again():
    first, again, other = blank(), blank(), blank()
    line(wall_px=0.0).on(first, 3.0)
    line(wall_px=0.0).on(again, 3.0)
    line(seed=2, wall_px=0.0).on(other, 3.0)
    assert (first == again).all()
    assert (first != other).any()
    assert changed(first).mean() > 0.05
    below = changed(first).copy()
    below[:52] = False  # the line is longer than what hangs on it
    assert share_in(below, line().box, slack_px=3) > 0.95


def test_hems_sway_and_pegs_do_not():
    pictures = []
    for t_s in (0.0, 0.8, 1.6):
        pictures.append(blank())
        line(wall_px=0.0).on(pictures[-1], t_s)
    moved = np.ptp(np.array(pictures, int), axis=0).max(axis=2)
    _, top, _, bottom = (round(v) for v in line().box)
    middle = (top + bottom) // 2
    assert moved[middle:bottom].mean() > 3 * moved[top : top + 6].mean()


def test_a_line_that_is_too_short_for_anything_is_refused():
    with pytest.raises(ValueError, match="a line of 20 px has no room for washing 60 px long"):
        wash(np.random.default_rng(1), (30.0, 40.0), (50.0, 40.0), 60.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_grill_fills_its_box_and_glows(shape):
    painted, image = grill(np.random.default_rng(1), shape, (160.0, 200.0), 80.0, smokes=0), blank()
    painted.on(image, 0.0)
    lit = changed(image)
    lit[190:] = False  # the shadow at its feet reaches out of the box
    assert share_in(lit, painted.box) > 0.99
    assert painted.box[3] - painted.box[1] == 80
    x1, y1, x2, y2 = (round(v) for v in painted.box)
    blue, red = image[y1:y2, x1:x2, 0].astype(int), image[y1:y2, x1:x2, 2].astype(int)
    assert (red - blue > 100).mean() > 0.01


def test_smoke_rises_above_the_fire_and_drifts():
    painted = grill(np.random.default_rng(1), "trough", (160.0, 220.0), 60.0)
    bare, early, late = blank(40), blank(40), blank(40)
    grill(np.random.default_rng(1), "trough", (160.0, 220.0), 60.0, smokes=0).on(bare, 0.0)
    painted.on(early, 0.0)
    painted.on(late, 1.0)
    smoke = changed(early - bare, 0)
    assert share_in(smoke, painted.smoke.box, slack_px=1) == 1.0
    assert np.abs(early.astype(int) - late)[:150].mean() > 0.5


def test_a_label_is_near_the_corner_and_leaves_a_captions_place():
    image = blank()
    label(image, "rendered 渲染画面")
    mask = changed(image)
    high = image.shape[0]
    assert share_in(mask, (WIDTH / 2, high / 16, WIDTH, high / 5)) == 1.0
    assert (image[: high // 5, WIDTH // 2 :].max(axis=2) > 200).any()
