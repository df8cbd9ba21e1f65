"""Where the number plates of a picture are, corner by corner.

The network is a RetinaFace (Deng et al., CVPR 2020) with the plate's corners for landmarks: at each
anchor a box, two class shares and four corners, relative to the anchor.
"""

from dataclasses import dataclass, replace
from functools import cache
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.inputs import ModelError
from models.letterbox import Letterbox
from models.session import Session
from vision.boxes import Box
from vision.frame import Image

ANCHORS_PX = {8: (24, 48), 16: (96, 192), 32: (384, 768)}
"""Sizes of the two square anchors in the middle of every cell, by the cell's size."""
SCALE = 0.1
"""Offsets are in tenths of the anchor's size."""
CLOCKWISE = [2, 3, 0, 1]
"""The network begins with the corner at the bottom right, goes round to the left and up."""
MOST_PLATES = 8

Corners = NDArray[np.float32]
"""(4, 2) source pixels: top left, top right, bottom right, bottom left as the plate is read."""


@dataclass(frozen=True, slots=True, eq=False)
class FoundPlate:
    """A plate in a picture: its corners in source pixels, and how sure it is one, 0 to 1."""

    corners: Corners
    score: float

    @property
    def size_wh(self) -> tuple[float, float]:
        """Mean width and height in source pixels, along its own edges."""
        edges = np.linalg.norm(self.corners - np.roll(self.corners, -1, axis=0), axis=1)
        return float(edges[0] + edges[2]) / 2, float(edges[1] + edges[3]) / 2

    @property
    def box(self) -> Box:
        """The upright box round it in source pixels."""
        (x1, y1), (x2, y2) = self.corners.min(axis=0), self.corners.max(axis=0)
        return float(x1), float(y1), float(x2), float(y2)

    @property
    def centre(self) -> NDArray[np.float32]:
        """Its middle, x and y in source pixels."""
        return np.asarray(self.corners.mean(axis=0), np.float32)

    def moved(self, dx: float, dy: float) -> Self:
        """The same plate in a picture that has it so much further right and down."""
        return replace(self, corners=self.corners + np.array([dx, dy], np.float32))


class PlateFinder:
    """A network of family `plate_corners` behind a session; belongs to one thread."""

    def __init__(self, card: ModelCard, session: Session) -> None:
        self.card, self._session = card, session
        self._letterbox = Letterbox(card)
        width, height = card.input_wh
        self._slot = np.empty((1, 3, height, width), dtype=np.float32)

    def find(self, image: Image) -> list[FoundPlate]:
        """The plates of a picture (H, W, 3) BGR, surest first; raises ModelError, ValueError."""
        placement = self._letterbox.write(image, self._slot[0])
        outputs = self._session.run(self._slot)
        anchors = _anchors(self.card.input_wh)
        if [o.shape for o in outputs] != [(1, len(anchors), n) for n in (4, 2, 8)]:
            raise ModelError(
                f"model {self.card.name!r} does not give {len(anchors)} boxes, shares and "
                "corners; check the card's family and input_wh"
            )
        _, shares, offsets = (np.asarray(o[0], np.float32) for o in outputs)
        score = shares[:, 1]
        rows = np.flatnonzero(score >= self.card.score_threshold)
        centre, side = anchors[rows, None, :2], anchors[rows, None, 2:]
        corners = (centre + offsets[rows].reshape(-1, 4, 2) * SCALE * side)[:, CLOCKWISE]
        kept = _apart(corners, score[rows], self.card.iou_threshold)
        placed = placement.restore(corners[kept].reshape(-1, 4)).reshape(-1, 4, 2)
        return [FoundPlate(c, float(s)) for c, s in zip(placed, score[rows][kept], strict=True)]


def _apart(corners: NDArray[np.float32], score: NDArray[np.float32], most: float) -> list[int]:
    """Rows of the best plates of which none overlaps a better one by more than `most`."""
    low, high = corners.min(axis=1), corners.max(axis=1)
    xywh = np.hstack([low, high - low])
    kept = cv2.dnn.NMSBoxes(xywh.tolist(), score.tolist(), 0.0, most) if len(xywh) else ()
    return [int(row) for row in kept][:MOST_PLATES]


@cache
def _anchors(input_wh: tuple[int, int]) -> NDArray[np.float32]:
    """Centre x, y and size (twice) of every anchor in network pixels, (n, 4), as it counts them."""
    rows = []
    for cell, sizes in ANCHORS_PX.items():
        columns, lines = (-(-length // cell) for length in input_wh)
        y, x = np.mgrid[:lines, :columns].reshape(2, -1)
        for_size = [
            np.stack([(x + 0.5) * cell, (y + 0.5) * cell, 0 * x + size, 0 * x + size], axis=1)
            for size in sizes
        ]
        rows.append(np.stack(for_size, axis=1).reshape(-1, 4))
    return np.concatenate(rows).astype(np.float32)
