"""A detector, or stored detections, over a labelled set of pictures, scored by class."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from benchmarks.average_precision import average_precision, check_scorer
from benchmarks.class_names import match_names
from benchmarks.detection_scoring import ClassScore, Scene, class_score, not_named, tally
from benchmarks.operating_point import OperatingPoint, operating_point
from benchmarks.predictions import Predictions
from benchmarks.seen_pictures import Progress, Seen, look, placed
from benchmarks.yolo_data import Labelled
from models.detector import OnnxDetector

LOWEST_SCORE = 0.001
"""Average precision asks how a detector ranks everything, down to what nobody would show."""


@dataclass(frozen=True, slots=True)
class DetectionReport:
    """Scores of one model on one data set.

    `classes` are by the data's class names: those with labels, and those without labels that the
    data lists and the model claims to have found. `unnamed` are classes with labels that the
    model has no name for; their scores are None. `operating` has the same classes at the shipped
    thresholds, without the unnamed. `sources` is how many sources the pictures come from.
    """

    model: str
    sha256: str
    images: int
    classes: dict[str, ClassScore]
    unnamed: tuple[str, ...] = ()
    operating: dict[str, OperatingPoint] = field(default_factory=dict)
    sources: int | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        points = {name: asdict(point) for name, point in self.operating.items()}
        return {
            "model": self.model,
            "sha256": self.sha256,
            "images": self.images,
            "classes": {name: asdict(score) for name, score in self.classes.items()},
            "operating": json.loads(json.dumps(points)),  # intervals become lists
            "sources": self.sources,
            "note": self.note,
        }


def see_detector(
    data: Labelled, detector: OnnxDetector, progress: Progress | None = None
) -> tuple[Seen, Mapping[str, float]]:
    """Run the detector over every picture; what it saw, and the threshold of each of its classes.

    The detector should report from LOWEST_SCORE up. Raises DataError for a label, ValueError for
    a picture that cannot be read, ScorerMissingError.
    """
    check_scorer()  # before an hour of inference, not after
    names = data.names or detector.names
    meaning = match_names(names, detector.names)
    seen = look(data, detector, names, meaning, progress)
    return seen, dict.fromkeys(names, detector.card.score_threshold)


def see_predictions(
    data: Labelled, predictions: Predictions, progress: Progress | None = None
) -> tuple[Seen, Mapping[str, float]]:
    """Stored detections in place of a detector's; raises DataError, ScorerMissingError."""
    check_scorer()
    names = data.names or predictions.names
    meaning = match_names(names, predictions.names)
    seen = placed(data, predictions.of(data.pictures), names, meaning, progress)
    by_name = {
        names[i]: predictions.thresholds[predictions.names[m]]
        for i, m in enumerate(meaning)
        if m is not None
    }
    return seen, by_name


def score(
    seen: Seen, thresholds: Mapping[str, float], model: str, sha256: str, *, listed: bool
) -> DetectionReport:
    """Score what was seen; `listed`: the data has a list of classes of its own."""
    names = seen.names
    boxed = [scene.boxed() for scene in seen.scenes]
    sure = [scene.sure() for scene in seen.scenes]
    ap = average_precision(boxed, len(names))
    classes: dict[str, ClassScore] = {}
    points: dict[str, OperatingPoint] = {}
    unnamed: list[str] = []
    for class_id in np.unique(seen.same).tolist():
        name = names[class_id]
        if seen.meaning[class_id] is None:
            scores = not_named(sure, class_id)
            unnamed += [name] if scores.instances else []
        else:
            scores = _class_score(boxed, sure, class_id, thresholds[name], ap.get(class_id))
        if scores.instances or (listed and scores.precision is not None):
            classes[name] = scores
            if seen.meaning[class_id] is not None:
                points[name] = operating_point(seen.scenes, class_id, thresholds[name])
    sources = {s.note.source for s in seen.scenes} - {None}
    return DetectionReport(
        *(model, sha256, len(seen.scenes), classes, tuple(unnamed), points),
        sources=len(sources) or None,
    )


def score_detector(
    data: Labelled, detector: OnnxDetector, progress: Progress | None = None
) -> DetectionReport:
    """See with the detector, and score it."""
    seen, thresholds = see_detector(data, detector, progress)
    card = detector.card
    return score(seen, thresholds, card.name, card.identity, listed=bool(data.names))


def _class_score(
    boxed: list[Scene],
    sure: list[Scene],
    class_id: int,
    threshold: float,
    ap: tuple[float, float] | None,
) -> ClassScore:
    """Boxes where all are labelled, whole pictures wherever somebody was sure."""
    counts, whole = tally(boxed, class_id, threshold), tally(sure, class_id, threshold)
    whole = replace(whole, right=counts.right, wrong=counts.wrong, missed=counts.missed)
    return class_score(whole, ap)
