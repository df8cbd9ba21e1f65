"""The brain of one camera: detections in, violations out.

Live streams, replays, tests and benchmarks all call `CameraAnalyser.update`; time is always an
argument, so the same looks give the same violations however fast they come.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vision.appearance import Scene
from vision.backdrop import Backdrop
from vision.boxes import Box, Boxes, as_boxes, iou
from vision.coverage import Coverage
from vision.detections import Detections
from vision.earlier import Earlier, Shot
from vision.findings import Findings
from vision.frame import Image, Picture, reduce
from vision.grouping import CONTEXT_SCORE, SAME_BOX_IOU, Grouping
from vision.health import CameraHealth, Limits, Reason
from vision.identity import PlateNote
from vision.ledger import VehicleLedger
from vision.ledger_look import LedgerLook
from vision.patience import Patience
from vision.place import Place
from vision.places import Changes, PlaceMemory, Scenery
from vision.regions import RegionMemory
from vision.rules.judge import Judge
from vision.rules.rule import Rule
from vision.tracker import Track, Tracker
from vision.view import Sight, View
from vision.violation import Violation
from vision.whereabouts import Glance, Whereabouts, of_places, of_spot

ATTENDANT_SCORE = 0.15
"""Somebody this sure is at a bike: a rider is found less surely than a walker (a motorcyclist of
30 pixels in a filmed street at .18 to .33), and a case against a rider is worse than none."""
MOVING_SIZES_PER_S = 0.3
"""A thing that moves faster than this, in its own sizes a second, is under way."""
STEADY_LOOKS_S = 2.0
"""When looks follow each other so closely, whoever is somewhere for the first time may be walking
past; at slower looks everybody is new."""


class CameraAnalyser:
    """Remembers what stands where in one camera's view and applies the camera's rules to it."""

    def __init__(
        self,
        camera_id: str,
        rules: Sequence[Rule],
        patience: Patience | None = None,
        limits: Limits | None = None,
        timezone: str = "Asia/Shanghai",
    ) -> None:
        limits = limits or Limits()
        self.camera_id = camera_id
        self.coverage = Coverage(limits.gap_s)
        self._health = CameraHealth(limits)
        self._judges = [Judge(camera_id, r) for r in rules if r.kind.judged_by == "place"]
        enduring = [rule for rule in rules if rule.kind.judged_by == "ledger"]
        self._ledger = VehicleLedger(camera_id, enduring, timezone) if enduring else None
        self._grouping = Grouping(rules)
        self._memories = {
            name: RegionMemory(camera_id, group)
            if group.memory == "region"
            else PlaceMemory(camera_id, name, patience)
            for name, group in self._grouping.groups.items()
        }
        self._view, self._backdrop, self._tracker = View(), Backdrop(), Tracker()
        self._size_wh: tuple[int, int] | None = None
        self._shift_xy = (0.0, 0.0)
        self._last_s: float | None = None
        self._judged_s = -math.inf
        self._before: dict[str, Shot] = {}
        """The picture of the look before this one at each group, as long as it was judged."""
        self._glances: dict[str, Glance] = {}

    def update(self, t_s: float, detections: Detections, image: Picture) -> Findings:
        """Take in one look.

        `t_s` UTC seconds; `detections` in pixels of `image` (H, W, 3) BGR. A look that is not
        newer than the last one tells nothing and is passed over.
        """
        if self._last_s is not None and t_s <= self._last_s:
            return Findings(reason=Reason.STALE)
        self._last_s = t_s
        self._resize((image.shape[1], image.shape[0]))
        small = reduce(image)
        sight = self._see(t_s, small, image.shape[1])
        if not sight.judged:
            for memory in self._memories.values():
                memory.pause(t_s)
            self._before.clear()
            return Findings(reason=sight.reason)
        changes = self._move(t_s) if sight.moved else []
        self._shift_xy = sight.shift_xy
        tracks = self._follow(t_s, detections)
        changes += self._remember(t_s, detections, image, small, _moving(tracks))
        staying = ~(_moving(tracks) | self._arriving(t_s, tracks))
        self._judged_s = t_s
        findings = self._conclude(t_s, detections[staying], changes)
        if self._ledger is None:
            return findings
        return self._enter(self._ledger, t_s, detections, (image, small), findings, changes)

    @property
    def places(self) -> list[Place]:
        """Everything thought to stand in view, boxes in the reference view."""
        return [p for memory in self._memories.values() for p in memory.places if p.stood]

    def box_of(self, place: Place) -> Box:
        """Where a place is in the latest picture, in source pixels."""
        return self._shown(place.box)

    @property
    def suspects(self) -> dict[str, float]:
        """Since when (UTC seconds) a rule is broken at places that no violation covers, by id."""
        since: dict[str, float] = {}
        for judge in self._judges:
            for place_id, since_s in judge.suspects.items():
                since[place_id] = min(since_s, since.get(place_id, since_s))
        return since if self._ledger is None else since | self._ledger.suspects

    @property
    def wants_detail(self) -> bool:
        """Whether something stands, or may, whose evidence, outline or plate is wanted soon.

        Otherwise pictures of less detail, enlarged, do as well.
        """
        known = (place for memory in self._memories.values() for place in memory.places)
        if any(self._ledger is not None or not place.stood for place in known):
            return True
        return bool(self.suspects)

    @property
    def boxes(self) -> dict[str, Box]:
        """Where whatever stands is in the latest picture, in source pixels, by id."""
        boxes = {place.id: self._shown(place.box) for place in self.places}
        ledger, size_wh = self._ledger, self._size_wh
        return boxes if ledger is None or size_wh is None else boxes | ledger.boxes(size_wh)

    def note_plate(self, vehicle_id: str, note: PlateNote) -> None:
        """Take in a reading of the plate of what stands at a place, or of a ledger's vehicle."""
        if self._ledger is not None:
            self._ledger.note_plate(vehicle_id, note)

    @property
    def plated(self) -> frozenset[str]:
        """Ids of the suspects at places whose plate their case should tell."""
        told = (judge.suspects for judge in self._judges if judge.rule.kind.plate)
        return frozenset(place_id for suspects in told for place_id in suspects)

    @property
    def plates_due(self) -> list[str]:
        """Ids of vehicles (see `boxes`) whose plate is wanted, about once a day each."""
        return [] if self._ledger is None else self._ledger.plates_due

    def reject(self, violation_id: str) -> None:
        """Stay quiet about what a person judged to be no violation, until it changes."""
        for judge in self._judges:
            for place_id in judge.places_of(violation_id):
                self._memories[judge.rule.kind.group].silence(place_id)
        if self._ledger is not None:
            self._ledger.reject(violation_id)

    def excuse(self, violation_id: str, until_s: float) -> None:
        """Take back a violation that a permit covers until `until_s` (UTC seconds).

        What stands there then breaks its rule from that time on. A ledger's vehicle is left in
        peace for as long as it stands there.
        """
        for judge in self._judges:
            judge.excuse(violation_id, until_s)
        if self._ledger is not None:
            self._ledger.reject(violation_id)

    def whereabouts(self, violation_id: str, since_s: float) -> Whereabouts:
        """Whether what a violation was about stands there, by looks since `since_s` (UTC s)."""
        for judge in self._judges:
            group, ids = judge.rule.kind.group, judge.places_of(violation_id)
            places = self._memories[group].places
            if members := [place for place in places if place.id in ids]:
                return of_places(members, since_s)
            if past := judge.pasts.find(violation_id):
                standing = as_boxes([place.box for place in places if place.stood])
                return of_spot(past, self._glances.get(group), standing, since_s)
        if self._ledger is None:
            return Whereabouts.UNKNOWN
        return self._ledger.whereabouts(violation_id, since_s)

    def snapshot(self) -> dict[str, Any]:
        """Everything that must survive a restart, as plain JSON values."""
        return {
            "size_wh": self._size_wh,
            "last_s": self._last_s,
            "view": self._view.snapshot(),
            "health": self._health.snapshot(),
            "coverage": self.coverage.snapshot(),
            "memories": {group: m.snapshot() for group, m in self._memories.items()},
            "judges": {judge.rule.key: judge.snapshot() for judge in self._judges},
            "ledger": None if self._ledger is None else self._ledger.snapshot(),
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take up where `snapshot` left off, as far as the rules are the same."""
        self._size_wh = tuple(snapshot["size_wh"]) if snapshot["size_wh"] else None
        self._last_s = snapshot["last_s"]
        self._view.restore(snapshot.get("view"))
        self._health.restore(snapshot.get("health"))
        self.coverage.restore(snapshot.get("coverage"))
        for group, memory in self._memories.items():
            if group in snapshot["memories"]:
                memory.restore(snapshot["memories"][group])
        for judge in self._judges:
            if judge.rule.key in snapshot["judges"]:
                judge.restore(snapshot["judges"][judge.rule.key])
        if self._ledger is not None and snapshot.get("ledger"):
            self._ledger.restore(snapshot["ledger"])

    def _see(self, t_s: float, small: Image, width_px: int) -> Sight:
        """Whether the picture can be judged, and where it looks if so."""
        health = self._health.look(t_s, small)
        sick = Sight(reason=health.reason)
        sight = self._view.look(t_s, small, width_px) if health.judged else sick
        self.coverage.note(t_s, sight.reason)
        return sight

    def _resize(self, size_wh: tuple[int, int]) -> None:
        """Carry the places over when the camera changes its resolution."""
        if self._size_wh not in (None, size_wh):
            factors = np.array(size_wh) / np.array(self._size_wh)
            for memory in self._memories.values():
                memory.rescale((float(factors[0]), float(factors[1])))
            for judge in self._judges:
                judge.pasts.turn()
            self._before.clear()
        self._size_wh = size_wh

    def _move(self, t_s: float) -> list[Changes]:
        """Leave behind what is known of the old view."""
        self._backdrop, self._tracker = Backdrop(), Tracker()
        self._before.clear()
        for judge in self._judges:
            judge.pasts.turn()
        if self._ledger is not None:
            self._ledger.turn()
        return [memory.forget(t_s) for memory in self._memories.values()]

    def _remember(
        self,
        t_s: float,
        detections: Detections,
        image: Picture,
        small: Image,
        moving: NDArray[np.bool_],
    ) -> list[Changes]:
        """Show the look to the place memories."""
        scene, empty = Scene(image, small), self._backdrop.scene(image.shape[1])
        # A picture that is small already is no copy, and its memory may be painted over.
        kept = small.copy() if small is image else small
        shot = Shot(t_s, kept, small.shape[1] / image.shape[1], self._shift_xy)
        scenery = Scenery(
            now=lambda box: scene.describe(self._shown(box)),
            backdrop=lambda box: empty.describe(box) if empty else None,
        )
        context = self._context(detections)
        changes = []
        for group in self._grouping.looked_for(detections, small):
            memory, rows = self._memories[group], self._grouping.rows_of(group, detections)
            seen = self._referred(detections[rows])
            self._glances[group] = Glance(t_s, seen.xyxy, context)
            then, self._before[group] = self._before.get(group), shot
            told = replace(scenery, earlier=Earlier(then, shot)) if then else scenery
            changes.append(memory.update(t_s, seen, context, told, moving[rows]))
        standing = as_boxes([p.box for m in self._memories.values() for p in m.places])
        occupied = np.concatenate([self._referred(detections).xyxy, standing])
        factor = small.shape[1] / image.shape[1]
        dx, dy = self._shift_xy
        self._backdrop.learn(t_s, small, occupied * np.float32(factor), (dx * factor, dy * factor))
        return changes

    def _context(self, detections: Detections) -> Boxes:
        """What may be in front of something: what is sure, and what is known to be there.

        A bike that stays where it is hides its neighbour at dusk too, when the detector is hardly
        sure of either.
        """
        boxes = self._referred(detections).xyxy
        known = as_boxes([place.box for m in self._memories.values() for place in m.places])
        again = (iou(boxes, known) >= SAME_BOX_IOU).any(axis=1)
        return boxes[again | (detections.score >= CONTEXT_SCORE)]

    def _conclude(self, t_s: float, detections: Detections, changes: list[Changes]) -> Findings:
        """Apply the rules to what the memories hold now."""
        raised: list[Violation] = []
        ended: list[Violation] = []
        gone = [place for change in changes for place in change.ended]
        left = [place_id for change in changes for place_id in change.left]
        for judge in self._judges:
            kind, size_wh = judge.rule.kind, self._size_wh or (1, 1)
            context = detections.named(kind.attended_by)
            attendants = self._referred(context[context.score >= ATTENDANT_SCORE]).xyxy
            places = self._memories[kind.group].places
            raised += judge.judge(t_s, places, attendants, size_wh)
            ended += judge.close(gone)
            for place_id in left:
                judge.forget(place_id)
        return Findings(
            began=tuple(place for change in changes for place in change.began),
            raised=tuple(replace(v, box_xyxy=self._shown(v.box_xyxy)) for v in raised),
            ended=tuple(ended),
            left=tuple(left),
        )

    def _enter(
        self,
        ledger: VehicleLedger,
        t_s: float,
        detections: Detections,
        pictures: tuple[Picture, Image],
        findings: Findings,
        changes: list[Changes],
    ) -> Findings:
        """Show the look to the ledger, and add what it concludes."""
        places = [p for g in ledger.groups for p in self._memories[g].places if p.stood]
        sure = detections[detections.score >= CONTEXT_SCORE].xyxy
        ended = [place for change in changes for place in change.ended]
        emptied = frozenset(place.id for place in ended if place.surely_gone)
        new = ledger.update(LedgerLook(t_s, *pictures, places, self._shown, sure, emptied))
        return replace(
            findings,
            raised=(
                *findings.raised,
                *(replace(v, box_xyxy=self._shown(v.box_xyxy)) for v in new.raised),
            ),
            ended=(*findings.ended, *new.ended),
            left=(*findings.left, *new.left),
        )

    def _follow(self, t_s: float, detections: Detections) -> list[Track | None]:
        """The track of each detection."""
        groups = self._grouping.numbers(detections)
        return self._tracker.update(t_s, detections.xyxy, detections.score, groups)

    def _arriving(self, t_s: float, tracks: list[Track | None]) -> NDArray[np.bool_]:
        """Which detections were not there at the look before, if that was a moment ago."""
        steady = t_s - self._judged_s <= STEADY_LOOKS_S
        return np.array([steady and t is not None and t.first_seen_s == t_s for t in tracks], bool)

    def _referred(self, detections: Detections) -> Detections:
        """The same detections in the reference view."""
        dx, dy = self._shift_xy
        return replace(detections, xyxy=detections.xyxy - np.array([dx, dy, dx, dy], np.float32))

    def _shown(self, box: Box) -> Box:
        """A box of the reference view where it is in the present picture."""
        dx, dy = self._shift_xy
        return box[0] + dx, box[1] + dy, box[2] + dx, box[3] + dy


def _moving(tracks: list[Track | None]) -> NDArray[np.bool_]:
    """Which detections are under way, by their tracks."""
    return np.array([t is not None and t.speed > MOVING_SIZES_PER_S for t in tracks], bool)
