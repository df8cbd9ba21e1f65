"""Scenes played against their truth: pure scoring, nothing is run here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import median

import numpy as np

from benchmarks.event_scoring import Event, match
from benchmarks.scenes.play import Played

DAY_S = 86400.0
S4_LONGEST_S = 300.0
"""AI City Challenge, track 4 (2020 and 2021): a start that is wrong by so much counts nothing."""
START_SLACK_S = 2.0
CONDITIONS = ("day", "night", "rain", "small", "gap")

TRUE, FALSE, DOUBLED = "true", "false", "doubled"


@dataclass(frozen=True, slots=True)
class SceneScore:
    """Scores of one kind over its scenes; None where there is nothing to divide by.

    `doubled`: cases of an event that has one already; `false_alarms`: cases of no event; both
    cost precision. Start errors are absolute, in seconds; `start_within` is the share of the
    matched events whose start is right to one look and two seconds; the others are `late` (or
    early), of which `late_unseen` are in time counted from the first look in which a quarter of
    the thing was in sight: a bus stood in front, say. `coverage` is the share of
    the time in which the camera was judged. `s4` is F1 times (1 - RMSE of the start / 300 s).
    """

    scenes: int
    camera_days: float
    truth: int
    raised: int
    matched: int
    doubled: int
    false_alarms: int
    precision: float | None
    recall: float | None
    f1: float | None
    start_median_s: float | None
    start_p95_s: float | None
    start_within: float | None
    false_alarms_per_camera_day: float | None
    coverage: float | None
    s4: float | None
    late: int = 0
    late_unseen: int = 0


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that went wrong in a scene, to be looked at: box in pixels, times in seconds."""

    kind: str
    seed: int
    what: str
    zone: str
    box: tuple[int, int, int, int]
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class _Judged:
    """One scene with its pairs: (true row, start error in seconds), and the fate of each case.

    `after_sight` has the errors counted from when each thing was in sight.
    """

    played: Played
    matched: dict[int, float]
    after_sight: dict[int, float]
    fates: tuple[str, ...]


def score_scenes(played: Sequence[Played]) -> SceneScore:
    """Score scenes of one kind, or of several together."""
    judged = [_judge(scene) for scene in played]
    return _score(judged, lambda _scene, _row: True, lambda _scene, _row: True)


def by_condition(played: Sequence[Played]) -> dict[str, SceneScore]:
    """Scores of the events that had to be noticed in each condition.

    False and doubled cases are told apart by day and night alone: what they would have been in
    is not known.
    """
    judged = [_judge(scene) for scene in played]
    scores = {}
    for name in CONDITIONS:
        scores[name] = _score(
            judged,
            lambda scene, row, name=name: name in scene.truth[row].conditions,  # type: ignore[misc]
            lambda scene, row, name=name: name == ("night" if scene.night[row] else "day"),  # type: ignore[misc]
        )
    return {name: score for name, score in scores.items() if score.truth}


def wrongs(played: Sequence[Played]) -> list[Wrong]:
    """Everything that was missed, raised for nothing or raised twice."""
    found = []
    for scene in map(_judge, played):
        lost = [row for row in range(len(scene.played.truth)) if row not in scene.matched]
        missed = [_events(scene.played)[row] for row in lost]
        found += [_wrong(scene.played, "missed", event) for event in missed]
        for event, fate in zip(scene.played.raised, scene.fates, strict=True):
            if fate != TRUE:
                found.append(_wrong(scene.played, fate, event))
    return found


def _judge(played: Played) -> _Judged:
    truth = _events(played)
    pairs = match(played.raised, truth)
    matched = {t: abs(played.raised[r].from_s - truth[t].from_s) for r, t in pairs}
    sight_s = played.in_sight_s or tuple(event.from_s for event in truth)
    after_sight = {t: abs(played.raised[r].from_s - sight_s[t]) for r, t in pairs}
    hits = {r for r, _ in pairs}
    fates = []
    for row, event in enumerate(played.raised):
        again = row not in hits and bool(match([event], truth))
        fates.append(TRUE if row in hits else DOUBLED if again else FALSE)
    return _Judged(played, matched, after_sight, tuple(fates))


def _events(played: Played) -> list[Event]:
    return [Event(e.kind, e.zone, e.box, e.start_s, e.end_s) for e in played.truth]


Chosen = Callable[[Played, int], bool]


def _score(judged: Sequence[_Judged], true: Chosen, raised: Chosen) -> SceneScore:
    """Score the true events and the cases beside them that are chosen."""
    truth = sum(true(j.played, row) for j in judged for row in range(len(j.played.truth)))
    pairs = [(j.played, e) for j in judged for row, e in j.matched.items() if true(j.played, row)]
    sights = [e for j in judged for row, e in j.after_sight.items() if true(j.played, row)]
    fates = [
        f for j in judged for row, f in enumerate(j.fates) if f != TRUE and raised(j.played, row)
    ]
    errors, matched = [error for _, error in pairs], len(pairs)
    doubled, false = fates.count(DOUBLED), fates.count(FALSE)
    cases = matched + doubled + false
    f1 = _ratio(2 * matched, cases + truth)
    in_time = [error <= p.look_interval_s + START_SLACK_S for p, error in pairs]
    unseen = [
        s <= p.look_interval_s + START_SLACK_S for (p, _), s in zip(pairs, sights, strict=True)
    ]
    days = sum(j.played.end_s for j in judged) / DAY_S
    judged_s = sum(j.played.end_s * (j.played.judged or 0.0) for j in judged)
    return SceneScore(
        scenes=len(judged),
        camera_days=round(days, 4),
        truth=truth,
        raised=cases,
        matched=matched,
        doubled=doubled,
        false_alarms=false,
        precision=_ratio(matched, cases),
        recall=_ratio(matched, truth),
        f1=f1,
        start_median_s=round(median(errors), 1) if errors else None,
        start_p95_s=round(float(np.percentile(errors, 95)), 1) if errors else None,
        start_within=_ratio(sum(in_time), matched),
        false_alarms_per_camera_day=_ratio(false, days),
        coverage=_ratio(judged_s, days * DAY_S),
        s4=None if f1 is None else round(f1 * (1 - _nrmse(errors)), 4),
        late=matched - sum(in_time),
        late_unseen=sum(u and not t for u, t in zip(unseen, in_time, strict=True)),
    )


def _nrmse(errors: Sequence[float]) -> float:
    """Root of the mean square of the start errors, 1 at S4_LONGEST_S and beyond."""
    if not errors:
        return 0.0
    rmse = sqrt(sum(error**2 for error in errors) / len(errors))
    return min(rmse, S4_LONGEST_S) / S4_LONGEST_S


def _wrong(played: Played, what: str, event: Event) -> Wrong:
    x1, y1, x2, y2 = (round(v) for v in event.box_xyxy)
    from_s, to_s = round(event.from_s, 1), round(event.to_s, 1)
    return Wrong(event.kind, played.seed, what, event.zone, (x1, y1, x2, y2), from_s, to_s)


def _ratio(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None
