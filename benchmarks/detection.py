"""A detector over a labelled set of pictures, scored by class."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.average_precision import average_precision, check_scorer
from benchmarks.class_names import match_names
from benchmarks.detection_scoring import (
    ClassScore,
    Scene,
    class_score,
    first_of_each,
    in_classes_of,
    not_named,
    tally,
)
from benchmarks.yolo_data import Labelled, Truth, read_truth
from models.detector import OnnxDetector
from models.pictures import read_picture
from vision.boxes import as_boxes
from vision.frame import Image

LOWEST_SCORE = 0.001
"""Average precision asks how a detector ranks everything, down to what nobody would show."""

Progress = Callable[[int, int], None]
"""Called with the pictures done and the pictures in all."""


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """Scores of one model on one data set.

    `classes` are by the data's class names: those with labels, and those without labels that the
    data lists and the model claims to have found. `unnamed` are classes with labels that the
    model has no name for; their scores are None.
    """

    model: str
    sha256: str
    threshold: float
    images: int
    classes: dict[str, ClassScore]
    unnamed: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return {
            "model": self.model,
            "sha256": self.sha256,
            "images": self.images,
            "classes": {name: asdict(score) for name, score in self.classes.items()},
        }


def score_detector(
    data: Labelled, detector: OnnxDetector, progress: Progress | None = None
) -> DetectionReport:
    """Run the detector over every picture and score it.

    The detector should report from LOWEST_SCORE up. Raises DataError for a label, ValueError for
    a picture that cannot be read, ScorerMissingError.
    """
    check_scorer()  # before an hour of inference, not after
    names = data.names or detector.names
    meaning = match_names(names, detector.names)
    scenes = _scenes(data, detector, names, meaning, progress)
    ap = average_precision(scenes, len(names))
    classes: dict[str, ClassScore] = {}
    unnamed: list[str] = []
    for class_id in np.unique(first_of_each(meaning)).tolist():
        if meaning[class_id] is None:
            score = not_named(scenes, class_id)
            unnamed += [names[class_id]] if score.instances else []
        else:
            counts = tally(scenes, class_id, detector.card.score_threshold)
            score = class_score(counts, ap.get(class_id))
        if score.instances or (data.names and score.precision is not None):
            classes[names[class_id]] = score
    card = detector.card
    return DetectionReport(
        card.name, card.identity, card.score_threshold, len(scenes), classes, tuple(unnamed)
    )


def _scenes(
    data: Labelled,
    detector: OnnxDetector,
    names: tuple[str, ...],
    meaning: tuple[int | None, ...],
    progress: Progress | None,
) -> list[Scene]:
    """Read and look at every picture, a batch at a time; pixels are not kept."""
    same = first_of_each(meaning)
    scenes: list[Scene] = []
    for start in range(0, len(data.pictures), detector.max_batch):
        batch = slice(start, start + detector.max_batch)
        images = [read_picture(path) for path in data.pictures[batch]]
        truths = [
            _truth(data, start + i, image, len(names), same) for i, image in enumerate(images)
        ]
        for truth, found in zip(truths, detector.detect(images), strict=True):
            scenes.append(Scene(truth, in_classes_of(meaning, found, names)))
        if progress:
            progress(len(scenes), len(data.pictures))
    return scenes


def _truth(
    data: Labelled, row: int, image: Image, classes: int, same: np.typing.NDArray[np.int64]
) -> Truth:
    """Labels of one picture; classes that mean the same model class become the first of them."""
    path = data.labels[row]
    if path is None:
        return Truth(as_boxes([]), np.empty(0, dtype=np.int64))
    truth = read_truth(path, (image.shape[1], image.shape[0]), classes)
    return Truth(truth.xyxy, same[truth.class_id])
