"""The raw output of the network to boxes, for programs that run it themselves."""

import cv2
import numpy as np
from numpy.typing import NDArray


def boxes(
    raw: NDArray[np.float32], classes: list[int], score: float, iou: float
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.int64]]:
    """Corners (n, 4) in the network's pixels, scores (n,) and classes (n,) of one picture.

    `raw` is (4 + classes, anchors): centre x, y, width, height, then a score for each class.
    """
    scores = raw[4:].max(axis=0)
    rows = np.flatnonzero(scores >= score)
    found, scores, class_id = raw[:4, rows].T, scores[rows], raw[4:, rows].argmax(axis=0)
    wanted = np.isin(class_id, classes)
    found, scores, class_id = found[wanted], scores[wanted], class_id[wanted]
    corners = np.hstack([found[:, :2] - found[:, 2:] / 2, found[:, :2] + found[:, 2:] / 2])
    xywh = np.hstack([corners[:, :2], found[:, 2:]])
    kept = cv2.dnn.NMSBoxesBatched(
        xywh.tolist(), scores.tolist(), class_id.tolist(), float(score), float(iou)
    )
    order = np.asarray(kept, dtype=np.intp).reshape(-1)
    return corners[order], scores[order], class_id[order]


def fractions(
    corners: NDArray[np.float32], size_wh: tuple[int, int], pad_top: float
) -> NDArray[np.float32]:
    """Corners in the network's pixels to fractions of a picture as wide as the network's input.

    `pad_top` pixels of grey lie above the picture, and as many below.
    """
    width, height = size_wh
    moved = corners - np.array([0, pad_top, 0, pad_top], np.float32)
    scale = np.array([width, height - 2 * pad_top] * 2, np.float32)
    return np.clip(moved / scale, 0, 1).astype(np.float32)
