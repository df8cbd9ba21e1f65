"""Apply one rule to the places of one camera: which of them are violations, and for how long."""

import math
from dataclasses import asdict, replace
from typing import Any

from scipy.sparse.csgraph import connected_components

from vision.boxes import Box, Boxes, as_boxes, covered, gaps
from vision.place import Place, State
from vision.rules.rule import Rule
from vision.rules.tally import Tally
from vision.rules.watch import Watch
from vision.violation import Fact, Violation
from vision.whereabouts import Past, Pasts

NEIGHBOUR_WIDTHS = 0.75
"""Two things stand together when the gap between them is at most this share of their width."""
ATTENDED_COVER = 0.2
"""Somebody is at a thing who hides this much of it, or whose feet are on its spot,"""
ATTENDED_REACH = 0.25
"""or beside it by no more than this share of their own height, 40 cm."""
OBSERVED_SHARE = 0.5
"""A violation needs this share of its dwell to have been really seen."""
MIN_SCORE = 0.3
"""A mean score of the detections below this may be a mistake."""
CONFIRM_S = 10.0
"""The detector must have seen the thing within this time, or half the dwell if that is longer."""


class Judge:
    """The watches of one rule, and the violations it has raised that are not over."""

    def __init__(self, camera_id: str, rule: Rule) -> None:
        self.rule = rule
        self._camera_id = camera_id
        self._watches: dict[str, Watch] = {}
        self._open: dict[str, Violation] = {}
        self._members: dict[str, set[str]] = {}
        self._tallies: dict[str, Tally] = {}
        self.pasts = Pasts()

    def judge(
        self, t_s: float, places: list[Place], attendants: Boxes, size_wh: tuple[int, int]
    ) -> list[Violation]:
        """Advance every watch to `t_s` and return the violations that begin now.

        `attendants` are boxes of whoever could be with a thing (the kind's `attended_by`).
        """
        standing = [p for p in places if p.stood]
        for place in standing:
            self._watch(t_s, place, attendants, size_wh)
        # What may be a mistake neither joins a case nor links two of them.
        broken = [
            p
            for p in standing
            if self._watches[p.id].since_s is not None
            and (self._violation_of(p.id) in self._open or self._is_seen(t_s, p))
        ]
        clusters = _clusters(broken) if self.rule.kind.grouped else [[p] for p in broken]
        raised = (self._raise(t_s, cluster) for cluster in clusters)
        return [violation for violation in raised if violation is not None]

    def close(self, ended: list[Place]) -> list[Violation]:
        """Return the violations that are over now that these places have ended."""
        over = []
        for place in ended:
            violation_id = self._violation_of(place.id)
            members = self._members.get(violation_id or "", set())
            members.discard(place.id)
            if violation_id in self._open:
                self._count(violation_id, place.ended_s or 0.0)
            if violation_id in self._open and not members:
                over.append(self._over(violation_id, place.ended_s))
                self.pasts.note(violation_id, Past(over[-1].box_xyxy, not place.surely_gone))
        return over

    @property
    def suspects(self) -> dict[str, float]:
        """Since when (UTC seconds) each place breaks the rule that was not raised yet, by id."""
        return {
            place_id: watch.since_s
            for place_id, watch in self._watches.items()
            if watch.since_s is not None and watch.violation_id is None
        }

    def places_of(self, violation_id: str) -> list[str]:
        """Ids of the places that a violation is made of."""
        return [i for i, watch in self._watches.items() if watch.violation_id == violation_id]

    def excuse(self, violation_id: str, until_s: float) -> None:
        """Take a violation back: a permit covers it until `until_s` (UTC seconds)."""
        self._open.pop(violation_id, None)
        self._members.pop(violation_id, None)
        self._tallies.pop(violation_id, None)
        for place_id in self.places_of(violation_id):
            self._watches[place_id].excuse(until_s)

    def forget(self, place_id: str) -> None:
        """Drop what is known of a place that will not be recognised again."""
        self._watches.pop(place_id, None)

    def snapshot(self) -> dict[str, Any]:
        """Everything that must survive a restart, as plain JSON values."""
        return {
            "watches": {i: watch.to_json() for i, watch in self._watches.items()},
            "open": [violation.to_json() for violation in self._open.values()],
            "members": {i: sorted(members) for i, members in self._members.items()},
            "tallies": {i: asdict(tally) for i, tally in self._tallies.items()},
            "pasts": self.pasts.snapshot(),
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take up where `snapshot` left off."""
        self._watches = {i: Watch.from_json(w) for i, w in snapshot["watches"].items()}
        violations = (Violation.from_json(v) for v in snapshot["open"])
        self._open = {violation.id: violation for violation in violations}
        self._members = {i: set(members) for i, members in snapshot["members"].items()}
        tallies = snapshot.get("tallies", {})
        self._tallies = {i: Tally.from_json(t) for i, t in tallies.items()}
        self.pasts = Pasts.restored(snapshot.get("pasts", {}))

    def _over(self, violation_id: str, ended_s: float | None) -> Violation:
        """Close a violation of which nothing is left."""
        violation, tally = self._open.pop(violation_id), self._tallies.pop(violation_id, None)
        del self._members[violation_id]
        facts = violation.facts | (tally.facts if tally else {})
        return replace(violation, ended_s=ended_s, facts=facts)

    def _count(self, violation_id: str, t_s: float) -> None:
        """Note how many things a violation is made of now, if its kind counts them."""
        if violation_id in self._tallies:
            self._tallies[violation_id].note(t_s, len(self._members[violation_id]))

    def _violation_of(self, place_id: str) -> str | None:
        watch = self._watches.get(place_id)
        return None if watch is None else watch.violation_id

    def _watch(self, t_s: float, place: Place, attendants: Boxes, size_wh: tuple[int, int]) -> None:
        """Advance the clock of one place."""
        first = place.id not in self._watches
        watch = self._watches.setdefault(place.id, Watch())
        watch.attend(t_s, _is_attended(place.box, attendants))
        on = self.rule.is_on(t_s)
        watch.inside = self.rule.applies_to(place.box, size_wh, t_s, watch.inside)
        # It has stood there since it was founded, if the rule was on then.
        from_start = first and self.rule.is_on(place.first_seen_s)
        broken = on and watch.inside and not watch.is_excused(t_s)
        watch.run(t_s, broken, place.first_seen_s if from_start else t_s)

    def _raise(self, t_s: float, cluster: list[Place]) -> Violation | None:
        """Raise a violation for a cluster that is due, unless it belongs to one already."""
        known = [v for p in cluster if (v := self._violation_of(p.id)) in self._open]
        if known and known[0] is not None:
            self._join(known[0], cluster)
            self._count(known[0], t_s)
            return None
        due = [p for p in cluster if self._is_due(t_s, p)]
        if len(due) < self.rule.min_count:
            return None
        # It began with the first of the row, even if that one is still doubtful itself.
        seen = [p for p in cluster if self._is_seen(t_s, p)]
        eldest = min(seen, key=lambda p: (self._since(p), p.id))
        violation = self._violation(t_s, eldest, cluster)
        if self.rule.kind.grouped:
            tally = Tally.of_arrivals([self._since(place) for place in cluster])
            violation = replace(violation, facts=violation.facts | tally.facts)
            self._tallies[violation.id] = tally
        self._open[violation.id] = violation
        self._join(violation.id, cluster)
        return violation

    def _join(self, violation_id: str, cluster: list[Place]) -> None:
        """Make every place of a cluster part of one violation."""
        for place in cluster:
            watch = self._watches[place.id]
            if watch.violation_id in (None, violation_id):  # its own: seen again after all
                watch.violation_id, place.raised = violation_id, True
                self._members.setdefault(violation_id, set()).add(place.id)

    def _since(self, place: Place) -> float:
        since_s = self._watches[place.id].since_s
        return place.first_seen_s if since_s is None else since_s

    def _is_due(self, t_s: float, place: Place) -> bool:
        """Whether a place has broken the rule for its dwell, and was really seen to."""
        watch, dwell_s = self._watches[place.id], self.rule.dwell_s
        return (
            watch.violation_id is None
            and not watch.attended(t_s)
            and t_s - self._since(place) >= dwell_s
            and place.observed_s >= OBSERVED_SHARE * dwell_s
            and place.score >= MIN_SCORE
            and self._is_seen(t_s, place)
        )

    def _is_seen(self, t_s: float, place: Place) -> bool:
        """Whether the detector has found a place in enough looks, and lately too."""
        return (
            place.state is State.STANDING
            and t_s - place.last_detected_s <= max(CONFIRM_S, self.rule.dwell_s / 2)
            and _at_least(place.sightings, place.looks) >= self.rule.kind.things.min_support
        )

    def _violation(self, t_s: float, eldest: Place, cluster: list[Place]) -> Violation:
        boxes = as_boxes([p.box for p in cluster])
        x1, y1 = (float(v) for v in boxes[:, :2].min(axis=0))
        x2, y2 = (float(v) for v in boxes[:, 2:].max(axis=0))
        facts = {
            "object": Fact(eldest.name),
            "count": Fact(len(cluster)),
            "standing_s": Fact(round(t_s - self._since(eldest), 1), "s"),
            "observed_s": Fact(round(eldest.observed_s, 1), "s"),
            "unobserved_s": Fact(round(eldest.unobserved_s, 1), "s"),
            "detected_share": Fact(round(eldest.support, 3)),
        }
        return Violation(
            camera_id=self._camera_id,
            kind=self.rule.kind.name,
            zone=self.rule.zone.name,
            place_id=eldest.id,
            started_s=self._since(eldest),
            raised_s=t_s,
            ended_s=None,
            box_xyxy=(x1, y1, x2, y2),
            score=eldest.score,
            facts=facts,
        )


def _at_least(hits: int, looks: int) -> float:
    """The share of looks that finds it, at least: 19 in 20 times it is more (Wilson 1927)."""
    share, z2 = hits / looks, 1.645**2
    spread = math.sqrt(z2 * (share * (1 - share) / looks + z2 / (4 * looks * looks)))
    return (share + z2 / (2 * looks) - spread) / (1 + z2 / looks)


def _is_attended(box: Box, attendants: Boxes) -> bool:
    """Whether somebody is on, behind or right at the thing."""
    if not len(attendants):
        return False
    x1, y1, x2, y2 = box
    feet_x, feet_y = (attendants[:, 0] + attendants[:, 2]) / 2, attendants[:, 3]
    reach = ATTENDED_REACH * (feet_y - attendants[:, 1])
    beside = (feet_x >= x1 - reach) & (feet_x <= x2 + reach)
    on_spot = beside & (feet_y >= y1) & (feet_y <= y2 + (y2 - y1) / 4)
    hides = covered(as_boxes([box]), attendants)[0] >= ATTENDED_COVER
    return bool((on_spot | hides).any())


def _clusters(places: list[Place]) -> list[list[Place]]:
    """Split places into groups of neighbours, by single linkage."""
    if not places:
        return []
    boxes = as_boxes([p.box for p in places])
    widths = boxes[:, 2] - boxes[:, 0]
    reach_px = NEIGHBOUR_WIDTHS * (widths[:, None] + widths[None, :]) / 2
    count, label = connected_components(gaps(boxes) <= reach_px, directed=False)
    return [[p for p, i in zip(places, label, strict=True) if i == n] for n in range(count)]
