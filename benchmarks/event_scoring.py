"""Raised violations against what truly happened: pure scoring, nothing is run here."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import mean, median

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from vision.boxes import Box, as_boxes, iou

LEAST_IOU = 0.3
"""Boxes of things that stand are labelled by eye on one picture; the place is what counts."""

HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Event:
    """Something that stood in a zone where it should not: `box_xyxy` pixels, clip seconds."""

    kind: str
    zone: str
    box_xyxy: Box
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """One clip: what was raised in it and what is true of it; `media_s` is its length."""

    raised: tuple[Event, ...]
    truth: tuple[Event, ...]
    media_s: float


@dataclass(frozen=True, slots=True)
class StartError:
    """How far the stated start is from the true one, absolute, over matched events; seconds."""

    mean_abs_s: float
    median_abs_s: float
    max_abs_s: float


@dataclass(frozen=True, slots=True)
class EventScore:
    """Scores of one kind, or of all; None where there is nothing to divide by."""

    truth: int
    raised: int
    matched: int
    precision: float | None
    recall: float | None
    f1: float | None
    start_error: StartError | None
    false_alarms_per_camera_hour: float | None


def match(raised: Sequence[Event], truth: Sequence[Event]) -> list[tuple[int, int]]:
    """Pairs (raised, true) of one clip, one to one: as many as can be, then the best overlaps.

    A pair has the same kind and zone, boxes with an IoU of LEAST_IOU or more, and a time in
    common. What is raised twice for one true event is paired once.
    """
    if not raised or not truth:
        return []
    worth = _worth(raised, truth)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if worth[r, c] > 0]


def score(outcomes: Sequence[Outcome], kind: str | None = None) -> EventScore:
    """Score one kind over all clips, or every kind together."""
    raised = truth = 0
    errors_s: list[float] = []
    for outcome in outcomes:
        mine, real = _of(outcome.raised, kind), _of(outcome.truth, kind)
        raised, truth = raised + len(mine), truth + len(real)
        errors_s += [abs(mine[r].from_s - real[t].from_s) for r, t in match(mine, real)]
    matched, hours = len(errors_s), sum(outcome.media_s for outcome in outcomes) / HOUR_S
    return EventScore(
        truth=truth,
        raised=raised,
        matched=matched,
        precision=_ratio(matched, raised),
        recall=_ratio(matched, truth),
        f1=_ratio(2 * matched, raised + truth),
        start_error=_start_error(errors_s),
        false_alarms_per_camera_hour=_ratio(raised - matched, hours),
    )


def kinds(outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """Kinds that happened or were raised, in alphabetical order."""
    return tuple(sorted({event.kind for o in outcomes for event in (*o.raised, *o.truth)}))


def false_alarms(outcome: Outcome) -> tuple[Event, ...]:
    """What was raised and is not true, or was raised already."""
    matched = {r for r, _ in match(outcome.raised, outcome.truth)}
    return tuple(event for i, event in enumerate(outcome.raised) if i not in matched)


def missed(outcome: Outcome) -> tuple[Event, ...]:
    """What is true and was not raised."""
    matched = {t for _, t in match(outcome.raised, outcome.truth)}
    return tuple(event for i, event in enumerate(outcome.truth) if i not in matched)


def _worth(raised: Sequence[Event], truth: Sequence[Event]) -> NDArray[np.float64]:
    """What a pair is worth, (raised, truth): 0 for none; one more pair beats any overlap."""
    overlap = iou(as_boxes([e.box_xyxy for e in raised]), as_boxes([e.box_xyxy for e in truth]))
    common = np.array([[_time_iou(r, t) for t in truth] for r in raised])
    same = np.array([[(r.kind, r.zone) == (t.kind, t.zone) for t in truth] for r in raised])
    allowed = same & (overlap >= LEAST_IOU) & (common > 0)
    at_most = 2 * min(len(raised), len(truth)) + 1
    return np.where(allowed, at_most + overlap + common, 0.0)


def _time_iou(a: Event, b: Event) -> float:
    """Time in common over time of either, 0 to 1."""
    shared_s = min(a.to_s, b.to_s) - max(a.from_s, b.from_s)
    whole_s = max(a.to_s, b.to_s) - min(a.from_s, b.from_s)
    return shared_s / whole_s if shared_s > 0 else 0.0


def _of(events: Sequence[Event], kind: str | None) -> list[Event]:
    return [event for event in events if kind in (None, event.kind)]


def _start_error(errors_s: list[float]) -> StartError | None:
    if not errors_s:
        return None
    values = (mean(errors_s), median(errors_s), max(errors_s))
    return StartError(*(round(value, 3) for value in values))


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
