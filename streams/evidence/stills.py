"""Stills for evidence: time, place and device burnt into the picture, and close-ups.

No boxes are drawn: the picture shows what the camera saw. The font is WenQuanYi Micro Hei, which
OpenCV 5 carries inside itself (Apache-2.0 or GPL-3.0 with font exception), so Chinese renders on
a machine without any fonts; all 20,902 ideographs of Unicode's first block are in it, and what
is not there shows as a question mark.
"""

import math
import re
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import cv2
import numpy as np

from vision.boxes import Box
from vision.frame import Image, Picture, bgr, resized

JPEG_QUALITY = 95
LINES_PER_PICTURE = 40
"""Text is a 40th of the picture's height: legible on a screen, and the strip stays thin."""
SIGNS_PER_LINE = 60
"""In a narrow picture text is a 60th of the width, so that the caption fits on a line or two."""
SMALLEST_TEXT_PX = 14
"""Chinese is not legible below this."""
BACKGROUND_OPACITY = 0.6
MOST_HIDDEN = 1 / 8
"""A strip that would hide more of the picture's height than this is added below it instead."""
SMALLEST_CLOSE_UP_WH = (240, 180)
PREVIEW_WIDTH_PX = 960
WHITE = (255, 255, 255)
REGULAR_WEIGHT = 400
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class Caption:
    """What is burnt into a still: when, where and by which device it was taken.

    `taken_s` UTC seconds; `timezone` is the IANA name of the zone whose local time is shown.
    Raises ValueError for a time zone that does not exist.
    """

    taken_s: float
    timezone: str
    place: str
    device_number: str

    def __post_init__(self) -> None:
        try:
            ZoneInfo(self.timezone)
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(
                f"time zone {self.timezone!r} is unknown: use a name such as Asia/Shanghai"
            ) from None

    @property
    def time_text(self) -> str:
        """Local time to the second, which has passed in full, and its offset to UTC."""
        moment = datetime.fromtimestamp(math.floor(self.taken_s), ZoneInfo(self.timezone))
        text = moment.isoformat(sep=" ", timespec="seconds")
        return f"{text[:19]} {text[19:]}"

    @property
    def items(self) -> list[str]:
        """The parts of the caption, which a line break may separate, empty ones left out."""
        device = f"No. {self.device_number}" if self.device_number else ""
        texts = (self.time_text, self.place, device)
        # A line break or tab in a name would be drawn as a question mark.
        return [shown for text in texts if (shown := re.sub(r"\s+", " ", text).strip())]


def encode_still(image: Image, caption: Caption, clear_of: Box | None = None) -> bytes:
    """Return the picture (H, W, 3) with its caption burnt in, as JPEG of the same size.

    The strip is at the bottom, or at the top where it would hide `clear_of` (source pixels).
    Only a picture too small for a legible strip (352 x 288, say) is extended below.
    """
    return encode_jpeg(burn_in(image, caption, clear_of))


def encode_close_up(image: Picture, box: Box, caption: Caption) -> bytes:
    """Return what is in and around `box` as JPEG, its caption in a strip below the picture.

    A close-up is small, so a strip inside it would hide too much: the picture is extended.
    """
    return encode_jpeg(caption_below(close_up(image, box), caption))


def encode_jpeg(image: Image) -> bytes:
    """Compress a picture with the quality that evidence is kept in."""
    done, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be made into a JPEG")
    return data.tobytes()


def encode_preview(image: Picture) -> bytes:
    """Return the picture small, as a JPEG that is quick to make and to send; no evidence."""
    height, width = image.shape[:2]
    if width > PREVIEW_WIDTH_PX:
        size_wh = (PREVIEW_WIDTH_PX, max(1, round(height * PREVIEW_WIDTH_PX / width)))
        image = resized(image, size_wh, cv2.INTER_AREA)
    return cv2.imencode(".jpg", bgr(image), [cv2.IMWRITE_JPEG_QUALITY, 80])[1].tobytes()


def close_up(
    image: Picture,
    box: Box,
    margin: float = 0.25,
    smallest_wh: tuple[int, int] = SMALLEST_CLOSE_UP_WH,
) -> Image:
    """Cut out a box with `margin` of its size on every side, at full source resolution.

    What is cut out has at least `smallest_wh` pixels where the picture has them, and ends at the
    picture's edges.
    """
    x1, x2 = _span(box[0], box[2], margin, smallest_wh[0], image.shape[1])
    y1, y2 = _span(box[1], box[3], margin, smallest_wh[1], image.shape[0])
    return image[y1:y2, x1:x2].copy()


def burn_in(image: Image, caption: Caption, clear_of: Box | None = None) -> Image:
    """Return a copy with the caption on a half-transparent strip at the bottom or the top."""
    strip = _Strip.fitting(caption, (image.shape[1], image.shape[0]))
    height = strip.height_px
    if height > image.shape[0] * MOST_HIDDEN:
        return caption_below(image, caption)
    free_top = clear_of is not None and clear_of[1] >= height
    hides = clear_of is not None and clear_of[3] > image.shape[0] - height
    top = 0 if hides and free_top else image.shape[0] - height
    burnt = image.copy()
    under = burnt[top : top + height]
    under[:] = np.rint(under * (1 - BACKGROUND_OPACITY)).astype(np.uint8)
    strip.draw(burnt, top)
    return burnt


def caption_below(image: Image, caption: Caption) -> Image:
    """Return the picture with a black strip added below that holds the caption."""
    strip = _Strip.fitting(caption, (image.shape[1], image.shape[0]))
    extended = np.concatenate([image, np.zeros((strip.height_px, *image.shape[1:]), np.uint8)])
    strip.draw(extended, image.shape[0])
    return extended


@dataclass(frozen=True, slots=True)
class _Strip:
    """Lines of text of one size, ready to be drawn."""

    lines: tuple[str, ...]
    text_px: int

    @classmethod
    def fitting(cls, caption: Caption, size_wh: tuple[int, int]) -> "_Strip":
        """Lay a caption out for a picture of this width and height in pixels."""
        wished = min(size_wh[1] / LINES_PER_PICTURE, size_wh[0] / SIGNS_PER_LINE)
        text_px = max(SMALLEST_TEXT_PX, round(wished))
        room_px = size_wh[0] - 2 * _padding_px(text_px)
        return cls(tuple(_lines(caption.items, text_px, room_px)), text_px)

    @property
    def line_px(self) -> int:
        return round(self.text_px * 1.3)

    @property
    def height_px(self) -> int:
        return self.line_px * len(self.lines) + _padding_px(self.text_px)

    def draw(self, image: Image, top: int) -> None:
        """Write the lines into `image`, below row `top`."""
        for number, line in enumerate(self.lines, start=1):
            baseline = top + number * self.line_px - round(self.text_px * 0.1)
            where = (_padding_px(self.text_px), baseline)
            cv2.putText(image, line, where, WHITE, _font(), self.text_px, REGULAR_WEIGHT)


def _padding_px(text_px: int) -> int:
    return round(text_px * 0.4)


def _lines(items: list[str], text_px: int, room_px: int) -> list[str]:
    """Put as many items on a line as fit; one that is too long for a line is cut short."""
    lines: list[str] = []
    for item in items:
        joined = f"{lines[-1]}   {item}" if lines else item
        if lines and _width_px(joined, text_px) <= room_px:
            lines[-1] = joined
        else:
            lines.append(_shortened(item, text_px, room_px))
    return lines


def _shortened(text: str, text_px: int, room_px: int) -> str:
    if _width_px(text, text_px) <= room_px:
        return text
    while text and _width_px(text + ELLIPSIS, text_px) > room_px:
        text = text[:-1]
    return text + ELLIPSIS


def _width_px(text: str, text_px: int) -> int:
    return cv2.getTextSize((0, 0), text, (0, 0), _font(), text_px, REGULAR_WEIGHT)[2]


@cache
def _font() -> cv2.FontFace:
    return cv2.FontFace("uni")


def _span(low: float, high: float, margin: float, smallest: int, limit: int) -> tuple[int, int]:
    """First and last + 1 pixel of one direction of a close-up, within 0 to `limit`."""
    wanted = max((high - low) * (1 + 2 * margin), smallest)
    centre = (low + high) / 2
    # A thing at the edge: shift the cut inside rather than make it smaller.
    start = max(0.0, min(centre - wanted / 2, limit - wanted))
    return math.floor(start), min(limit, math.ceil(start + wanted))
