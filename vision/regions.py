"""Region memory: things without a firm shape, remembered by where they are.

Washing sways and is taken in piece by piece, smoke has no outline, a grill comes and goes. What
such a spot looks like proves nothing from one look to the next, so the place memory's comparison
of pictures is no use; here a region stands while the detector, look after look, finds the thing
there, and it is gone when several looks that could have shown it did not. Looks are a minute or so
apart, so times are judged against the interval that the looks turn out to have.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

from vision.boxes import Boxes, area, as_boxes, covered, iou, near, overlap, union
from vision.detections import Detections
from vision.patience import Cadence
from vision.place import HINT_SHARE, Place, Sighting, State
from vision.places import Changes, Scenery
from vision.rules.groups import Group

HIDDEN_COVER = 0.5
"""A region of which other things cover so much cannot be seen."""
SAME_IOU = 0.6
"""Two boxes that overlap so much are of one thing, whatever it is called."""
UNBROKEN_INTERVALS = 2.5
"""Looks further apart than so many usual intervals leave time that nobody observed."""
SHORTEST_GAP_S = 15.0
FOLLOW_SHARE = 0.2
"""A region's box moves by so much towards what is detected, look by look."""
GHOSTS_KEPT = 50


class RegionMemory:
    """All regions of one group of things (laundry, smoke) in one camera's view."""

    def __init__(self, camera_id: str, group: Group) -> None:
        self.places: list[Place] = []
        self._camera_id = camera_id
        self._group = group
        self._ghosts: list[Place] = []
        self._missed: dict[str, int] = {}
        self._last_s: float | None = None
        self._cadence, self._paused = Cadence(), False

    def update(
        self,
        t_s: float,
        seen: Detections,
        all_boxes: Boxes,
        scenery: Scenery,
        moving: NDArray[np.bool_],
    ) -> Changes:
        """Take in one look at `t_s` (UTC seconds); arguments as for `PlaceMemory.update`.

        Raises ValueError when time does not advance.
        """
        dt_s = self._advance(t_s)
        if dt_s and not self._paused:
            self._cadence.note(dt_s)
        self._paused = False
        changes = Changes()
        found = merged(seen[~moving], self._group.reach)
        seen_by = self._assign(found)
        for place in self.places:
            self._book(place, t_s, dt_s, seen_by.get(place.id, []), all_boxes, found)
            if place.stood:
                self._settle(place, t_s)
            elif self._missed[place.id] > self._group.missing_looks:
                place.end(t_s, surely=True)
            elif (
                place.sightings >= self._group.stand_looks and place.best >= self._group.found_score
            ):
                place.stand(None, 1.0)
                changes.began.append(place)
        changes.began = [p for p in changes.began if not self._recall(p, t_s)]
        self._unite(changes)
        self._sweep(t_s, changes)
        taken = {row for rows in seen_by.values() for row in rows}
        self._found(t_s, [s for row, s in enumerate(found) if row not in taken], scenery)
        return changes

    def pause(self, t_s: float) -> None:
        """Let time pass in which nothing could be judged."""
        dt_s, self._paused = self._advance(t_s), True
        for place in self.places:
            place.unobserved_s += dt_s

    def silence(self, place_id: str) -> None:
        """Keep recognising a region after it is gone: its violation was rejected."""
        for place in (*self.places, *self._ghosts):
            place.silenced |= place.id == place_id

    def forget(self, t_s: float) -> Changes:
        """End every region: the camera looks elsewhere. What it sees again is recognised."""
        changes = Changes()
        for place in self.places:
            place.end(t_s, surely=False)
        self._sweep(t_s, changes)
        return changes

    def rescale(self, factor_xy: tuple[float, float]) -> None:
        """Carry the regions over to a picture of another size."""
        fx, fy = factor_xy
        for place in (*self.places, *self._ghosts):
            x1, y1, x2, y2 = place.box
            place.box = (x1 * fx, y1 * fy, x2 * fx, y2 * fy)

    def snapshot(self) -> dict[str, Any]:
        """Everything that must survive a restart, as plain JSON values."""
        return {
            "last_s": self._last_s,
            "intervals_s": self._cadence.to_json(),
            "missed": dict(self._missed),
            "places": [p.to_json() for p in self.places],
            "ghosts": [p.to_json() for p in self._ghosts],
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take up where `snapshot` left off."""
        self._last_s = snapshot["last_s"]
        self._cadence, self._paused = Cadence(snapshot["intervals_s"]), True
        self._missed = dict(snapshot["missed"])
        self.places = [Place.from_json(p) for p in snapshot["places"]]
        self._ghosts = [Place.from_json(p) for p in snapshot["ghosts"]]

    def _advance(self, t_s: float) -> float:
        if self._last_s is not None and t_s <= self._last_s:
            raise ValueError(f"looks must go forward in time: {t_s} is not after {self._last_s}")
        dt_s = 0.0 if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        return dt_s

    def _assign(self, found: list[Sighting]) -> dict[str, list[int]]:
        """Rows of `found` by the region that they show: the one they share most with."""
        shared = overlap(as_boxes([s.box for s in found]), as_boxes([p.box for p in self.places]))
        rows: dict[str, list[int]] = {}
        for row in range(len(found)):
            best = int(shared[row].argmax()) if self.places else -1
            if best >= 0 and shared[row, best] >= self._group.overlap:
                rows.setdefault(self.places[best].id, []).append(row)
        return rows

    def _unite(self, changes: Changes) -> None:
        """Make one region of two that have come to share so much that either shows both.

        Otherwise each would have but a part of the sightings of one thing.
        """
        kept: list[Place] = []
        for place in sorted(self.places, key=lambda p: (not p.raised, not p.stood, p.first_seen_s)):
            alive = [p for p in kept if p.alive]
            rest = as_boxes([p.box for p in alive])
            shared = overlap(as_boxes([place.box]), rest)[0] >= self._group.overlap
            if not shared.any() or place.raised or not place.alive:
                kept.append(place)
                continue
            into = alive[int(shared.argmax())]
            into.absorb(place)
            self._missed[into.id] = min(self._missed[into.id], self._missed.pop(place.id))
            if place.stood:
                changes.left.append(place.id)
        changes.began = [p for p in changes.began if p in kept]
        self.places = [p for p in self.places if p in kept]

    def _book(
        self,
        place: Place,
        t_s: float,
        dt_s: float,
        rows: list[int],
        all_boxes: Boxes,
        found: list[Sighting],
    ) -> None:
        """Write down what one look says of one region."""
        hidden = not rows and self._is_hidden(place, all_boxes)
        if hidden or dt_s > self._longest_gap_s():
            place.unobserved_s += dt_s
        else:
            place.observed_s += dt_s
        place.state = State.OCCLUDED if place.stood and not rows else place.state
        if hidden:
            return
        place.looks += 1
        if not rows:
            self._missed[place.id] += 1
            place.absent_since_s = t_s if place.absent_since_s is None else place.absent_since_s
            return
        self._see(place, t_s, [found[row] for row in rows])

    def _see(self, place: Place, t_s: float, sightings: list[Sighting]) -> None:
        best = max(sightings, key=lambda s: s.score)
        place.count(best, t_s)
        place.last_seen_s, place.absent_since_s, self._missed[place.id] = t_s, None, 0
        place.state = State.STANDING if place.stood else place.state
        now = union(as_boxes([s.box for s in sightings]))
        share = max(FOLLOW_SHARE, 1 / place.sightings)
        x1, y1, x2, y2 = (a + share * (b - a) for a, b in zip(place.box, now, strict=True))
        place.box = (x1, y1, x2, y2)

    def _is_hidden(self, place: Place, all_boxes: Boxes) -> bool:
        """Whether something larger stands before a region.

        What has the very same box is no such thing: it is what was once taken for this group.
        """
        box = as_boxes([place.box])
        fronts = (area(all_boxes) >= area(box)) & (iou(box, all_boxes)[0] < SAME_IOU)
        return bool((covered(box, all_boxes[fronts]) >= HIDDEN_COVER).any())

    def _longest_gap_s(self) -> float:
        unbroken_s = UNBROKEN_INTERVALS * self._cadence.interval_s
        return max(SHORTEST_GAP_S, unbroken_s, self._group.bridge_s)

    def _settle(self, place: Place, t_s: float) -> None:
        """End a region that was missing for long enough in looks that could have shown it."""
        since_s = place.absent_since_s
        if (
            since_s is not None
            and self._missed[place.id] >= self._group.missing_looks
            and t_s - since_s >= self._group.bridge_s
        ):
            place.end(since_s, surely=True)

    def _recall(self, place: Place, t_s: float) -> bool:
        """Put an old acquaintance in the stead of a region that just began to stand."""
        box = as_boxes([place.box])
        for ghost in reversed(self._ghosts):
            shared = overlap(box, as_boxes([ghost.box]))[0, 0]
            if shared >= self._group.overlap and self._recallable(ghost, t_s):
                self._ghosts.remove(ghost)
                self.places[self.places.index(place)] = ghost.revive(place)
                self._missed[ghost.id] = self._missed.pop(place.id)
                return True
        return False

    def _recallable(self, ghost: Place, t_s: float) -> bool:
        gone_s = t_s - (ghost.ended_s or 0.0)
        if ghost.silenced:
            return gone_s < self._group.silence_s
        return not ghost.surely_gone and gone_s < self._group.remember_s

    def _sweep(self, t_s: float, changes: Changes) -> None:
        """Move what has gone out of the regions."""
        ended = [p for p in self.places if not p.alive]
        self.places = [p for p in self.places if p.alive]
        for place in ended:
            self._missed.pop(place.id)
        stood = [p for p in ended if p.stood]
        changes.ended += stood
        self._ghosts += stood
        kept = [g for g in self._ghosts if g.raised or self._recallable(g, t_s)][-GHOSTS_KEPT:]
        changes.left += [g.id for g in self._ghosts if g not in kept]
        self._ghosts = kept

    def _found(self, t_s: float, sightings: list[Sighting], scenery: Scenery) -> None:
        """Begin a candidate at every sighting worth a guess where nothing is known to be.

        A spot that looks different proves nothing here, but one that looked the same does.
        """
        for sighting in sightings:
            if sighting.score >= HINT_SHARE * self._group.found_score:
                name = self._group.name
                missed_s = scenery.missed_since(sighting.box, self._longest_gap_s())
                since_s = t_s if missed_s is None else missed_s
                place = Place.found(self._camera_id, name, sighting, None, t_s, since_s)
                self.places.append(place)
                self._missed[place.id] = 0


def merged(seen: Detections, reach: float) -> list[Sighting]:
    """Neighbouring detections as one: garments of a line, wisps of a cloud.

    Two belong together when the gap between them is at most `reach` times their mean size.
    """
    if not len(seen):
        return []
    boxes = seen.xyxy
    count, label = connected_components(near(boxes, reach), directed=False)
    parts = [np.flatnonzero(label == n) for n in range(count)]
    best = [int(rows[seen.score[rows].argmax()]) for rows in parts]
    return [
        Sighting(union(boxes[rows]), float(seen.score[row]), seen.name(row))
        for rows, row in zip(parts, best, strict=True)
    ]
