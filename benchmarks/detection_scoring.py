"""Detections against labels: how many, how right, and in how many of the pictures."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.picture_notes import PLAIN, PictureNote
from benchmarks.yolo_data import Truth
from vision.boxes import Boxes, iou
from vision.detections import Detections

MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One picture: what is labelled and what was found, class ids of both in the same list."""

    truth: Truth
    found: Detections
    note: PictureNote = PLAIN
    name: str = ""

    def sure(self) -> "Scene":
        """Without the classes that nobody is sure of in this picture."""
        return self._without(self.note.uncertain)

    def boxed(self) -> "Scene":
        """What can be scored box by box: without classes whose boxes are not all labelled, too."""
        if not self.note.boxes_incomplete:
            return self.sure()
        names = self.found.names
        held = {names[class_id] for class_id in self.truth.class_id.tolist()}
        return self._without(self.note.uncertain | held)

    def _without(self, names: frozenset[str]) -> "Scene":
        if not names:
            return self
        gone = [i for i, name in enumerate(self.found.names) if name in names]
        kept = ~np.isin(self.truth.class_id, gone)
        truth = Truth(self.truth.xyxy[kept], self.truth.class_id[kept])
        return replace(self, truth=truth, found=self.found[~np.isin(self.found.class_id, gone)])


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of one class: boxes right, wrong and missed; pictures right, wrong and missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    images_right: int = 0
    images_wrong: int = 0
    images_missed: int = 0

    @property
    def instances(self) -> int:
        """Labelled objects."""
        return self.right + self.missed

    @property
    def images(self) -> int:
        """Pictures with at least one labelled object."""
        return self.images_right + self.images_missed


@dataclass(frozen=True, slots=True)
class ClassScore:
    """Scores of one class, 0 to 1; None where there is nothing to divide by.

    `ap50` and `ap50_95` are COCO's average precision over all scores; `precision` and `recall`
    are those of boxes at the shipped threshold and IoU 0.5; `image_precision` and `image_recall`
    ask only whether a picture with the class got any box of it. `instances` and `images` are
    labelled objects and the pictures that have them.
    """

    ap50: float | None
    ap50_95: float | None
    precision: float | None
    recall: float | None
    image_precision: float | None
    image_recall: float | None
    instances: int
    images: int


def class_score(tally: Tally, ap: tuple[float, float] | None) -> ClassScore:
    """Put a class's counts and its (AP50, AP50-95) together."""
    return ClassScore(
        ap50=round(ap[0], 4) if ap else None,
        ap50_95=round(ap[1], 4) if ap else None,
        precision=ratio(tally.right, tally.right + tally.wrong),
        recall=ratio(tally.right, tally.instances),
        image_precision=ratio(tally.images_right, tally.images_right + tally.images_wrong),
        image_recall=ratio(tally.images_right, tally.images),
        instances=tally.instances,
        images=tally.images,
    )


def not_named(scenes: Iterable[Scene], class_id: int) -> ClassScore:
    """A class that the model has no name for: how much of it there is, and no scores."""
    held = [int((scene.truth.class_id == class_id).sum()) for scene in scenes]
    return ClassScore(None, None, None, None, None, None, sum(held), sum(n > 0 for n in held))


def tally(scenes: Iterable[Scene], class_id: int, threshold: float) -> Tally:
    """Count one class over all pictures, with detections that score at least `threshold`."""
    right = wrong = missed = images_right = images_wrong = images_missed = 0
    for scene in scenes:
        truth = scene.truth.xyxy[scene.truth.class_id == class_id]
        sure = (scene.found.class_id == class_id) & (scene.found.score >= threshold)
        found = scene.found[sure]
        hits = matched(found.xyxy, found.score, truth)
        right, wrong, missed = right + hits, wrong + len(found) - hits, missed + len(truth) - hits
        images_right += bool(len(truth) and len(found))
        images_wrong += bool(len(found) and not len(truth))
        images_missed += bool(len(truth) and not len(found))
    return Tally(right, wrong, missed, images_right, images_wrong, images_missed)


def matched(
    found: Boxes, score: NDArray[np.float32], truth: Boxes, least_iou: float = MATCH_IOU
) -> int:
    """How many labelled boxes a found box covers, one to one."""
    return int((pairs(found, score, truth, least_iou) >= 0).sum())


def pairs(
    found: Boxes, score: NDArray[np.float32], truth: Boxes, least_iou: float = MATCH_IOU
) -> NDArray[np.int64]:
    """For each found box the labelled box that it covers, -1 for none; one to one.

    The best score chooses first, as in COCO.
    """
    partner = np.full(len(found), -1, dtype=np.int64)
    overlap = iou(found, truth)
    for row in np.argsort(-score, kind="stable"):
        best = int(overlap[row].argmax()) if len(truth) else 0
        if len(truth) and overlap[row, best] >= least_iou:
            overlap[:, best] = -1
            partner[row] = best
    return partner


def ratio(part: float, whole: float) -> float | None:
    """A fraction rounded to four places; None of nothing."""
    return round(part / whole, 4) if whole else None


def in_classes_of(
    data: Sequence[int | None], found: Detections, names: tuple[str, ...]
) -> Detections:
    """Detections with the data's class ids in place of the model's; other classes are dropped.

    `data[i]` is the model's class that means the data's class i, None where it has none.
    """
    place = np.full(len(found.names), -1, dtype=np.int64)
    for data_id in reversed(range(len(data))):
        model_id = data[data_id]
        if model_id is not None:
            place[model_id] = data_id
    class_id = place[found.class_id]
    kept = class_id >= 0
    return Detections(found.xyxy[kept], found.score[kept], class_id[kept], names)


def first_of_each(data: Sequence[int | None]) -> NDArray[np.int64]:
    """Data classes that mean the same model class, as one: the first of them."""
    seen: dict[int, int] = {}
    return np.array(
        [i if m is None else seen.setdefault(m, i) for i, m in enumerate(data)], dtype=np.int64
    )
