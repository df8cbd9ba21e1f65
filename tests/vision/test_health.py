"""Whether a camera can see: what must be judged, what must not, and the hysteresis between."""

import cv2
import numpy as np
import pytest

from tests.vision.street import texture
from vision.frozen import Frozen
from vision.health import RELEARN_S, CameraHealth, Limits, Reason
from vision.tiles import measure
from vision.usual import Usual, shown

WH = (640, 360)
NOISE = np.random.default_rng(5).normal(0, 1, (WH[1], WH[0], 3))


def street(t_s=0.0):
    """A structured picture, dark and light parts, with a little noise of its own at each time."""
    ramp = np.linspace(0.4, 1.3, WH[0])[None, :, None]
    noise = np.roll(NOISE, int(7 * t_s), axis=1)
    return clipped(texture(7, WH, 2.0) * ramp + noise)


def clipped(image):
    return np.clip(image, 0, 255).astype(np.uint8)


def usual_camera(limits=None, until_s=40, picture=street):
    health = CameraHealth(limits or Limits())
    for t_s in range(until_s):
        assert health.look(float(t_s), picture(t_s)).judged
    return health


def blurred(image, sigma):
    return cv2.GaussianBlur(image, (0, 0), sigma)


def wet(image, share):
    """Drops that blur what is behind them over a share of the picture."""
    rng, mask = np.random.default_rng(1), np.zeros(image.shape[:2], np.uint8)
    while mask.mean() < share:
        centre = (int(rng.integers(WH[0])), int(rng.integers(WH[1])))
        cv2.circle(mask, centre, int(rng.integers(15, 45)), 1, -1)
    return np.where(mask[..., None] > 0, blurred(image, 6), image)


def painted(image, share, level):
    image = image.copy()
    image[:, : int(share * WH[0])] = level
    return image


def veiled(image, share, level=235):
    return clipped((1 - share) * image + share * level)


FILM = clipped(blurred(street(), 18) * 0.15 + np.array([70, 110, 80.0]) * 0.85 + NOISE)


@pytest.mark.parametrize(
    "seen",
    [
        street(),
        clipped(street() * 0.15),
        clipped(street() * 1.8),
        clipped(street() + 12 * NOISE),
        blurred(street(), 1.0),
        veiled(street(), 0.5),
        painted(street(), 0.3, 12),
        wet(street(), 0.2),
        cv2.cvtColor(cv2.cvtColor(street(), cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR),
        street()[:, ::-1],
        texture(8, WH, 2.0),
    ],
    ids=[
        "same",
        "dim",
        "bright",
        "noisy",
        "soft",
        "hazy",
        "part-painted",
        "few-drops",
        "infrared",
        "turned",
        "elsewhere",
    ],
)
def test_what_can_be_seen_is_judged(seen):
    assert usual_camera().look(41.0, seen).judged


@pytest.mark.parametrize(
    ("unseen", "reason"),
    [
        (np.zeros_like(street()), Reason.COVERED),
        (np.full_like(street(), 90), Reason.COVERED),
        (FILM, Reason.COVERED),
        (painted(street(), 0.8, 12), Reason.COVERED),
        (painted(street(), 0.8, 90), Reason.COVERED),
        (np.full_like(street(), 255), Reason.GLARE),
        (veiled(street(), 0.93), Reason.FOG),
        (blurred(street(), 6), Reason.BLURRED),
        (wet(street(), 0.97), Reason.BLURRED),
        (wet(street(), 0.75), Reason.BLURRED),
        (painted(blurred(street(), 4), 0.6, 255), Reason.GLARE),
    ],
    ids=[
        "black",
        "grey",
        "film",
        "black-paint",
        "grey-paint",
        "white",
        "fog",
        "defocus",
        "heavy-drops",
        "drops",
        "sun",
    ],
)
def test_what_cannot_be_seen_is_not_judged(unseen, reason):
    health = usual_camera().look(41.0, unseen)
    assert not health.judged
    assert health.reason is reason


def test_darkness_that_falls_slowly_is_night_and_lamps_are_enough_to_judge():
    health = usual_camera()
    for minute in range(60):
        gain = max(0.05, 1 - minute / 30)
        image = clipped(street(minute) * gain)
        image[100:140, 100:300] = street()[100:140, 100:300]  # a lamp
        assert health.look(41.0 + 60 * minute, image).judged
    assert health.look(41.0 + 3600, clipped(street() * 0.05)).reason is Reason.DARK


def test_a_night_with_hardly_a_lit_spot_is_learned_as_darkness_only():
    night = clipped(12 + 2 * NOISE)
    night[100:140, 100:200] = street()[100:140, 100:200]
    now = shown(measure(night))
    assert now.fine is None
    usual = Usual()
    usual.learn(60.0, now)
    assert usual.snapshot() is None
    assert usual.contrast_lost(now, 0.5) == usual.sharpness_lost(now, 0.5) == 0.0


def test_a_flash_costs_one_look():
    health = usual_camera()
    assert health.look(41.0, np.full_like(street(), 255)).reason is Reason.GLARE
    assert health.look(42.0, street()).judged


def test_after_a_while_of_trouble_the_picture_must_be_good_for_a_while():
    health = usual_camera()
    for t_s in range(40, 50):
        assert not health.look(float(t_s), FILM).judged
    assert health.look(50.0, street()).reason is Reason.COVERED
    assert health.look(51.5, street()).reason is Reason.COVERED
    assert health.look(52.5, street()).judged


def test_trouble_on_the_edge_does_not_flicker():
    health = usual_camera()
    edge = painted(street(), 0.59, 90)
    found = [health.look(40.0 + t, edge if t % 2 else FILM).judged for t in range(10)]
    assert not any(found)


def test_looks_in_quick_succession_share_a_verdict():
    health = usual_camera()
    assert health.look(41.0, FILM).reason is Reason.COVERED
    assert health.look(41.2, street()).reason is Reason.COVERED


def test_a_picture_that_has_been_unusual_for_a_day_is_how_the_camera_is_now():
    health = usual_camera()
    soft = blurred(street(), 6)
    for t_s in range(40, int(RELEARN_S) + 41, 3600):
        assert not health.look(float(t_s), soft).judged
    assert health.look(RELEARN_S + 60, soft).judged


def test_nothing_is_missed_before_the_usual_is_known():
    assert usual_camera(until_s=10).look(11.0, blurred(street(), 6)).judged


def test_nothing_is_missed_where_little_is_usual():
    def plain(t_s):
        image = np.full_like(street(), 100)
        image[40:100, 40:120] = street(t_s)[40:100, 40:120]
        return image

    gone = clipped(np.full_like(street(), 100) + 4 * NOISE)
    gone[300:340, 500:560] = 20
    assert usual_camera(picture=plain).look(41.0, gone).judged


def test_drops_are_told_from_another_view_by_the_layout_of_the_light():
    health = usual_camera()
    for t_s in range(40, 60):
        assert health.look(float(t_s), wet(street(t_s)[:, ::-1], 0.75)).judged  # a new preset
    assert health.look(61.0, wet(street(61), 0.75)).judged  # whose map is not this one's


def test_the_usual_survives_a_restart():
    saved = usual_camera().snapshot()
    again = CameraHealth(Limits())
    again.restore(saved)
    assert again.look(50.0, blurred(street(), 6)).reason is Reason.BLURRED
    fresh = CameraHealth(Limits())
    fresh.restore(None)
    assert fresh.snapshot() is None
    assert fresh.look(50.0, blurred(street(), 6)).judged


def with_clock(t_s):
    image = street()
    cv2.putText(image, f"{t_s:06.0f}", (10, 24), cv2.FONT_HERSHEY_SIMPLEX, 0.7, (255,) * 3, 2)
    return image


@pytest.mark.parametrize("picture", [lambda _: street(), with_clock], ids=["same", "clock goes on"])
def test_a_picture_that_stands_still_is_frozen(picture):
    health = CameraHealth(Limits(frozen_after_s=20.0))
    reasons = [health.look(float(t_s), picture(t_s)).reason for t_s in range(30)]
    assert reasons == [Reason.NONE] * 20 + [Reason.FROZEN] * 10
    assert [health.look(30.0 + t, street(1.0 + t)).judged for t in range(6)][-1]


def test_a_live_picture_and_one_that_is_meant_to_be_still_are_not_frozen():
    usual_camera(Limits(frozen_after_s=20.0), until_s=60)
    usual_camera(picture=lambda _: street(), until_s=60)


def test_slow_looks_need_several_equal_pictures_to_be_frozen():
    frozen, grey = Frozen(60.0), measure(street()).grey
    assert [frozen.look(60.0 * n, grey) for n in range(5)] == [False] * 3 + [True] * 2
    assert not frozen.look(400.0, grey[:90])


@pytest.mark.parametrize("wh", [(640, 480), (320, 180), (1, 1), (33, 700)])
def test_pictures_of_any_size_are_measured(wh):
    tiles = measure(texture(3, wh, 2.0))
    assert tiles.light.shape == tiles.fine.shape == tiles.coarse.shape == (9, 16)
    assert 40 < tiles.light.mean() < 220


def test_dusk_over_bare_asphalt_is_no_paint():
    """Everything there crosses the level of darkness within the same few minutes."""
    asphalt = clipped(90 + 3 * NOISE)
    asphalt[40:320, 300:312] = 200
    asphalt[200:212, 60:580] = 200
    health = usual_camera(picture=lambda t_s: asphalt)
    for minute in range(45):
        seen = health.look(41.0 + 60 * minute, clipped(asphalt * 0.955**minute))
        assert seen.judged, minute
