"""A second look at what a detector proposes: is it really one?

Vectors on a network's embeddings find nearly every place worth looking at, and many that are not.
A linear head on richer features of the few best boxes tells them apart, at the cost of some crops.
"""

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from models.card import ModelCard
from models.inputs import ModelError
from models.letterbox import Placement
from models.second_look_head import Head
from vision.boxes import Boxes, as_boxes, iou, near, overlap, suppress, union
from vision.detections import Detections
from vision.frame import Image

Array = NDArray[np.float32]

PART = 0.3
"""A box of which a better one of its class shares so much, of the smaller, is part of it."""
REACH = 0.75
"""Boxes of one class no further apart than this, in their own size, show one thing ..."""
AS_SURE = 0.5
"""... if the worse one has this share of the better one's score: the garments of a line, the bags
of a heap, two halves of a stall."""
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
        """Features (n, d) of boxes (n, 4) in a picture, but for what stays in the detector."""
        ...


class SecondLook:
    """Scores a detector's proposals anew, as its card says."""

    def __init__(self, card: ModelCard, head: Head, features: FeatureMaker) -> None:
        self._card = card
        self._head = head
        self._features = features
        self._class_of = np.array([card.names.index(name) for name in head.names], dtype=np.int64)

    def at(self, image: Image, found: Detections, maps: Maps, placement: Placement) -> Detections:
        """Detections with the head's scores, best first, from those of a first look, whose
        `embedding` (n, c) is what the head's vectors say of them.

        Of each class that the head knows, the best `proposals` of the card at or above its
        `proposal_threshold` are looked at and the rest is dropped; other classes stay as they are.
        What is looked at is scored for every class that the head knows, whichever proposed it:
        the best box of a grill may be one that the first look took for a stall.
        Boxes of one class become those of the `things` that they show.
        """
        known = np.isin(found.class_id, self._class_of)
        parts = [found[~known]]
        asked = found[self._proposals(found, known)]
        if len(asked):
            one = asked[shared(asked.xyxy)[0]]
            scores = self._scores(image, one, maps, placement)
            parts += [self._of_class(c, one, scores[:, n]) for n, c in enumerate(self._class_of)]
        xyxy, score, class_id = (
            np.concatenate([getattr(p, column) for p in parts])
            for column in ("xyxy", "score", "class_id")
        )
        order = np.argsort(-score, kind="stable")
        return Detections(xyxy[order], score[order], class_id[order], found.names)

    def _scores(self, image: Image, one: Detections, maps: Maps, placement: Placement) -> Array:
        """Scores (n, c) of what is looked at, for each of the head's classes."""
        if one.embedding is None:
            raise ModelError(f"model {self._card.name!r} says nothing of the head's vectors")
        features = self._features.of(image, one.xyxy, maps, placement)
        return self._head.scores(features, one.embedding)

    @staticmethod
    def _of_class(class_id: int, one: Detections, score: Array) -> Detections:
        """What is looked at as things of one class."""
        xyxy, score = things(one.xyxy, score)
        return Detections(xyxy, score, np.full(len(score), class_id), one.names)

    def _proposals(self, found: Detections, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Which of the detections, best score first, get a second look."""
        wanted = known & (found.score >= self._card.proposal_threshold)
        for class_id in set(found.class_id[wanted].tolist()):
            of_class = np.flatnonzero(wanted & (found.class_id == class_id))
            wanted[of_class[self._card.proposals :]] = False
        return wanted


def things(xyxy: Boxes, score: Array) -> tuple[Boxes, Array]:
    """Boxes (m, 4) and scores (m,) of the things that boxes (n, 4) of one class show, best first.

    A box that shares more than PART of the smaller with a better one is part of the same thing;
    neighbours that are about as sure are one thing, as sure as its surest part.
    """
    if not len(score):
        return xyxy, score
    xyxy, score = _whole(xyxy, score)
    ratio = score[:, None] / np.maximum(score[None, :], np.finfo(np.float32).tiny)
    as_sure = np.minimum(ratio, ratio.T) >= AS_SURE
    count, label = connected_components(near(xyxy, REACH) & as_sure, directed=False)
    parts = [label == n for n in range(count)]
    joined = as_boxes([union(xyxy[rows]) for rows in parts])
    return _whole(joined, np.array([score[rows].max() for rows in parts], np.float32))


def _whole(xyxy: Boxes, score: Array) -> tuple[Boxes, Array]:
    """Boxes and scores without the parts of better ones, best first."""
    rows = suppress(xyxy, score, PART, overlap)
    return xyxy[rows], score[rows]


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
