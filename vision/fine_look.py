"""A vehicle's fine look: its outline in such detail that one parked anew does not match it.

A car that never moved shows the same edges at the same spots of the picture, day after day; one
that was parked there anew, be it the twin of the first, stands some centimetres off and a little
askew. So the box is cut into blocks and each block is sought near its own spot: what counts is
how many are found exactly where they were. Shadows, reflections, rain and a person in front spoil
some blocks and leave the others. Edges are compared with local contrast divided out (as in HOG;
Dalal and Triggs, CVPR 2005), so light changes them little.
"""

import base64
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.appearance import normalise
from vision.boxes import Box, Boxes, as_boxes
from vision.frame import Picture

SPOT_PX = 64
"""The vehicle's box is brought to this many pixels each way ..."""
SEEK_PX = 8
"""... and its blocks are sought this far from their spots, an eighth of the box."""
BLOCK_PX = 16
STRIDE_PX = 8
EXACT_PX = 1.5
"""A block found this near its spot, a fortieth of the box, has not moved."""
FOUND = 0.5
"""Correlation of edges from which on a block is found at all."""
TEXTURE = 0.12
"""Mean squared gradient below which a block (asphalt, a plain door) has no edges to find."""
LEAST_BLOCKS = 8
"""With fewer blocks to compare, nothing can be said."""
SMALLEST_PX = 20
"""A box narrower or lower than this does not show the detail that identity needs."""
LEVELS = 32.0
"""Grey levels for one unit of the normalised patch when it is saved as a picture."""
QUALITY = 85
WHOLE_PX = SPOT_PX + 2 * SEEK_PX
SLACK_PX = 2
_STEPS = range(0, SPOT_PX - BLOCK_PX + 1, STRIDE_PX)
CORNERS = tuple((x, y) for y in _STEPS for x in _STEPS if math.hypot(x - 24, y - 24) < 32)
"""Upper left corners of the blocks, (x, y) in pixels of the spot; those in the corners of the box
are left out, as they show the ground, which stays when the vehicle leaves."""

Array = NDArray[np.float32]
NOBODY: Boxes = as_boxes([])


@dataclass(frozen=True, eq=False)
class FineLook:
    """One box of one picture with its surroundings; `patch` (80, 80) float32, normalised.

    `own`: which blocks (see CORNERS) show nothing else, such as the next car in the row.
    """

    patch: Array
    own: NDArray[np.bool_]

    @cached_property
    def edges(self) -> Array:
        """Gradients of the patch, (80, 80, 2)."""
        x = cv2.Sobel(self.patch, cv2.CV_32F, 1, 0, scale=1 / 8)
        y = cv2.Sobel(self.patch, cv2.CV_32F, 0, 1, scale=1 / 8)
        return np.dstack([x, y]).astype(np.float32)

    @cached_property
    def textured(self) -> NDArray[np.bool_]:
        """Which blocks have edges to compare, one per corner."""
        energy = np.asarray((self.edges**2).sum(axis=2), np.float32)
        rich = [_block(energy, c).mean() >= TEXTURE for c in CORNERS]
        return np.logical_and(self.own, rich)

    @property
    def tells(self) -> bool:
        """Whether there is enough to see for anything to be recognised by."""
        return bool(self.textured.sum() >= LEAST_BLOCKS)

    def likeness(self, now: "FineLook") -> float | None:
        """Share (0 to 1) of this look's blocks that are in a later one exactly where they were.

        None where there is too little to compare. A spot that shows no edges any more has
        likeness 0: it is empty, or the picture is too poor, which the caller has to tell apart.
        """
        if (self.textured & now.own).sum() < LEAST_BLOCKS:
            return None
        both = np.flatnonzero(self.textured & now.textured)
        if len(both) < LEAST_BLOCKS:
            return 0.0
        exact = sum(_is_exact(self.edges, now.edges, CORNERS[i]) for i in both)
        return exact / len(both)

    @cached_property
    def text(self) -> str:
        """The blocks and a picture of the patch, some 2 kB in base64."""
        grey = np.clip(128 + LEVELS * self.patch, 0, 255).astype(np.uint8)
        jpeg = cv2.imencode(".jpg", grey, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1]
        own = base64.b64encode(np.packbits(self.own).tobytes()).decode("ascii")
        return f"{own}:{base64.b64encode(jpeg.tobytes()).decode('ascii')}"

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Inverse of `text`, but for what compression costs."""
        own, _, picture = text.partition(":")
        bits = np.unpackbits(np.frombuffer(base64.b64decode(own), np.uint8), count=len(CORNERS))
        data = np.frombuffer(base64.b64decode(picture), np.uint8)
        grey = np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), np.float32)
        look = cls((grey - 128) / np.float32(LEVELS), bits.astype(bool))
        look.__dict__["text"] = text  # so that saving it again costs nothing and loses nothing
        return look


def fine_look(image: Picture, box: Box, others: Boxes = NOBODY) -> FineLook | None:
    """Cut `box` (pixels of `image`) out to a fraction of a pixel.

    `others`: boxes of what else is there, whose part of the box does not count.
    None where it is too small to show detail, or hardly in the picture.
    """
    x1, y1, x2, y2 = box
    fx, fy = (x2 - x1) / SPOT_PX, (y2 - y1) / SPOT_PX
    inside_x = min(x2, image.shape[1]) - max(x1, 0)
    inside_y = min(y2, image.shape[0]) - max(y1, 0)
    if min(inside_x, inside_y) < SMALLEST_PX:
        return None
    margin = SEEK_PX + SLACK_PX
    left, top = max(0, int(x1 - margin * fx)), max(0, int(y1 - margin * fy))
    right, bottom = int(x2 + margin * fx) + 2, int(y2 + margin * fy) + 2
    grey = cv2.cvtColor(image[top:bottom, left:right], cv2.COLOR_BGR2GRAY)
    if max(fx, fy) > 1:  # a large box is smoothed before it is sampled more coarsely
        grey = cv2.GaussianBlur(grey, (0, 0), sigmaX=max(fx / 2, 0.1), sigmaY=max(fy / 2, 0.1))
    # Pixel u of the patch shows x1 + (u - SEEK_PX + 0.5) * fx - 0.5 of the picture.
    where = np.array(
        [
            [fx, 0, x1 - left + (0.5 - SEEK_PX) * fx - 0.5],
            [0, fy, y1 - top + (0.5 - SEEK_PX) * fy - 0.5],
        ]
    )
    patch = cv2.warpAffine(
        grey,
        where,
        (WHOLE_PX, WHOLE_PX),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    middles = np.array(CORNERS) + BLOCK_PX / 2
    x, y = x1 + middles[:, 0, None] * fx, y1 + middles[:, 1, None] * fy
    left_x, top_y, right_x, bottom_y = others.T
    dx, dy = BLOCK_PX / 4 * fx, BLOCK_PX / 4 * fy
    shared = (x + dx > left_x) & (x - dx < right_x) & (y + dy > top_y) & (y - dy < bottom_y)
    return FineLook(normalise(patch.astype(np.float32)), ~shared.any(axis=1))


def _block(values: Array, corner: tuple[int, int], margin: int = 0) -> Array:
    x, y = corner[0] + SEEK_PX - margin, corner[1] + SEEK_PX - margin
    size = BLOCK_PX + 2 * margin
    return values[y : y + size, x : x + size]


def _is_exact(before: Array, now: Array, corner: tuple[int, int]) -> bool:
    """Whether the best match of a block is where the block was."""
    score = cv2.matchTemplate(
        _block(now, corner, SEEK_PX), _block(before, corner), cv2.TM_CCORR_NORMED
    )
    _, best, _, (x, y) = cv2.minMaxLoc(score)
    return best >= FOUND and max(abs(x - SEEK_PX), abs(y - SEEK_PX)) <= EXACT_PX
