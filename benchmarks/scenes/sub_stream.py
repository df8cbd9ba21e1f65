"""A sub-stream before the brain, as `streams.feed` has it in a node."""

import cv2
import numpy as np

from streams.feed import CLOSER_LOOKS, DETAIL_EVERY_S
from vision.analyser import CameraAnalyser
from vision.frame import Image, resized

SMALLER = 2
"""Scenes are as wide as what the brain reduces a picture to, so half of that is a harsh trial."""
JPEG_QUALITY = 60


class SceneSubStream:
    """Shows pictures of half the size, compressed harder, unless detail is wanted or due."""

    def __init__(self, analyser: CameraAnalyser) -> None:
        self._analyser = analyser
        self._closer_looks, self._detail_s = 0, -DETAIL_EVERY_S
        self.enlarged = 0

    def shown(self, t_s: float, image: Image) -> Image:
        """What the brain is shown at a time instead of `image` (H, W, 3)."""
        self._closer_looks = CLOSER_LOOKS if self._analyser.wants_detail else self._closer_looks - 1
        if self._closer_looks > 0 or t_s - self._detail_s >= DETAIL_EVERY_S:
            self._detail_s = t_s
            return image
        self.enlarged += 1
        height, width = image.shape[:2]
        small = resized(image, (width // SMALLER, height // SMALLER), cv2.INTER_AREA)
        sent = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1]
        seen = np.asarray(cv2.imdecode(sent, cv2.IMREAD_COLOR), dtype=np.uint8)
        return resized(seen, (width, height), cv2.INTER_LINEAR)
