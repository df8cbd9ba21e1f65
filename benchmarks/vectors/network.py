"""What the open-vocabulary network makes of a picture before it is told what to look for."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.fetch import fetch
from models.letterbox import Letterbox, Placement
from models.second_look import Maps
from models.session import Session, open_session
from vision.boxes import Boxes
from vision.frame import Image

WIDTH = 512

Embeddings = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Every anchor of one picture, best first in no sense.

    `xyxy` (a, 4) float32 source pixels; `embedding` (a, 512) float32; `bias` (a,) float32, what
    the network adds to every logit of the anchor; `maps` and `placement` are what a second look
    wants.
    """

    xyxy: Boxes
    embedding: Embeddings
    bias: NDArray[np.float32]
    maps: Maps
    placement: Placement


class Probe:
    """Runs the network with unit vectors for a vocabulary, so that its logits are the embedding."""

    def __init__(self, card: ModelCard) -> None:
        probes = np.vstack([np.eye(WIDTH), np.zeros((1, WIDTH))]).astype(np.float32)
        given = {"vectors": probes, "bias": np.zeros(WIDTH + 1, np.float32)}
        self._session: Session = open_session(fetch(card), card, max_batch=1, given=given)
        self._letterbox = Letterbox(card)
        width, height = card.input_wh
        self._batch = np.empty((1, 3, height, width), np.float32)

    def see(self, image: Image) -> Seen:
        """All anchors of a picture whose centre lies in it."""
        placement = self._letterbox.write(image, self._batch[0])
        boxes, logits, *maps = (
            np.asarray(o[0], np.float32) for o in self._session.run(self._batch)
        )
        centre, half = boxes[:2].T, boxes[2:].T / 2
        corner = np.array([placement.left, placement.top], np.float32)
        inside = ((centre >= corner) & (centre < corner + placement.fitted_wh)).all(axis=1)
        corners = np.hstack([centre - half, centre + half]).astype(np.float32)
        xyxy = placement.restore(corners[inside])
        embedding = (logits[:WIDTH] - logits[WIDTH]).T[inside]
        return Seen(xyxy, embedding, logits[WIDTH][inside], Maps(*maps), placement)
