"""Follow things that move, from look to look.

Two-stage association as in ByteTrack (Zhang et al., ECCV 2022): sure detections first, then
unsure ones with what is left. All thresholds are in seconds, so any look rate will do.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.association import assign
from vision.boxes import Box, Boxes, as_boxes, iou
from vision.kalman import Motion


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """Scores and overlaps 0 to 1, times in seconds."""

    sure_score: float = 0.5
    found_score: float = 0.35
    match_iou: float = 0.2
    unsure_match_iou: float = 0.4
    lost_after_s: float = 2.0
    """A track that is not seen for longer is over."""


@dataclass(frozen=True, slots=True)
class Track:
    """One thing on its way; `box` and `velocity_px_s` as filtered, in pixels and pixels/s."""

    id: int
    group: int
    box: Box
    velocity_px_s: tuple[float, float]
    first_seen_s: float
    last_seen_s: float

    @property
    def speed(self) -> float:
        """How many times its own size (square root of its area) it moves in a second."""
        x1, y1, x2, y2 = self.box
        size_px = math.sqrt(max((x2 - x1) * (y2 - y1), 1.0))
        return math.hypot(*self.velocity_px_s) / size_px


class Tracker:
    """All tracks of one camera."""

    def __init__(self, settings: TrackerSettings | None = None) -> None:
        self._settings = settings or TrackerSettings()
        self._tracks: list[Track] = []
        self._motion = Motion.begin(as_boxes([]))
        self._next_id = 1
        self._last_s = -np.inf

    def update(
        self, t_s: float, xyxy: Boxes, score: NDArray[np.float32], group: NDArray[np.int64]
    ) -> list[Track | None]:
        """Take in the detections of a look at `t_s` and return the track of each.

        `xyxy` (n, 4) pixels, `score` (n,), `group` (n,): boxes match only within a group. None
        for an unsure detection that continues no track. Raises ValueError when time does not
        advance or a box is not finite.
        """
        if t_s <= self._last_s:
            raise ValueError(f"looks must go forward in time: {t_s} is not after {self._last_s}")
        if not np.isfinite(xyxy).all():
            raise ValueError("boxes must be finite numbers")
        self._last_s = t_s
        self._drop_lost(t_s)
        since_s = np.array([t_s - track.last_seen_s for track in self._tracks])
        predicted = self._motion.predict(since_s)
        match = self._match(predicted.boxes, xyxy, score, group)
        self._correct(t_s, predicted, match, xyxy)
        return self._report(t_s, match, xyxy, score, group)

    def _drop_lost(self, t_s: float) -> None:
        kept = [
            row
            for row, track in enumerate(self._tracks)
            if t_s - track.last_seen_s <= self._settings.lost_after_s
        ]
        self._tracks = [self._tracks[row] for row in kept]
        self._motion = self._motion.rows(np.array(kept, dtype=np.intp))

    def _match(
        self,
        predicted: Boxes,
        xyxy: Boxes,
        score: NDArray[np.float32],
        group: NDArray[np.int64],
    ) -> dict[int, int]:
        """Track row by detection row."""
        groups = np.array([track.group for track in self._tracks], dtype=np.int64)
        cost = 1 - np.where(groups[:, None] == group[None, :], iou(predicted, xyxy), 0)
        sure = score >= self._settings.sure_score
        match: dict[int, int] = {}
        stages = ((sure, self._settings.match_iou), (~sure, self._settings.unsure_match_iou))
        for chosen, match_iou in stages:
            columns = np.flatnonzero(chosen)
            rows = np.array([r for r in range(len(groups)) if r not in match.values()], np.intp)
            for row, column in assign(cost[np.ix_(rows, columns)], 1 - match_iou):
                match[int(columns[column])] = int(rows[row])
        return match

    def _correct(self, t_s: float, predicted: Motion, match: dict[int, int], xyxy: Boxes) -> None:
        """Update the matched tracks; the others keep their last state and drift on from it."""
        if not match:
            return
        columns, rows = np.array(list(match)), np.array(list(match.values()))
        corrected = predicted.rows(rows).correct(xyxy[columns])
        for name in ("value", "rate", "covariance"):
            getattr(self._motion, name)[rows] = getattr(corrected, name)
        for row in rows:
            self._tracks[row] = self._track(row, self._tracks[row], t_s)

    def _track(self, row: int, before: Track, t_s: float) -> Track:
        x1, y1, x2, y2 = (float(v) for v in self._motion.boxes[row])
        vx, vy = (float(v) for v in self._motion.rate[row, :2])
        return Track(before.id, before.group, (x1, y1, x2, y2), (vx, vy), before.first_seen_s, t_s)

    def _report(
        self,
        t_s: float,
        match: dict[int, int],
        xyxy: Boxes,
        score: NDArray[np.float32],
        group: NDArray[np.int64],
    ) -> list[Track | None]:
        found: list[Track | None] = []
        for column, box in enumerate(xyxy):
            if column in match:
                found.append(self._tracks[match[column]])
            elif score[column] >= self._settings.found_score:
                found.append(self._begin(t_s, box, int(group[column])))
            else:
                found.append(None)
        return found

    def _begin(self, t_s: float, box: NDArray[np.float32], group: int) -> Track:
        x1, y1, x2, y2 = (float(v) for v in box)
        track = Track(self._next_id, group, (x1, y1, x2, y2), (0.0, 0.0), t_s, t_s)
        begun = Motion.begin(as_boxes([box]))
        self._next_id += 1
        self._tracks.append(track)
        self._motion = Motion(
            np.vstack([self._motion.value, begun.value]),
            np.vstack([self._motion.rate, begun.rate]),
            np.concatenate([self._motion.covariance, begun.covariance]),
        )
        return track
