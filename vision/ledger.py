"""The ledger of vehicles: which one stands where, day after day.

Place memory follows what stands from look to look; a night, a week of rain or a lorry parked in
front can end a place although its vehicle never moved, and a look-alike may come while nobody
looks. So whenever a vehicle was out of sight for longer than one car needs to take another's
place, its identity has to be established again, by its plate or its exact outline. Until then
what stands there is in the ledger as another vehicle; it is absorbed when it turns out to be the
same one, and keeps the spot when it turns out not to be.
"""

from collections.abc import Sequence
from typing import Any

from vision.anchor import Anchors, Fix
from vision.boxes import Box
from vision.diary import NO_LOOK, NOT_SEEN
from vision.fine_look import FineLook
from vision.identity import PlateNote, Plates, Proof, Verdict
from vision.ledger_look import LedgerChanges, LedgerLook, Pace, placed, same_spot
from vision.ledger_rules import LedgerRules
from vision.rules.rule import Rule
from vision.vehicle import LEARN_BELOW, Vehicle, eldest
from vision.whereabouts import Whereabouts

HIDDEN_SHARE = 0.15
"""A vehicle covered by so much more than usual proves nothing by looking different."""
LOOKS_MISSED = 2.5
"""Where looks are rare, a vehicle is out of sight once it was missed in two of them ..."""
SLOWEST_S = 3600.0
"""... unless they are rarer than this: then each sighting has to be proved."""
VEHICLES_KEPT = 150
RIVAL_READINGS = 2
"""So many confident readings of another plate outweigh that place memory saw no change."""


class VehicleLedger:
    """All vehicles that stand in the zones of one camera's ledger rules."""

    def __init__(
        self, camera_id: str, rules: Sequence[Rule], timezone: str, pace: Pace | None = None
    ) -> None:
        self.pace = pace or Pace()
        self.vehicles: list[Vehicle] = []
        self._rules = LedgerRules(camera_id, rules, self.pace.week_s)
        self._camera_id, self._timezone = camera_id, timezone
        self._anchors = Anchors()
        self._fix: Fix | None = None
        self._fed_s: float | None = None
        self._looked_s = 0.0
        self._interval_s: float | None = None
        self._watching = self._moved = False

    def update(self, look: LedgerLook) -> LedgerChanges:
        """Take in one look that could be judged; most cost next to nothing."""
        changes = LedgerChanges()
        self._follow(look)
        if self._fed_s is not None and look.t_s - self._fed_s < self.pace.feed_s:
            return changes
        self._fed_s = look.t_s
        if self._is_wanted(look):
            self._look_closely(look, changes)
        self._expire(look.t_s, changes)
        places = {p.id: p for p in look.places if look.seen(p)}
        standing = [(v, places[v.place_id]) for v in self.vehicles if v.place_id in places]
        changes.raised = self._rules.judge(look.t_s, standing, look.size_wh)
        return changes

    @property
    def groups(self) -> list[str]:
        """The groups of things whose places the ledger wants to see."""
        return self._rules.groups

    def turn(self) -> None:
        """Be told that the camera turned to another view, perhaps one that it never had."""
        self._moved = True
        self._rules.pasts.turn()

    def note_plate(self, vehicle_id: str, note: PlateNote) -> None:
        """Take in a reading of the plate of a vehicle, named by its own id or its place's."""
        named = (v for v in self.vehicles if vehicle_id in (v.id, v.place_id))
        for vehicle in named:
            reading = Plates()
            reading.add(note)
            if not vehicle.plates.conflicts(reading):
                vehicle.plates.add(note)
                continue
            vehicle.rival.add(note)
            if vehicle.rival.read >= RIVAL_READINGS and vehicle.rival.text:
                vehicle.lose(NOT_SEEN)  # what stands there is met anew, as another vehicle
                vehicle.swapped = True

    @property
    def plates_due(self) -> list[str]:
        """Ids of vehicles in sight whose plate should be read, once a day when it is known."""
        if not self._rules.tell_plates:
            return []
        pace, now_s = self.pace, self._looked_s
        return [
            v.id
            for v in self._watched()
            if now_s - v.plates.tried_s >= (pace.plate_s if v.plates.text else pace.unread_s)
        ]

    @property
    def suspects(self) -> dict[str, float]:
        """Since when each vehicle stands that may become a violation, by id.

        Those that came a short time ago are left out: most cars leave again within hours.
        """
        return {v.id: v.first_seen_s for v in self._watched() if v.violation_id is None}

    def boxes(self, size_wh: tuple[int, int]) -> dict[str, Box]:
        """Where the vehicles in sight are in the latest picture, in its pixels, by id."""
        fix = self._fix
        return {v.id: placed(v.box, fix, size_wh) for v in self._watched()} if fix else {}

    def reject(self, violation_id: str) -> None:
        """Stay quiet about a vehicle for as long as it stands there."""
        for vehicle in self.vehicles:
            vehicle.silenced |= vehicle.violation_id == violation_id

    def whereabouts(self, violation_id: str, since_s: float) -> Whereabouts:
        """Whether the vehicle of a violation stands there, by looks since `since_s` (UTC s)."""
        for vehicle in self.vehicles:
            if vehicle.violation_id == violation_id:
                is_seen = vehicle.place_id is not None and vehicle.last_seen_s >= since_s
                return Whereabouts.STANDING if is_seen else Whereabouts.HIDDEN
        past = self._rules.pasts.find(violation_id)
        if past is None or past.lost:
            return Whereabouts.UNKNOWN
        sighted = (v.box for v in self.vehicles if v.place_id is not None)
        is_taken = any(same_spot(box, past.box) for box in sighted)
        return Whereabouts.OCCUPIED if is_taken else Whereabouts.GONE

    def snapshot(self) -> dict[str, Any]:
        """Everything that must survive a restart, as plain JSON values."""
        return {
            "anchors": self._anchors.snapshot(),
            "vehicles": [v.to_json() for v in self.vehicles],
            "open": self._rules.snapshot(),
            "pasts": self._rules.pasts.snapshot(),
            "fed_s": self._fed_s,
            "looked_s": self._looked_s,
            "moved": self._moved,
        }

    def restore(self, snapshot: dict[str, Any]) -> None:
        """Take up where `snapshot` left off."""
        self._anchors.restore(snapshot["anchors"])
        self.vehicles = [Vehicle.from_json(v) for v in snapshot["vehicles"]]
        self._rules.restore(snapshot["open"], snapshot.get("pasts", {}))
        self._fed_s, self._looked_s = snapshot["fed_s"], snapshot["looked_s"]
        self._moved = snapshot["moved"]

    def _watched(self) -> list[Vehicle]:
        """Vehicles in sight that have stood for long enough to be of interest."""
        since_s, view = self._looked_s - self.pace.watch_s, self._fix.view if self._fix else None
        sighted = (v for v in self.vehicles if v.place_id is not None and v.view == view)
        return [v for v in sighted if v.first_seen_s <= since_s and not v.silenced]

    def _follow(self, look: LedgerLook) -> None:
        """Note which vehicles place memory sees; those it lost sight of are to be sought."""
        places = {p.id: p for p in look.places}
        unbroken_s = self._unbroken_s
        reason = NO_LOOK if look.t_s - self._looked_s > unbroken_s else NOT_SEEN
        for vehicle in self.vehicles:
            if vehicle.place_id is None:
                continue
            place = places.get(vehicle.place_id)
            if place is None:
                vehicle.lose(reason, emptied=vehicle.place_id in look.emptied)
            elif look.seen(place):
                if look.t_s - vehicle.last_seen_s > unbroken_s:
                    vehicle.lose(reason)
                    vehicle.same = self._head_start(look.t_s - vehicle.last_seen_s)
                else:
                    detected = place.last_detected_s == look.t_s
                    vehicle.sight(look.t_s, unbroken_s, detected=detected)
                    vehicle.names, vehicle.score = dict(place.names), place.score
        self._note_interval(look.t_s)

    @property
    def _unbroken_s(self) -> float:
        """The time out of sight after which a vehicle has to be recognised again."""
        return max(self.pace.unbroken_s, LOOKS_MISSED * min(self._interval_s or 0.0, SLOWEST_S))

    def _head_start(self, unseen_s: float) -> int:
        """Looks that need not confirm a vehicle whose place outlasted a gap.

        Where looks are always rarer than `unbroken_s` there is one between two gaps. If it did not
        suffice, the record that is met meanwhile would live on, and be a second case.
        """
        as_ever = unseen_s <= LOOKS_MISSED * (self._interval_s or 0.0)
        return self.pace.same_looks - 1 if as_ever else 0

    def _note_interval(self, t_s: float) -> None:
        """Learn how often this camera is looked at; the time before a restart tells nothing."""
        if self._watching:
            dt_s = t_s - self._looked_s
            self._interval_s = dt_s if self._interval_s is None else min(dt_s, self._interval_s)
        self._watching, self._looked_s = True, t_s

    def _is_wanted(self, look: LedgerLook) -> bool:
        """Whether a closer look, which costs milliseconds, can tell anything new."""
        due_s, known = look.t_s - self.pace.learn_s, {v.place_id for v in self.vehicles}
        new = any(p.id not in known for p in look.places)
        return new or any(v.place_id is None or v.learned_s <= due_s for v in self.vehicles)

    def _look_closely(self, look: LedgerLook, changes: LedgerChanges) -> None:
        """Enter new vehicles, learn how the known ones look now, seek those out of sight."""
        fix = self._fix = self._anchors.locate(look.small, look.shares, self._moved)
        if fix is None:
            return
        self._moved = False
        self._meet(look, fix)
        for vehicle in eldest(v for v in self.vehicles if v.view == fix.view):
            if vehicle.place_id is not None:
                self._learn(look, fix, vehicle)
            else:
                self._seek(look, fix, vehicle, changes)

    def _meet(self, look: LedgerLook, fix: Fix) -> None:
        """Enter what stands in a zone and is not in the ledger."""
        known = {v.place_id for v in self.vehicles}
        lost = {v.former_place_id for v in self.vehicles}
        for place in look.places:
            in_zone = self._rules.cover(place.box, look.size_wh, look.t_s)
            if place.id in known or not in_zone or not look.seen(place):
                continue
            shown = look.shown(place.box)
            box = look.unplace(shown, fix)
            now = look.fine(box, fix)
            if now is None or not now.tells:
                continue
            # What place memory took for one thing may be two that came one after the other.
            since_s = look.t_s if place.id in lost else place.first_seen_s
            vehicle = Vehicle.found(self._camera_id, fix.view, box, place, since_s, self._timezone)
            vehicle.cover = look.cover(shown)
            vehicle.learn(look.t_s, now, fix.light)
            self.vehicles.append(vehicle)

    def _learn(self, look: LedgerLook, fix: Fix, vehicle: Vehicle) -> None:
        """Keep what a vehicle in sight looks like in this light, from time to time."""
        if look.t_s - vehicle.learned_s < self.pace.learn_s or vehicle.last_seen_s < look.t_s:
            return
        now = self._look_at(look, fix, vehicle)
        if now is None or not now.tells:
            return
        likeness = vehicle.likeness(now)
        if likeness is not None and likeness < self.pace.other and fix.light in vehicle.lights:
            self._suspect(look.t_s, vehicle)
            return
        news = likeness is None or likeness < LEARN_BELOW
        vehicle.learn(look.t_s, now if news else None, fix.light)

    def _suspect(self, t_s: float, vehicle: Vehicle) -> None:
        """Count a look that shows a vehicle in sight as another one.

        Where looks are rare, place memory may not notice that a vehicle was parked anew, or its
        twin in its stead. Slow changes never come here: they are learned on the way.
        """
        if vehicle.doubt(t_s) >= self.pace.other_s and vehicle.other >= self.pace.other_looks:
            vehicle.lose(NOT_SEEN)
            vehicle.swapped = True

    def _seek(self, look: LedgerLook, fix: Fix, vehicle: Vehicle, changes: LedgerChanges) -> None:
        """Find out whether a vehicle out of sight still stands at its spot."""
        if self._hides(look, fix, vehicle):
            # The detector misses now and then what is in front, and then the spot looks another.
            vehicle.other = max(0, vehicle.other - 1)
        holder = self._holder(vehicle)
        verdict, likeness = self._judge(look, fix, vehicle)
        by_plate = holder is not None and vehicle.plates.agrees(holder.plates)
        if holder is not None and vehicle.plates.conflicts(holder.plates):
            self._leave(vehicle, changes, surely=True)
        elif verdict is Verdict.OTHER or vehicle.swapped:
            self._doubt(look.t_s, vehicle, changes)
        elif verdict is Verdict.SAME or by_plate:
            vehicle.other, vehicle.emptied = 0, False
            usual_s = LOOKS_MISSED * (self._interval_s or 0.0)
            vehicle.agree(look.t_s, max(self.pace.same_within_s, usual_s))
            if holder is None:  # the detector misses it, but its outline is there
                vehicle.sight(look.t_s, self._unbroken_s, detected=False)
            elif vehicle.same >= self.pace.same_looks:
                proof = Proof.PLATE if by_plate else Proof.APPEARANCE
                self._unite(vehicle, holder, changes).recognised(proof, likeness)

    def _unite(self, lost: Vehicle, holder: Vehicle, changes: LedgerChanges) -> Vehicle:
        """Make one record of two that turned out to be one vehicle: the elder one."""
        if lost.first_seen_s <= holder.first_seen_s:
            lost.continue_as(holder)
            self._leave(holder, changes)
            return lost
        holder.absorb(lost)
        self._leave(lost, changes)
        return holder

    def _judge(self, look: LedgerLook, fix: Fix, vehicle: Vehicle) -> tuple[Verdict, float]:
        """What a look says about a vehicle that was out of sight, and the likeness."""
        now = self._look_at(look, fix, vehicle)
        likeness = None if now is None else vehicle.likeness(now)
        if likeness is None:
            return Verdict.UNSURE, 0.0
        if likeness >= self.pace.same:
            return Verdict.SAME, likeness
        # In a light in which it was never known, looking different says nothing.
        known_light = fix.light in vehicle.lights
        other = likeness < self.pace.other and known_light
        return (Verdict.OTHER if other else Verdict.UNSURE), likeness

    def _look_at(self, look: LedgerLook, fix: Fix, vehicle: Vehicle) -> FineLook | None:
        """Fine look at a vehicle's spot; None while something is in front of it."""
        hidden = self._hides(look, fix, vehicle)
        return None if hidden else look.fine(vehicle.box, fix)

    def _hides(self, look: LedgerLook, fix: Fix, vehicle: Vehicle) -> bool:
        """Whether something is in front of a vehicle's spot."""
        return look.cover(look.place(vehicle.box, fix)) - vehicle.cover >= HIDDEN_SHARE

    def _holder(self, vehicle: Vehicle) -> Vehicle | None:
        """The vehicle in sight that stands where a lost one stood."""
        return next(
            (
                v
                for v in self.vehicles
                if v.place_id is not None
                and v.view == vehicle.view
                and same_spot(v.box, vehicle.box)
            ),
            None,
        )

    def _doubt(self, t_s: float, vehicle: Vehicle, changes: LedgerChanges) -> None:
        """Count a look against a vehicle; it has left when there were enough of them."""
        pace, lasted_s = self.pace, vehicle.doubt(t_s)
        enough = vehicle.other >= pace.other_looks and lasted_s >= pace.other_s
        if vehicle.emptied:
            enough = vehicle.other >= pace.emptied_looks and lasted_s >= pace.emptied_s
        if enough or vehicle.swapped:
            self._leave(vehicle, changes, surely=True)

    def _expire(self, t_s: float, changes: LedgerChanges) -> None:
        """Give up those that were out of sight for too long, and keep the number bounded."""
        for vehicle in list(self.vehicles):
            keep_s = self.pace.keep_s if vehicle.violation_id else self.pace.week_s
            if vehicle.place_id is None and t_s - vehicle.last_seen_s > keep_s:
                self._leave(vehicle, changes)
        for vehicle in eldest(self.vehicles)[VEHICLES_KEPT:]:
            self._leave(vehicle, changes)

    def _leave(self, vehicle: Vehicle, changes: LedgerChanges, *, surely: bool = False) -> None:
        changes.ended += self._rules.close(vehicle, surely=surely)
        self.vehicles.remove(vehicle)
        changes.left.append(vehicle.id)
