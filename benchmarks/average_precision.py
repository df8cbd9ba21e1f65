"""COCO's average precision, with COCO's own scorer."""

import contextlib
import importlib.util
import io
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.detection_scoring import Scene
from vision.boxes import Boxes

MOST_DETECTIONS = 100
"""Of one picture and class, as COCO counts them."""


Rows = Callable[[int, Scene], list[dict[str, Any]]]
"""(image id, scene) -> annotations as COCO keeps them."""


class ScorerMissingError(ValueError):
    """The optional scorer is not installed."""


def check_scorer() -> None:
    """Raise ScorerMissingError, with the remedy, where the scorer is not installed."""
    if importlib.util.find_spec("pycocotools") is None:
        raise ScorerMissingError(
            "average precision needs pycocotools: install skyeye with its extra, skyeye[bench]"
        )


def average_precision(scenes: Sequence[Scene], classes: int) -> dict[int, tuple[float, float]]:
    """(AP at IoU 0.5, mean AP at IoU 0.5 to 0.95) of each class that has labels.

    Recall is sampled at 101 points over all scores. Lin et al., Microsoft COCO (2014). Raises
    ScorerMissingError.
    """
    check_scorer()
    from pycocotools.cocoeval import COCOeval  # noqa: PLC0415 - an optional extra

    with contextlib.redirect_stdout(io.StringIO()):  # it reports its progress there
        truth = _coco(scenes, classes, _labels)
        judge = COCOeval(truth, _coco(scenes, classes, _findings), "bbox")
        judge.params.areaRng, judge.params.areaRngLbl = [[0, 1e10]], ["all"]
        judge.params.maxDets = [MOST_DETECTIONS]
        judge.evaluate()
        judge.accumulate()
    precision = judge.eval["precision"][:, :, :, 0, 0]  # (IoUs, recalls, classes), -1: no labels
    return {
        class_id: (float(precision[0, :, class_id].mean()), float(precision[:, :, class_id].mean()))
        for class_id in range(classes)
        if (precision[:, :, class_id] >= 0).all()
    }


def _coco(scenes: Sequence[Scene], classes: int, rows: Rows) -> Any:  # noqa: ANN401 - untyped library
    """A COCO data set in memory; ids start at 1, because COCO takes 0 for "no match"."""
    from pycocotools.coco import COCO  # noqa: PLC0415

    coco = COCO()
    boxes = [row for image_id, scene in enumerate(scenes, 1) for row in rows(image_id, scene)]
    coco.dataset = {
        "images": [{"id": image_id} for image_id in range(1, len(scenes) + 1)],
        "categories": [{"id": class_id, "name": str(class_id)} for class_id in range(classes)],
        "annotations": [{"id": number, **box} for number, box in enumerate(boxes, 1)],
    }
    coco.createIndex()
    return coco


def _labels(image_id: int, scene: Scene) -> list[dict[str, Any]]:
    return _boxes(image_id, scene.truth.xyxy, scene.truth.class_id.tolist())


def _findings(image_id: int, scene: Scene) -> list[dict[str, Any]]:
    boxes = _boxes(image_id, scene.found.xyxy, scene.found.class_id.tolist())
    scores = scene.found.score.tolist()
    return [box | {"score": score} for box, score in zip(boxes, scores, strict=True)]


def _boxes(image_id: int, xyxy: Boxes, class_ids: Sequence[int]) -> list[dict[str, Any]]:
    xywh = np.hstack([xyxy[:, :2], xyxy[:, 2:] - xyxy[:, :2]]).astype(np.float64)
    return [
        {
            "image_id": image_id,
            "category_id": class_id,
            "bbox": box.tolist(),
            "area": float(box[2] * box[3]),
            "iscrowd": 0,
        }
        for class_id, box in zip(class_ids, xywh, strict=True)
    ]
