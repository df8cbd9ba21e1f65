"""Words painted into a picture, so that nobody takes it for what it is not."""

from functools import cache

import cv2

from vision.frame import Image

TEXT_SHARE = 1 / 24
"""Height of the letters as a share of the picture's."""
BACKGROUND = 0.35
YELLOW = (90, 220, 255)


def label(image: Image, text: str) -> None:
    """Write `text` on a darkened strip near the top right corner of the picture (H, W, 3).

    The corner itself is left to the caption of a still.
    """
    size_px = max(12, round(image.shape[0] * TEXT_SHARE))
    pad_px = size_px // 3
    width_px = cv2.getTextSize((0, 0), text, (0, 0), _font(), size_px, 400)[2]
    left_px = image.shape[1] - width_px - 2 * pad_px
    top_px = 2 * size_px
    strip = image[top_px : top_px + size_px + 2 * pad_px, max(0, left_px) :]
    strip[:] = (strip * BACKGROUND).astype("uint8")
    where = (left_px + pad_px, top_px + size_px + pad_px // 2)
    cv2.putText(image, text, where, YELLOW, _font(), size_px, 400)


@cache
def _font() -> cv2.FontFace:
    """The font with Chinese that OpenCV carries (see streams/evidence/stills.py)."""
    return cv2.FontFace("uni")
