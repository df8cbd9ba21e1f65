"""A filmed car park: a real H.264 clip of red cars that come and go, and a detector of redness."""

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from streams.config import Camera, RuleConfig, ZoneConfig
from vision.detections import Detections
from vision.frame import Picture, bgr

WIDTH, HEIGHT, FPS = 320, 180, 5
NAMES = ("car", "person")
CAR = (200, 80, 280, 130)
WHOLE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


class RednessDetector:
    """Finds red rectangles: a real detector as far as the pipeline is concerned."""

    names = NAMES
    max_batch = 4

    def detect(self, images: Sequence[Picture]) -> list[Detections]:
        return [self._red(image) for image in images]

    def _red(self, image: Picture) -> Detections:
        blue, green, red = cv2.split(bgr(image).astype(np.int16))
        mask = ((red - np.maximum(blue, green)) > 40).astype(np.uint8)
        contours, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        boxes = [cv2.boundingRect(c) for c in contours if cv2.contourArea(c) > 400]
        xyxy = [(x, y, x + w, y + h) for x, y, w, h in boxes]
        return Detections.of(xyxy, [0.9] * len(xyxy), [0] * len(xyxy), NAMES)


def film_lot(
    path: Path, seconds: float, cars: Sequence[tuple[tuple[int, ...], float, float]]
) -> Path:
    """Film `cars` (box, from_s, to_s) for `seconds`; a key picture every second."""
    rng = np.random.default_rng(3)
    ground = cv2.GaussianBlur(rng.normal(0, 90, (HEIGHT, WIDTH)), (0, 0), 3)
    grey = np.clip(110 + ground[..., None] * np.ones(3), 60, 160).astype(np.uint8)
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.gop_size, stream.time_base, stream.max_b_frames = FPS, Fraction(1, FPS), 0
        for number in range(int(seconds * FPS)):
            picture = grey.copy()
            for (x1, y1, x2, y2), from_s, to_s in cars:
                if from_s <= number / FPS < to_s:
                    picture[y1:y2, x1:x2] = (40, 40, 210)
                    picture[y1 + 8 : y1 + 20, x1 + 10 : x2 - 10] = (60, 40, 150)
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def camera(camera_id: str, uri: str | Path, dwell_s: float = 8.0, **more: object) -> Camera:
    """A camera that watches the whole picture for cars that stand."""
    return Camera(
        id=camera_id,
        name=f"Lot {camera_id}",
        uri=str(uri),
        location="解放西路 12 号",
        device_number=f"33048{camera_id}",
        look_interval_s=more.pop("look_interval_s", 0.4),
        zones=[ZoneConfig(name="lot", kind="no_parking", polygon=WHOLE)],
        rules=[RuleConfig(kind="illegal_parking", zone="lot", dwell_s=dwell_s)],
        **more,
    )
