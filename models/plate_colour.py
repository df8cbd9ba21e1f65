"""The colour of a plate's ground."""

import cv2
import numpy as np

from vision.frame import Image

HUES = {"yellow": (10, 37), "green": (38, 88), "blue": (92, 130)}
"""OpenCV's hues, 0 to 179, from and up to."""
STRONG = {"yellow": 90, "green": 40, "blue": 80}
"""Saturation, 0 to 255, from which a hue is paint: daylight tints white plates blue."""
LEAST_LIGHT = 45
"""Brightness, 0 to 255, below which a hue says nothing."""
BRIGHT_PERCENT, FULL_LIGHT = 95.0, 200.0
"""A plate in the shade is looked at with its brightest twentieth at this light."""
LEAST_SHARE = 0.25
"""A ground has its colour on so much of the plate at least."""
MARGIN = 0.06
"""Left out at every edge: the frame, and what is around it."""


def plate_colour(plate: Image) -> str:
    """`blue`, `yellow`, `green`, `white` or `black`; "" where the light does not tell.

    `plate` (H, W, 3) BGR is the plate alone, seen from the front.
    """
    dy, dx = (round(MARGIN * length) for length in plate.shape[:2])
    inner = plate[dy : plate.shape[0] - dy, dx : plate.shape[1] - dx]
    bright = max(float(np.percentile(inner.max(axis=2), BRIGHT_PERCENT)), 20.0)
    inner = np.asarray(cv2.convertScaleAbs(inner, alpha=max(1.0, FULL_LIGHT / bright)), np.uint8)
    hsv = cv2.cvtColor(cv2.GaussianBlur(inner, (3, 3), 0), cv2.COLOR_BGR2HSV)
    hue, saturation, light = cv2.split(hsv)
    shares = {
        name: float(
            (
                (hue >= low) & (hue <= high) & (saturation >= STRONG[name]) & (light >= LEAST_LIGHT)
            ).mean()
        )
        for name, (low, high) in HUES.items()
    }
    best = max(shares, key=lambda name: shares[name])
    if shares[best] >= LEAST_SHARE:
        return best
    dark, bright = np.percentile(light, (5, 95))
    if bright - dark < LEAST_LIGHT:
        return ""
    return "white" if np.median(light) > (dark + bright) / 2 else "black"
