"""The street that a scene plays in: façade, pavement, kerb, road, as a high camera sees it."""

from functools import lru_cache

import cv2
import numpy as np

from benchmarks.scenes.thing import HEIGHT, WIDTH
from vision.frame import Image

FACADE_Y, KERB_Y, LANE_Y, STOP_Y = 128, 192, 250, 330
"""Where the façade ends, the pavement ends, the kerb lane ends, and the road ends."""
FLOORS = ((14, 50), (66, 104))
"""Top and bottom of the windows of each floor."""
WINDOWS = tuple(range(18, WIDTH - 50, 76))
"""Left edges of the windows; each is WINDOW_W wide with a balcony below."""
WINDOW_W = 46
Rng = np.random.Generator


@lru_cache(maxsize=8)
def street(seed: int) -> Image:
    """The empty street, (360, 640, 3); another seed is another street of the same layout."""
    rng = np.random.default_rng((seed, 1))
    image = np.empty((HEIGHT, WIDTH, 3), np.float32)
    bands = ((0, FACADE_Y), (FACADE_Y, KERB_Y), (KERB_Y, STOP_Y), (STOP_Y, HEIGHT))
    tones = (
        rng.uniform(110, 175),
        rng.uniform(140, 165),
        rng.uniform(85, 110),
        rng.uniform(130, 160),
    )
    for (top, bottom), tone in zip(bands, tones, strict=True):
        image[top:bottom] = tone + rng.uniform(-8, 8, 3)
    for sigma, strength in ((0.8, 5.0), (3.0, 6.0), (20.0, 8.0)):
        grain = cv2.GaussianBlur(rng.normal(0, 1, image.shape[:2]), (0, 0), sigma)
        image += (strength * grain / grain.std())[..., None].astype(np.float32)
    painted = np.clip(image, 0, 255).astype(np.uint8)
    _facade(painted, rng)
    _ground(painted, rng)
    return painted


def _facade(image: Image, rng: Rng) -> None:
    """Windows with frames and balconies, shop signs along the ground floor."""
    for top, bottom in FLOORS:
        for x in WINDOWS:
            dark = [int(v) for v in rng.integers(30, 90, 3)]
            cv2.rectangle(image, (x, top), (x + WINDOW_W, bottom), dark, -1)
            cv2.rectangle(image, (x, top), (x + WINDOW_W, bottom), (200, 205, 205), 2)
            cv2.line(
                image, (x + WINDOW_W // 2, top), (x + WINDOW_W // 2, bottom), (190, 190, 190), 1
            )
            if rng.uniform() < 0.5:
                cv2.rectangle(
                    image,
                    (x + 3, top + 3),
                    (x + 20, bottom - 8),
                    [int(v) for v in rng.integers(60, 220, 3)],
                    -1,
                )
            cv2.rectangle(
                image, (x - 6, bottom + 3), (x + WINDOW_W + 6, bottom + 6), (95, 95, 100), -1
            )
    for x in range(0, WIDTH, 128):
        colour = [int(v) for v in rng.integers(40, 220, 3)]
        cv2.rectangle(image, (x + 4, FACADE_Y - 14), (x + 120, FACADE_Y - 2), colour, -1)
        for n in range(int(rng.integers(3, 7))):
            left = x + 14 + n * 15
            cv2.rectangle(
                image, (left, FACADE_Y - 12), (left + 9, FACADE_Y - 5), (240, 240, 240), 1
            )


def _ground(image: Image, rng: Rng) -> None:
    """Paving, the kerb, bay lines, lane marks, patches and covers."""
    for y in range(FACADE_Y, KERB_Y, 11):
        cv2.line(image, (0, y), (WIDTH, y), (115, 118, 120), 1)
    for x in range(0, WIDTH, 17):
        cv2.line(image, (x, FACADE_Y), (x - 20, KERB_Y), (118, 121, 123), 1)
    cv2.rectangle(image, (0, KERB_Y - 4), (WIDTH, KERB_Y), (175, 178, 178), -1)
    for x in range(6, WIDTH, 84):
        cv2.line(image, (x, KERB_Y), (x - 8, LANE_Y), (215, 215, 215), 2)
    for x in range(0, WIDTH, 60):
        cv2.rectangle(image, (x, LANE_Y + 38), (x + 30, LANE_Y + 41), (210, 210, 210), -1)
    cv2.line(image, (540, LANE_Y), (520, STOP_Y), (225, 225, 225), 4)
    for _ in range(14):
        x, y = int(rng.uniform(0, WIDTH)), int(rng.uniform(KERB_Y, HEIGHT))
        tone = int(rng.uniform(55, 125))
        cv2.ellipse(
            image,
            (x, y),
            (int(rng.uniform(5, 26)), int(rng.uniform(2, 9))),
            0,
            0,
            360,
            (tone,) * 3,
            -1,
        )
