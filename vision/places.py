"""Place memory: which things stand where, and since when.

A tracker asks "which box is the one I had?"; the memory asks "what is at this spot now?". Each
look gives each place one piece of evidence, and only positive evidence changes its state: a
thing stands while it is detected or its spot still looks the same; it is gone when the empty
spot, or steadily another picture, is seen there. A look that shows neither (a bus in front, a
covered lens, a camera that is down) changes nothing but the unobserved time.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.appearance import Appearance
from vision.booking import book
from vision.boxes import Box, Boxes, as_boxes, iou
from vision.cover import Cover, covers
from vision.detections import Detections
from vision.earlier import Earlier
from vision.evidence import SAME_SIMILARITY, Describe, Evidence, Glimpse, weigh
from vision.growth import complete, outgrow
from vision.matching import match_parts, match_whole
from vision.patience import Cadence, Patience
from vision.place import HINT_SHARE, Place, Sighting, State
from vision.recall import is_same, note_vacant, recallable

GHOSTS_KEPT = 50
"""Gone places kept per camera and group: enough for a day of judged cases, small to save."""


@dataclass(frozen=True, slots=True)
class Scenery:
    """What a look shows besides the detections: the look of any spot, now and when empty."""

    now: Describe
    backdrop: Describe
    earlier: Earlier | None = None

    def missed_since(self, box: Box, longest_s: float) -> float | None:
        """When the look before was, if its picture shows that the detector missed a thing there.

        A look of more than `longest_s` ago tells nothing.
        """
        earlier = self.earlier
        if earlier is None or earlier.ago_s > longest_s:
            return None
        return earlier.then.t_s if earlier.showed(box, self.backdrop(box)) else None


@dataclass(slots=True)
class Changes:
    """What a look changed: places that began to stand, that ended, and ids no longer kept."""

    began: list[Place] = field(default_factory=list)
    ended: list[Place] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


class PlaceMemory:
    """All places of one group of things (vehicles, two-wheelers) in one camera's view."""

    def __init__(self, camera_id: str, group: str, patience: Patience | None = None) -> None:
        self.patience = self._given = patience or Patience()
        self._cadence, self._paused = Cadence(), False
        self.places: list[Place] = []
        self._camera_id = camera_id
        self._group = group
        self._ghosts: list[Place] = []
        self._last_s: float | None = None

    def update(
        self,
        t_s: float,
        seen: Detections,
        all_boxes: Boxes,
        scenery: Scenery,
        moving: NDArray[np.bool_],
    ) -> Changes:
        """Take in one look at `t_s` (UTC seconds).

        `seen`: detections of this group, boxes in the reference view; `all_boxes`: those of every
        detection, for what hides what; `moving`: which of `seen` are under way and may not found
        a place. Raises ValueError when time does not advance.
        """
        dt_s = self._advance(t_s)
        self._keep_pace(dt_s)
        changes = Changes()
        boxes = as_boxes([place.box for place in self.places])
        cover = covers(boxes, all_boxes, self.patience.match_iou)
        looks = [_look(p.box, c, scenery) for p, c in zip(self.places, cover, strict=True)]
        sightings = self._sightings(seen, [c.share for c in cover], looks)
        for place, look, hid, sighting in zip(self.places, looks, cover, sightings, strict=True):
            glimpse, known = weigh(place, sighting is not None, hid.share, look), place.box
            book(place, t_s, dt_s, glimpse, sighting, self.patience)
            if place.stood:
                outgrow(place, t_s, sighting, scenery.now, self.patience.outgrow_s)
                self._settle(place, t_s, glimpse.evidence)
                continue
            if self._settle_candidate(place, t_s, glimpse, scenery):
                changes.began.append(place)
            complete(place, known, sighting, scenery.now)
        if dt_s <= self.patience.gap_s:
            note_vacant(self._ghosts, dt_s, np.concatenate([seen.xyxy, all_boxes]))
        changes.began = [p for p in changes.began if not self._recall(p, t_s)]
        ended = self._sweep(t_s, changes)
        self._found(t_s, seen[~moving], all_boxes, scenery, ended)
        return changes

    def pause(self, t_s: float) -> None:
        """Let time pass in which nothing could be judged."""
        dt_s = self._advance(t_s)
        self._paused = True
        for place in self.places:
            place.unobserved_s += dt_s
            place.interrupted = True

    def silence(self, place_id: str) -> None:
        """Keep recognising a place after it is gone: its violation was rejected."""
        for place in (*self.places, *self._ghosts):
            place.silenced |= place.id == place_id

    def forget(self, t_s: float) -> Changes:
        """End every place: the camera looks elsewhere. What it sees again later is recognised."""
        changes = Changes()
        for place in self.places:
            place.end(t_s, surely=False)
        self._sweep(t_s, changes)
        return changes

    def rescale(self, factor_xy: tuple[float, float]) -> None:
        """Carry the places over to a picture of another size."""
        fx, fy = factor_xy
        for place in (*self.places, *self._ghosts):
            x1, y1, x2, y2 = place.box
            place.box = (x1 * fx, y1 * fy, x2 * fx, y2 * fy)

    def snapshot(self) -> dict[str, Any]:
        """Everything that must survive a restart, as plain JSON values."""
        return {
            "last_s": self._last_s,
            "intervals_s": self._cadence.to_json(),
            "places": [p.to_json() for p in self.places],
            "ghosts": [p.to_json() for p in self._ghosts],
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take up where `snapshot` left off."""
        self._last_s = snapshot["last_s"]
        self._cadence, self._paused = Cadence(snapshot.get("intervals_s", ())), True
        self.places = [Place.from_json(p) for p in snapshot["places"]]
        self._ghosts = [Place.from_json(p) for p in snapshot["ghosts"]]

    def _advance(self, t_s: float) -> float:
        if self._last_s is not None and t_s <= self._last_s:
            raise ValueError(f"looks must go forward in time: {t_s} is not after {self._last_s}")
        dt_s = 0.0 if self._last_s is None else t_s - self._last_s
        self._last_s = t_s
        return dt_s

    def _keep_pace(self, dt_s: float) -> None:
        """Be as patient as looks so far apart need; a pause is no interval between looks."""
        if dt_s and not self._paused:
            self._cadence.note(dt_s)
        self._paused = False
        self.patience = self._given.at(self._cadence.interval_s)

    def _sightings(
        self, seen: Detections, cover: list[float], looks: list[Appearance | None]
    ) -> list[Sighting | None]:
        """The detection of each place, None where there is none."""
        whole = match_whole(self.places, seen.xyxy, self.patience.match_iou)
        parts = match_parts(self.places, seen.xyxy, whole, cover, looks)
        again = set(parts.values())
        found: list[Sighting | None] = [None] * len(self.places)
        for row, column in whole.items():
            if column not in again:  # a candidate gives way to what it turns out to be part of
                found[row] = _sighting(seen, column)
        for row, column in parts.items():
            found[row] = replace(_sighting(seen, column), partial=True)
        return found

    def _settle_candidate(
        self, place: Place, t_s: float, glimpse: Glimpse, scenery: Scenery
    ) -> bool:
        """Let a candidate stand (True) once it kept its spot and its look, or drop it."""
        patience = self.patience
        # While something is in front nobody can tell whether it passed by.
        now_s = t_s - min(place.hidden_s, patience.hide_s)
        missed_s, unconfirmed_s = now_s - place.last_seen_s, now_s - place.last_detected_s
        if glimpse.evidence is Evidence.OTHER and place.last_detected_s == t_s:
            place.end(t_s, surely=True)  # another thing at the same spot: traffic
        elif missed_s > patience.patience_s or unconfirmed_s > 3 * patience.patience_s:
            place.end(t_s, surely=True)
        elif (
            t_s - place.first_seen_s >= patience.stand_after_s
            and glimpse.evidence is Evidence.SEEN
            and place.best >= patience.found_score
        ):
            place.stand(scenery.backdrop(place.box), SAME_SIMILARITY)
            return True
        return False

    def _settle(self, place: Place, t_s: float, evidence: Evidence) -> None:
        """Change the state of a place that stood, if the evidence of this look allows it."""
        if place.last_seen_s < t_s:
            place.state = State.OCCLUDED
        if evidence is Evidence.EMPTY and place.absent_since_s is not None:
            if t_s - place.absent_since_s >= self.patience.gone_after_s:
                place.end(place.absent_since_s, surely=True)
        elif (
            evidence is Evidence.OTHER and t_s - place.other_since_s >= self.patience.other_after_s
        ):
            if not place.interrupted:
                place.look, place.other = place.other, None  # a door or a tailgate was opened
            else:
                place.end(place.other_since_s, surely=False)

    def _recall(self, place: Place, t_s: float) -> bool:
        """Put an old acquaintance in the stead of a place that just began to stand."""
        ghosts, patience = self._ghosts, self.patience
        ghost = next((g for g in ghosts if is_same(g, place, t_s, patience)), None)
        if ghost is None:
            return False
        self._ghosts.remove(ghost)
        self.places[self.places.index(place)] = ghost.revive(place)
        return True

    def _sweep(self, t_s: float, changes: Changes) -> list[Place]:
        """Move what has gone out of the places; returns what has gone in this look."""
        ended = [p for p in self.places if not p.alive]
        self.places = [p for p in self.places if p.alive]
        stood = [p for p in ended if p.stood]
        changes.ended += stood
        self._ghosts += stood
        # A judged place may be rejected long after it has gone, so it is kept although it cannot
        # be recognised yet; the number is bounded, not the time.
        kept = [g for g in self._ghosts if g.raised or recallable(g, t_s, self.patience)][
            -GHOSTS_KEPT:
        ]
        changes.left += [g.id for g in self._ghosts if g not in kept]
        self._ghosts = kept
        return ended

    def _found(
        self,
        t_s: float,
        seen: Detections,
        all_boxes: Boxes,
        scenery: Scenery,
        ended: list[Place],
    ) -> None:
        """Begin a candidate at every detection worth a guess where nothing is known to stand."""
        hints = seen[seen.score >= HINT_SHARE * self.patience.found_score]
        for row in range(len(hints)):
            box = as_boxes(hints.xyxy[row])
            if self._overlaps(box, self.places):
                continue
            # What took the place of another thing stands there since that one was last seen.
            replaced = [p for p in ended if not p.surely_gone and self._overlaps(box, [p])]
            since_s = [p.ended_s for p in replaced if p.ended_s is not None]
            sighting = _sighting(hints, row)
            missed_s = scenery.missed_since(sighting.box, self.patience.gap_s)
            since_s += [] if missed_s is None else [missed_s]
            (cover,) = covers(box, all_boxes, self.patience.match_iou)
            self.places.append(
                Place.found(
                    self._camera_id,
                    self._group,
                    sighting,
                    _look(sighting.box, cover, scenery),
                    t_s,
                    min(since_s, default=t_s),
                )
            )

    def _overlaps(self, box: Boxes, places: list[Place]) -> bool:
        boxes = as_boxes([p.box for p in places])
        return bool((iou(box, boxes) >= self.patience.match_iou).any())


def _look(box: Box, cover: Cover, scenery: Scenery) -> Appearance | None:
    """The look of what can be seen of a box past what is in front."""
    look = scenery.now(box)
    return None if look is None else look.seen(cover.visible)


def _sighting(seen: Detections, row: int) -> Sighting:
    x1, y1, x2, y2 = (float(v) for v in seen.xyxy[row])
    return Sighting((x1, y1, x2, y2), float(seen.score[row]), seen.name(row))
