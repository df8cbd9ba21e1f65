"""What a user gets at the shipped threshold, by class, and how far the figures can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.average_precision import MOST_DETECTIONS
from benchmarks.detection_scoring import MATCH_IOU, Scene, pairs, ratio
from benchmarks.intervals import Interval, by_source, wilson
from benchmarks.ranking import Ranking, image_ap

LOOSE_IOU = 0.3
"""Labels read by eye are right to some percent, so a loose match is scored beside COCO's 0.5."""

FEW = 30
"""Fewer cases than this are called few: an interval of theirs spans a third of the scale."""

Counts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Share:
    """A fraction of counted cases, with 95 % intervals.

    `wilson` takes the cases as independent; `by_source` draws whole sources (cluster bootstrap),
    None where the data does not say where its pictures come from.
    """

    value: float | None
    part: int
    whole: int
    wilson: Interval | None
    by_source: Interval | None


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure of the whole sample with its 95 % interval (cluster bootstrap by source)."""

    value: float | None
    by_source: Interval | None


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """One class at its threshold; boxes match at IoU 0.3.

    `image_*` ask whether a picture with the class got any box of it. `image_ap` ranks pictures by
    their best score; `ap30` and `ap50` rank boxes, matched at IoU 0.3 and 0.5. `few` says that
    too few pictures or labels are there for figures to be firm.
    """

    threshold: float
    precision: Share
    recall: Share
    image_precision: Share
    image_recall: Share
    image_ap: Estimate
    ap30: Estimate
    ap50: Estimate
    pictures: int
    sources: int | None
    few: bool


def operating_point(scenes: Sequence[Scene], class_id: int, threshold: float) -> OperatingPoint:
    """Score one class; its name is looked up in `found.names`, and what is not sure is left out."""
    name = scenes[0].found.names[class_id]
    known = [s for s in scenes if name not in s.note.uncertain]
    told = [s.note.source for s in known]
    sources = [source for source in told if source is not None]
    clusters = sources if len(sources) == len(told) else None
    boxed = [s.boxed() for s in known]
    box, picture = (_boxes(boxed, class_id, threshold), _pictures(known, class_id, threshold))
    score = np.array([_best(s, class_id) for s in known], dtype=np.float64)
    holds = np.array([(s.truth.class_id == class_id).any() for s in known], dtype=np.bool_)

    def estimate(value: float | None, interval: Interval | None) -> Estimate:
        return Estimate(None if value is None else round(value, 4), interval)

    def area(least_iou: float) -> Estimate:
        ranking = _ranking(boxed, class_id, least_iou)
        value = ranking.average_precision(np.ones(len(known)))
        ap = ranking.average_precision
        return estimate(value, by_source(clusters, ap) if clusters and value is not None else None)

    ranked = image_ap(score, holds, np.ones(len(known)))
    spread = (
        by_source(clusters, lambda w: image_ap(score, holds, w))
        if clusters and ranked is not None
        else None
    )
    positives = int(holds.sum())
    labels = int(box[:, 0].sum() + box[:, 2].sum())
    return OperatingPoint(
        threshold=threshold,
        precision=_share(box[:, 0], box[:, 1], clusters),
        recall=_share(box[:, 0], box[:, 2], clusters),
        image_precision=_share(picture[:, 0], picture[:, 1], clusters),
        image_recall=_share(picture[:, 0], picture[:, 2], clusters),
        image_ap=estimate(ranked, spread),
        ap30=area(LOOSE_IOU),
        ap50=area(MATCH_IOU),
        pictures=positives,
        sources=len({c for c, held in zip(clusters, holds, strict=True) if held})
        if clusters
        else None,
        few=min(positives, labels) < FEW,
    )


def _boxes(scenes: Sequence[Scene], class_id: int, threshold: float) -> Counts:
    """(pictures, 3): boxes right, wrong and missed."""
    rows = []
    for scene in scenes:
        truth = scene.truth.xyxy[scene.truth.class_id == class_id]
        found = scene.found[(scene.found.class_id == class_id) & (scene.found.score >= threshold)]
        right = int((pairs(found.xyxy, found.score, truth, LOOSE_IOU) >= 0).sum())
        rows.append((right, len(found) - right, len(truth) - right))
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _pictures(scenes: Sequence[Scene], class_id: int, threshold: float) -> Counts:
    """(pictures, 3): right, wrong and missed as a whole."""
    rows = []
    for scene in scenes:
        holds = bool((scene.truth.class_id == class_id).any())
        told = _best(scene, class_id) >= threshold
        rows.append((holds and told, told and not holds, holds and not told))
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _share(right: Counts, other: Counts, clusters: list[str] | None) -> Share:
    """right / (right + other), each (pictures,) counts."""

    def share(weights: Counts) -> float | None:
        part, rest = float(weights @ right), float(weights @ other)
        return part / (part + rest) if part + rest else None

    part, whole = int(right.sum()), int(right.sum() + other.sum())
    spread = by_source(clusters, share) if clusters and whole else None
    return Share(ratio(part, whole), part, whole, wilson(part, whole), spread)


def _best(scene: Scene, class_id: int) -> float:
    return float(scene.found.score[scene.found.class_id == class_id].max(initial=0.0))


def _ranking(scenes: Sequence[Scene], class_id: int, least_iou: float) -> Ranking:
    scores, hits, pictures = [np.zeros(0)], [np.zeros(0, bool)], [np.zeros(0, np.int64)]
    labels = np.zeros(len(scenes))
    for row, scene in enumerate(scenes):
        truth = scene.truth.xyxy[scene.truth.class_id == class_id]
        found = scene.found[scene.found.class_id == class_id]
        found = found[np.argsort(-found.score, kind="stable")[:MOST_DETECTIONS]]
        labels[row] = len(truth)
        scores.append(found.score.astype(np.float64))
        hits.append(pairs(found.xyxy, found.score, truth, least_iou) >= 0)
        pictures.append(np.full(len(found), row, dtype=np.int64))
    order = np.argsort(-np.concatenate(scores), kind="stable")
    return Ranking(np.concatenate(hits)[order], np.concatenate(pictures)[order], labels)
