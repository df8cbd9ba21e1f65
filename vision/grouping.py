"""Which detections of a look are of which group of things, and what a look could have found."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vision.boxes import covered, suppress
from vision.detections import Detections
from vision.frame import Image
from vision.rules.rule import Rule

SAME_BOX_IOU = 0.6
"""Two boxes of one group that overlap so much are one thing with two names (car and truck)."""
CONTEXT_SCORE = 0.25
"""A detection this sure counts as context: a bus in front of a car."""
ON_COVER = 0.6
"""A thing of which another covers so much is worn, carried or loaded by that one."""
NIGHT_LIGHTNESS = 50.0
"""A reduced picture whose mean grey level (0 to 255) is below this is of the night."""


class Grouping:
    """The groups of things that a camera's rules are about."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self.groups = {r.kind.group: r.kind.things for r in rules}
        judged_at_night = {r.kind.group for r in rules if r.kind.night == "judge"}
        self._by_day = self.groups.keys() - judged_at_night

    def looked_for(self, detections: Detections, small: Image) -> list[str]:
        """The groups that this look could have found; the others' memories stay as they are."""
        night = float(small.mean()) < NIGHT_LIGHTNESS
        names = frozenset(detections.names)
        return [
            group
            for group, things in self.groups.items()
            if not things.classes.isdisjoint(names) and not (night and group in self._by_day)
        ]

    def rows_of(self, group: str, detections: Detections) -> NDArray[np.intp]:
        """Rows of the detections of one group, each thing once."""
        things = self.groups[group]
        ids = [i for i, name in enumerate(detections.names) if name in things.classes]
        rows = np.flatnonzero(np.isin(detections.class_id, ids))
        rows = rows[suppress(detections.xyxy[rows], detections.score[rows], SAME_BOX_IOU)]
        bearers = detections.named(things.not_on)
        bearers = bearers[bearers.score >= CONTEXT_SCORE]
        borne = (covered(detections.xyxy[rows], bearers.xyxy) >= ON_COVER).any(axis=1)
        return rows[~borne]

    def numbers(self, detections: Detections) -> NDArray[np.int64]:
        """Number of each detection's group; classes of no group are one of their own each."""
        numbers = {name: i for i, name in enumerate(detections.names)}
        for number, things in enumerate(self.groups.values()):
            numbers |= dict.fromkeys(things.classes, -1 - number)
        by_class = np.array([numbers[name] for name in detections.names], dtype=np.int64)
        return by_class[detections.class_id]
