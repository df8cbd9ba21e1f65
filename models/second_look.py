"""A second look at what a detector proposes: is it really one?

Vectors on a network's embeddings find nearly every place worth looking at, and many that are not.
A linear head on richer features of the few best boxes tells them apart, at the cost of some crops.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.letterbox import Placement
from models.second_look_head import Head
from vision.boxes import Boxes, iou, overlap, suppress
from vision.detections import Detections
from vision.frame import Image

Array = NDArray[np.float32]

PART = 0.3
"""A box of which a better one of its class shares so much, of the smaller, is part of it."""
SAME_IOU = 0.8
"""Boxes of two classes that overlap so much are looked at once."""


class Maps(NamedTuple):
    """The maps of the detector's backbone for one picture, each (channels, rows, columns)."""

    p3: Array
    p4: Array
    p5: Array


class FeatureMaker(Protocol):
    """Whatever computes the features of boxes: see `models.second_look_features`."""

    def of(self, image: Image, xyxy: Boxes, maps: Maps, placement: Placement) -> Array:
        """Features (n, d) of boxes (n, 4) in a picture."""
        ...


class SecondLook:
    """Scores a detector's proposals anew, as its card says."""

    def __init__(self, card: ModelCard, head: Head, features: FeatureMaker) -> None:
        self._card = card
        self._head = head
        self._features = features
        self._row_of = np.array(
            [head.names.index(n) if n in head.names else -1 for n in card.names], dtype=np.int64
        )

    def at(self, image: Image, found: Detections, maps: Maps, placement: Placement) -> Detections:
        """Detections with the head's scores, best first, from those of a first look.

        Of each class that the head knows, the best `proposals` of the card at or above its
        `proposal_threshold` are looked at and the rest is dropped; other classes stay as they are.
        A box that shares more than PART of the smaller with a better one of its class is part of
        the same thing, and is dropped: one garment of a line.
        """
        row = self._row_of[found.class_id]
        asked = self._proposals(found, row)
        score = found.score.copy()
        if asked.any():
            one, member = shared(found.xyxy[asked])
            features = self._features.of(image, found.xyxy[asked][one], maps, placement)
            score[asked] = self._head.scores(features)[member, row[asked]]
        kept = row < 0
        for class_id in set(found.class_id[asked].tolist()):
            of_class = np.flatnonzero(asked & (found.class_id == class_id))
            kept[of_class[suppress(found.xyxy[of_class], score[of_class], PART, overlap)]] = True
        order = np.argsort(-score, kind="stable")
        order = order[kept[order]]
        return Detections(found.xyxy[order], score[order], found.class_id[order], found.names)

    def _proposals(self, found: Detections, row: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of the detections, best score first, get a second look."""
        wanted = (row >= 0) & (found.score >= self._card.proposal_threshold)
        for class_id in set(found.class_id[wanted].tolist()):
            of_class = np.flatnonzero(wanted & (found.class_id == class_id))
            wanted[of_class[self._card.proposals :]] = False
        return wanted


def shared(xyxy: Boxes) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which of the boxes (n, 4) stand for all, and for each box the one of these that it is."""
    overlap = iou(xyxy, xyxy)
    one: list[int] = []
    member = np.zeros(len(xyxy), dtype=np.int64)
    for i in range(len(xyxy)):
        same = [k for k, other in enumerate(one) if overlap[i, other] >= SAME_IOU]
        if not same:
            one.append(i)
        member[i] = same[0] if same else len(one) - 1
    return np.array(one, dtype=np.int64), member
