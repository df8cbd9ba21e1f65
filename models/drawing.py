"""Detections drawn on a picture, for people to look at."""

import cv2
import numpy as np

from vision.detections import Detections
from vision.frame import Image

GOLDEN_ANGLE = 67
"""Hue step between classes, of OpenCV's 180: neighbours in the class list look different."""


def draw(image: Image, detections: Detections) -> Image:
    """A copy of `image` (H, W, 3) with each detection's box, class name and score."""
    drawn = image.copy()
    font = cv2.FontFace("uni")  # OpenCV's own, with Chinese in it
    size_px = max(12, min(image.shape[:2]) // 36)
    line_px = max(1, size_px // 8)
    for row in range(len(detections)):
        x1, y1, x2, y2 = (round(float(v)) for v in detections.xyxy[row])
        colour = _colour(int(detections.class_id[row]))
        text = f"{detections.name(row)} {detections.score[row]:.2f}"
        cv2.rectangle(drawn, (x1, y1), (x2, y2), colour, line_px)
        foot = max(y1, size_px + line_px)
        width = cv2.getTextSize((1, 1), text, (0, 0), font, size_px)[2]
        cv2.rectangle(drawn, (x1, foot - size_px), (x1 + width, foot), colour, cv2.FILLED)
        cv2.putText(drawn, text, (x1, foot - size_px // 5), (0, 0, 0), font, size_px)
    return drawn


def _colour(class_id: int) -> tuple[int, int, int]:
    """A bright BGR colour that is always the same for a class."""
    hsv = np.array([[[class_id * GOLDEN_ANGLE % 180, 160, 255]]], dtype=np.uint8)
    blue, green, red = cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)[0, 0]
    return int(blue), int(green), int(red)
