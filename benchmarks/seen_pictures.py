"""Labels and detections of a data set's pictures, brought together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.detection_scoring import Scene, first_of_each, in_classes_of
from benchmarks.picture_notes import PLAIN, PictureNote, read_notes
from benchmarks.yolo_data import Labelled, Truth, read_truth
from models.detector import Detector
from models.pictures import read_picture
from vision.boxes import as_boxes
from vision.detections import Detections
from vision.frame import Image

Progress = Callable[[int, int], None]
"""Called with the pictures done and the pictures in all."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Every picture with what is labelled and what was found, in the classes `names`.

    `meaning[i]` is the model's class that means class i, None where it has none; `same[i]` is the
    first class that means the same as class i.
    """

    scenes: list[Scene]
    names: tuple[str, ...]
    meaning: tuple[int | None, ...]

    @property
    def same(self) -> NDArray[np.int64]:
        """The first class that means the same as each."""
        return first_of_each(self.meaning)


def look(
    data: Labelled,
    detector: Detector,
    names: tuple[str, ...],
    meaning: tuple[int | None, ...],
    progress: Progress | None = None,
) -> Seen:
    """Read and look at every picture, a batch at a time; pixels are not kept."""
    seen, notes = Seen([], names, meaning), read_notes(data.folder)
    for start in range(0, len(data.pictures), detector.max_batch):
        rows = range(start, min(start + detector.max_batch, len(data.pictures)))
        images = [read_picture(data.pictures[row]) for row in rows]
        truths = [_truth(data, row, image, seen) for row, image in zip(rows, images, strict=True)]
        for row, truth, found in zip(rows, truths, detector.detect(images), strict=True):
            seen.scenes.append(_scene(data, row, truth, found, seen, notes))
        if progress:
            progress(len(seen.scenes), len(data.pictures))
    return seen


def placed(
    data: Labelled,
    found: Sequence[Detections],
    names: tuple[str, ...],
    meaning: tuple[int | None, ...],
    progress: Progress | None = None,
) -> Seen:
    """Detections that are there already, picture by picture; pictures are read for their size."""
    seen, notes = Seen([], names, meaning), read_notes(data.folder)
    for row, (path, detections) in enumerate(zip(data.pictures, found, strict=True)):
        truth = _truth(data, row, read_picture(path), seen)
        seen.scenes.append(_scene(data, row, truth, detections, seen, notes))
        if progress:
            progress(row + 1, len(data.pictures))
    return seen


def _scene(
    data: Labelled,
    row: int,
    truth: Truth,
    found: Detections,
    seen: Seen,
    notes: dict[str, PictureNote],
) -> Scene:
    name = data.pictures[row].name
    classed = in_classes_of(seen.meaning, found, seen.names)
    return Scene(truth, classed, notes.get(name, PLAIN), name)


def _truth(data: Labelled, row: int, image: Image, seen: Seen) -> Truth:
    """Labels of one picture; classes that mean the same model class become the first of them."""
    path = data.labels[row]
    if path is None:
        return Truth(as_boxes([]), np.empty(0, dtype=np.int64))
    truth = read_truth(path, (image.shape[1], image.shape[0]), len(seen.names))
    return Truth(truth.xyxy, seen.same[truth.class_id])
