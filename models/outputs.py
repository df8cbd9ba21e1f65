"""Raw output tensors to candidate boxes, one function per output family."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.families import Family
from models.inputs import ModelError, Outputs
from vision.boxes import Boxes

MOST_CANDIDATES = 1000
"""Boxes of one picture (of each class of an open vocabulary) that go into non-maximum suppression,
the best of them."""

MOST_FOUND = 300
"""Objects reported of one picture (of each class of an open vocabulary), the best of them."""

YOLOX_STRIDES_PX = (8, 16, 32)


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """What a network says of one picture, in network pixels.

    `xyxy` (n, 4) float32, `score` (n,) float32 0 to 1, `class_id` (n,) int64; best score first.
    `told` (n, c) float32 is what the vectors of a second look say of each, where there are any.
    """

    xyxy: Boxes
    score: NDArray[np.float32]
    class_id: NDArray[np.int64]
    told: NDArray[np.float32] | None = None


Decoder = Callable[[Outputs, int, ModelCard, float], list[Candidates]]
"""(output tensors, pictures n, card, lowest score) -> n candidates. Raises ModelError for tensors
of another shape than the family has."""


def decode(outputs: Outputs, n: int, card: ModelCard, lowest: float) -> list[Candidates]:
    """Candidates of each of the `n` pictures that scored at least `lowest`."""
    return DECODERS[card.family](outputs, n, card, lowest)


def _yolov8(outputs: Outputs, n: int, card: ModelCard, lowest: float) -> list[Candidates]:
    """YOLOv8, YOLO11 and YOLO26's raw head: (n, 4 + classes, anchors), centre x, y, w, h first."""
    raw = _tensor(outputs, 0, (n, 4 + len(card.names), None), card)
    found = []
    for picture in raw:
        best = picture[4:].max(axis=0)
        kept = _best(best, lowest)
        class_id = picture[4:, kept].argmax(axis=0)
        found.append(_suppressed(_corners(picture[:4, kept].T), best[kept], class_id, card))
    return found


def _yolo_world(outputs: Outputs, n: int, card: ModelCard, lowest: float) -> list[Candidates]:
    """YOLO-World: boxes (n, 4, anchors) centre x, y, w, h; logits (n, vectors, anchors).

    The vocabulary's vectors come first, then those of a second look (`Head.vectors`).
    """
    words = card.words
    if words is None:
        raise ModelError(f"model {card.name!r} has no vocabulary; its card must name one")
    boxes = _tensor(outputs, 0, (n, 4, None), card)
    own, head = len(words.vectors), card.head
    extra = 0 if head is None else len(head.vectors)
    logits = _tensor(outputs, 1, (n, own + extra, boxes.shape[2]), card)
    told = logits[:, own:-1] - logits[:, -1:] if extra else [None] * n
    # A grill may stand in a stall: one anchor can be more than one thing, and no class keeps the
    # boxes of another from being candidates.
    return [
        _joined([_of_class(c, row, anchors, said, lowest, card) for c, row in enumerate(scores)])
        for anchors, scores, said in zip(boxes, words.by_class(logits[:, :own]), told, strict=True)
    ]


def feature_maps(outputs: Outputs, card: ModelCard) -> list[NDArray[np.float32]]:
    """The backbone's maps p3, p4, p5 of YOLO-World, each (n, channels, rows, columns)."""
    return [_tensor(outputs, 2 + i, (None, None, None, None), card) for i in range(3)]


def _of_class(
    class_id: int,
    scores: NDArray[np.float32],
    anchors: NDArray[np.float32],
    told: NDArray[np.float32] | None,
    lowest: float,
    card: ModelCard,
) -> Candidates:
    """One class' candidates from its scores (anchors,) of boxes (4, anchors), `told` (c, anchors)
    by the vectors of a second look."""
    kept = _best(scores, lowest)
    corners, class_ids = _corners(anchors[:, kept].T), np.full(len(kept), class_id)
    said = None if told is None else told[:, kept].T
    return _suppressed(corners, scores[kept], class_ids, card, said)


def _joined(parts: list[Candidates]) -> Candidates:
    score = np.concatenate([part.score for part in parts])
    order = np.argsort(-score, kind="stable")
    told = [part.told for part in parts if part.told is not None]
    return Candidates(
        np.concatenate([part.xyxy for part in parts])[order],
        score[order],
        np.concatenate([part.class_id for part in parts])[order],
        np.concatenate(told)[order] if told else None,
    )


def _yolox(outputs: Outputs, n: int, card: ModelCard, lowest: float) -> list[Candidates]:
    """YOLOX's raw head: (n, anchors, 5 + classes), x, y in cells, log w, h, objectness, classes."""
    cells, strides = _grid(card.input_wh)
    raw = _tensor(outputs, 0, (n, len(cells), 5 + len(card.names)), card)
    found = []
    for picture in raw:
        best = picture[:, 4] * picture[:, 5:].max(axis=1)
        kept = _best(best, lowest)
        rows, stride = picture[kept], strides[kept]
        centre = (rows[:, :2] + cells[kept]) * stride
        boxes = np.hstack([centre, np.exp(rows[:, 2:4]) * stride])
        found.append(_suppressed(_corners(boxes), best[kept], rows[:, 5:].argmax(axis=1), card))
    return found


def _yolo26(outputs: Outputs, n: int, card: ModelCard, lowest: float) -> list[Candidates]:
    """YOLO26 end to end: (n, boxes, 6), x1, y1, x2, y2, score, class; nothing left to suppress."""
    raw = _tensor(outputs, 0, (n, None, 6), card)
    return [_ready(p[:, :4], p[:, 4], p[:, 5], lowest) for p in raw]


def _picodet(outputs: Outputs, n: int, card: ModelCard, lowest: float) -> list[Candidates]:
    """PicoDet, suppressed inside: rows of class, score, x1, y1, x2, y2, and rows per picture."""
    rows = _tensor(outputs, 0, (None, 6), card)
    counts = _tensor(outputs, 1, (n,), card).astype(np.int64)
    if counts.sum() > len(rows):
        raise ModelError(f"model {card.name!r} counts {counts.sum()} boxes but gives {len(rows)}")
    parts = np.split(rows, np.cumsum(counts))[:n]
    return [_ready(p[:, 2:6], p[:, 1], p[:, 0], lowest) for p in parts]


DECODERS: dict[Family, Decoder] = {
    "yolov8": _yolov8,
    "yolo26": _yolo26,
    "yolox": _yolox,
    "picodet": _picodet,
    "yolo_world": _yolo_world,
}


def _tensor(
    outputs: Outputs, index: int, shape: tuple[int | None, ...], card: ModelCard
) -> NDArray[np.float32]:
    """One output, checked: a wrong family or class list shows here and not as nonsense boxes."""
    got = outputs[index].shape if index < len(outputs) else ()
    same = len(got) == len(shape)
    if not same or any(want not in (None, have) for want, have in zip(shape, got, strict=True)):
        wanted = " x ".join("any" if size is None else str(size) for size in shape)
        raise ModelError(
            f"model {card.name!r} gives {' x '.join(map(str, got)) or 'no tensor'} where family "
            f"{card.family!r} with {len(card.names)} classes has {wanted}; check the card"
        )
    return outputs[index].astype(np.float32, copy=False)


def _best(score: NDArray[np.float32], lowest: float) -> NDArray[np.intp]:
    """Indices of the scores worth keeping, best first."""
    kept = np.flatnonzero(score >= lowest)
    return kept[np.argsort(-score[kept], kind="stable")][:MOST_CANDIDATES]


def _corners(boxes: NDArray[np.float32]) -> Boxes:
    """Centre x, y, width, height (n, 4) to corners (n, 4)."""
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return np.hstack([centre - half, centre + half]).astype(np.float32, copy=False)


def _suppressed(
    xyxy: Boxes,
    score: NDArray[np.float32],
    class_id: NDArray[np.intp],
    card: ModelCard,
    told: NDArray[np.float32] | None = None,
) -> Candidates:
    """Drop boxes that a better one of the same class overlaps by more than the card allows."""
    xywh = np.hstack([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]])
    kept = cv2.dnn.NMSBoxesBatched(
        xywh.tolist(), score.tolist(), class_id.tolist(), 0.0, card.iou_threshold
    )
    order = np.sort(np.asarray(kept, dtype=np.intp))[:MOST_FOUND]
    said = None if told is None else told[order]
    return Candidates(xyxy[order], score[order], class_id[order].astype(np.int64), said)


def _ready(
    xyxy: Boxes, score: NDArray[np.float32], class_id: NDArray[np.float32], lowest: float
) -> Candidates:
    """Candidates of a network that has suppressed its own; a class below 0 is padding."""
    kept = _best(np.where(class_id >= 0, score, 0), lowest)[:MOST_FOUND]
    return Candidates(xyxy[kept], score[kept], class_id[kept].astype(np.int64))


@cache
def _grid(input_wh: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Cell corners (anchors, 2) and their stride (anchors, 1), in the order of YOLOX's head."""
    cells, strides = [], []
    for stride in YOLOX_STRIDES_PX:
        width, height = input_wh[0] // stride, input_wh[1] // stride
        y, x = np.mgrid[:height, :width]
        cells.append(np.stack([x, y], axis=-1).reshape(-1, 2))
        strides.append(np.full((width * height, 1), stride))
    return np.concatenate(cells).astype(np.float32), np.concatenate(strides).astype(np.float32)
