"""The ledger by itself: fed with places and pictures directly."""

import json

import cv2
import numpy as np
import pytest

from tests.vision.ledger.lot import rule, skin
from tests.vision.street import texture
from vision.boxes import as_boxes
from vision.identity import PlateNote, Proof
from vision.ledger import VEHICLES_KEPT, VehicleLedger
from vision.ledger_look import LedgerLook, Pace
from vision.place import Place, Sighting
from vision.whereabouts import Whereabouts

SPOT = (100.0, 60.0, 190.0, 130.0)
HOUR = 3600.0
ROUND = 600.0


class Watcher:
    """A ledger, and what it is told."""

    def __init__(self, dwell_days=1.0, **pace):
        self.ledger = VehicleLedger("lot", [rule(dwell_days)], "Asia/Shanghai", Pace(**pace))
        self.t_s = 0.0
        self.raised, self.ended, self.left = [], [], []

    def show(self, image, places=(), boxes=(), rounds=1, emptied=(), step=ROUND, seen=True):
        for _ in range(rounds):
            self.t_s += step
            for place in places:
                if seen:
                    place.last_seen_s = place.last_detected_s = self.t_s
            look = LedgerLook(
                self.t_s, image, image, places, lambda box: box, as_boxes(boxes), frozenset(emptied)
            )
            changes = self.ledger.update(look)
            self.raised += changes.raised
            self.ended += changes.ended
            self.left += changes.left
        return self.ledger.vehicles

    def whereabouts(self, violation):
        """What is known of a violation's vehicle by the latest look."""
        return self.ledger.whereabouts(violation.id, self.t_s)

    def again(self):
        """The same after a restart."""
        saved = json.loads(json.dumps(self.ledger.snapshot()))
        self.ledger = VehicleLedger("lot", [rule(1.0)], "Asia/Shanghai", self.ledger.pace)
        self.ledger.restore(saved)
        assert json.loads(json.dumps(self.ledger.snapshot())) == saved


def scene(*things, seed=7):
    image = texture(seed, (320, 180), 2.0).copy()
    for model, (x1, y1, x2, y2) in things:
        image[int(y1) : int(y2), int(x1) : int(x2)] = skin(model, (int(x2 - x1), int(y2 - y1)))
    return image


def place(t_s, box=SPOT):
    new = Place.found("lot", "vehicle", Sighting(box, 0.8, "car"), None, t_s, t_s)
    new.stand(None, 1.0)
    return new


def shifted(dx, dy=0.0):
    return SPOT[0] + dx, SPOT[1] + dy, SPOT[2] + dx, SPOT[3] + dy


CAR = scene((1, SPOT))
EMPTY = scene()
OTHER = scene((2, SPOT))


@pytest.fixture
def watcher():
    return Watcher()


def test_between_its_rounds_the_ledger_only_notes_what_is_seen(watcher):
    here = place(1.0)
    watcher.show(CAR, [here], [SPOT], rounds=61, step=60.0)
    (vehicle,) = watcher.ledger.vehicles
    assert vehicle.diary.looks >= 60
    assert vehicle.last_seen_s == watcher.t_s


def test_what_has_no_edges_to_go_by_is_not_entered(watcher):
    plain = scene()
    plain[50:140, 90:200] = 120
    assert watcher.show(plain, [place(1.0)], [SPOT]) == []


def test_what_stands_outside_the_zone_is_not_entered():
    watcher = Watcher()
    zone = type(rule().zone)("bay", "parking", ((0, 0), (0.2, 0), (0.2, 1), (0, 1)))
    watcher.ledger = VehicleLedger("lot", [rule(zone=zone)], "Asia/Shanghai")
    assert watcher.show(CAR, [place(1.0)], [SPOT]) == []


def test_a_camera_that_looks_elsewhere_concludes_nothing(watcher):
    watcher.show(CAR, [place(1.0)], [SPOT], rounds=8)
    (vehicle,) = watcher.show(scene(seed=50), rounds=40)
    assert (vehicle.other, vehicle.place_id) == (0, None)
    watcher.ledger.turn()
    back = place(watcher.t_s)
    watcher.show(scene((5, SPOT), seed=50), [back], [SPOT], rounds=3)
    assert len({v.view for v in watcher.ledger.vehicles}) == 2
    watcher.ledger.turn()
    (first, _) = watcher.show(CAR, [place(watcher.t_s)], [SPOT], rounds=4)
    assert first.id == vehicle.id
    assert first.place_id is not None


def test_nothing_is_learned_from_a_look_that_shows_nothing(watcher):
    here = place(1.0)
    (vehicle,) = watcher.show(CAR, [here], [SPOT], rounds=8)
    learned_s = vehicle.learned_s
    plain = scene()
    plain[40:150, 80:210] = 120
    watcher.show(plain, [here], [SPOT], rounds=8)
    assert vehicle.learned_s == learned_s


def test_what_was_recognised_in_one_record_counts_in_the_other(watcher):
    watcher.show(CAR, [place(1.0)], [SPOT], rounds=2)
    (mine,) = watcher.ledger.vehicles
    other = type(mine).from_json(mine.to_json())
    other.recognised(Proof.APPEARANCE, 0.6)
    other.recognised(Proof.PLATE, 0.0)
    mine.absorb(other)
    assert mine.proofs == {"appearance": 1, "plate": 1}
    assert (mine.weakest, mine.proof) == (0.6, Proof.PLATE)


def test_a_vehicle_hidden_by_a_lorry_in_front_is_neither_seen_nor_gone(watcher):
    watcher.show(CAR, [place(1.0)], [SPOT], rounds=8)
    lorry = (70.0, 75.0, 230.0, 175.0)
    hidden = scene((1, SPOT), (30, lorry))
    (vehicle,) = watcher.show(hidden, boxes=[lorry], rounds=40)
    assert vehicle.other == vehicle.same == 0


def test_an_outline_without_a_detection_is_a_sighting(watcher):
    watcher.show(CAR, [place(1.0)], [SPOT], rounds=8)
    (vehicle,) = watcher.show(CAR, rounds=6)
    assert vehicle.last_seen_s == watcher.t_s
    assert vehicle.place_id is None
    assert vehicle.diary.days[-1].detected < vehicle.diary.days[-1].looks


def test_an_empty_spot_is_believed_at_once_if_place_memory_saw_it_leave():
    fast, slow = Watcher(), Watcher()
    for watcher in (fast, slow):
        here = place(1.0)
        watcher.show(CAR, [here], [SPOT], rounds=8)
        watcher.show(EMPTY, emptied=[here.id] if watcher is fast else ())
        watcher.show(EMPTY, rounds=4)
    assert fast.ledger.vehicles == []
    assert len(fast.left) == 1
    assert len(slow.ledger.vehicles) == 1
    slow.show(EMPTY, rounds=24)
    assert slow.ledger.vehicles == []


def test_a_vehicle_recognised_after_a_gap_takes_its_place_again(watcher):
    watcher.show(CAR, [place(1.0)], [SPOT], rounds=8)
    watcher.again()
    watcher.t_s += 9 * HOUR
    two = watcher.show(CAR, [here := place(watcher.t_s)], [SPOT])
    assert len(two) == 2
    (vehicle,) = watcher.show(CAR, [here], [SPOT])
    assert vehicle.first_seen_s == 1.0
    assert vehicle.proofs == {"appearance": 1}
    assert vehicle.diary.gaps[0].length_s == pytest.approx(9 * HOUR, abs=2 * ROUND)
    assert vehicle.diary.gaps[0].reason == "no look"


def read(watcher, vehicle, text):
    for _ in range(2):
        watcher.ledger.note_plate(vehicle.id, PlateNote(text, 0.95, watcher.t_s))


@pytest.mark.parametrize(
    ("plate", "image", "elder_stays"),
    [("浙FA1111", CAR, False), ("浙F12345", None, True), ("浙F12345", OTHER, False)],
)
def test_plates_decide_unless_the_same_one_stands_elsewhere(watcher, plate, image, elder_stays):
    """Another plate: another vehicle. The same plate: the same, unless it was parked anew."""
    (vehicle,) = watcher.show(CAR, [place(1.0)], [SPOT], rounds=8)
    read(watcher, vehicle, "浙F12345")
    watcher.t_s += 9 * HOUR
    rng = np.random.default_rng(0)
    own = texture(90, (320, 180), 1.5).astype(np.float32)  # a light in which it was never seen
    strange = np.clip(CAR * 0.3 + own * 0.5 + rng.normal(0, 9, CAR.shape), 0, 255).astype(np.uint8)
    here = place(watcher.t_s)
    watcher.show(strange if image is None else image, [here], [SPOT])
    holder = next((v for v in watcher.ledger.vehicles if v.place_id == here.id), None)
    assert holder is not None
    read(watcher, holder, plate)
    watcher.show(strange if image is None else image, [here], [SPOT], rounds=30)
    (left,) = watcher.ledger.vehicles
    assert (left.id == vehicle.id) == elder_stays
    if elder_stays:
        assert left.plates.read == 4
        assert left.proof in ("plate", "appearance")


def test_two_records_of_one_vehicle_become_the_elder_one(watcher):
    dusk = cv2.GaussianBlur((CAR * 0.35).astype(np.uint8), (0, 0), 1.2)
    first = watcher.show(CAR, [place(1.0)], [SPOT], rounds=8)[0]
    watcher.t_s += 2 * HOUR
    elder = watcher.ledger.vehicles[0]
    elder.place_id = None
    night = place(watcher.t_s)
    watcher.show(dusk, [night], [SPOT])
    younger = watcher.ledger.vehicles[-1]
    younger.lose("not seen")
    elder.place_id, elder.last_seen_s = night.id, watcher.t_s
    days = elder.diary.looks
    (vehicle,) = watcher.show(dusk, [night], [SPOT], rounds=3)
    assert vehicle.id == first.id
    assert vehicle.diary.looks > days
    assert younger.id in watcher.left


def test_a_twin_that_came_between_two_looks_is_found_out(watcher):
    """Place memory took them for one; the exact outline says otherwise."""
    here = place(1.0)
    (first,) = watcher.show(CAR, [here], [SPOT], rounds=20)
    twin = scene((1, shifted(6, 3)))
    watcher.show(twin, [here], [SPOT], rounds=20)
    assert [v.id for v in watcher.ledger.vehicles] == [first.id]
    (second,) = watcher.show(twin, [here], [SPOT], rounds=12)
    assert second.id != first.id
    assert second.first_seen_s > 20 * ROUND
    assert first.id in watcher.left


def test_a_passing_change_of_looks_is_forgotten(watcher):
    here = place(1.0)
    (first,) = watcher.show(CAR, [here], [SPOT], rounds=20)
    for _ in range(3):  # somebody leans a board against it for two hours
        watcher.show(OTHER, [here], [SPOT], rounds=12)
        watcher.show(CAR, [here], [SPOT], rounds=3)
    assert [v.id for v in watcher.ledger.vehicles] == [first.id]
    assert first.other == 0


def test_a_violation_of_a_vehicle_that_leaves_is_over_and_only_once(watcher):
    here = place(1.0)
    watcher.show(CAR, [here], [SPOT], rounds=160)
    (violation,) = watcher.raised
    assert violation.started_s == 1.0
    assert violation.facts["days_standing"].value == 1
    assert watcher.whereabouts(violation) is Whereabouts.STANDING
    watcher.again()
    watcher.show(EMPTY, emptied=[here.id])
    assert watcher.whereabouts(violation) is Whereabouts.HIDDEN
    watcher.show(EMPTY, rounds=8)
    assert [v.id for v in watcher.ended] == [violation.id]
    watcher.show(EMPTY, rounds=8)
    assert len(watcher.ended) == 1
    watcher.again()
    assert watcher.whereabouts(violation) is Whereabouts.GONE
    watcher.show(OTHER, [place(watcher.t_s)], [SPOT], rounds=2)
    assert watcher.whereabouts(violation) is Whereabouts.OCCUPIED
    watcher.ledger.turn()
    assert watcher.whereabouts(violation) is Whereabouts.UNKNOWN
    assert watcher.ledger.whereabouts("another", 0.0) is Whereabouts.UNKNOWN


def test_one_out_of_sight_for_a_week_is_given_up_unless_a_case_waits_for_it():
    plain, waited_for = Watcher(dwell_days=90), Watcher()
    for watcher in (plain, waited_for):
        watcher.show(CAR, [place(1.0)], [SPOT], rounds=150)
        watcher.show(scene(seed=50), step=8 * 86400.0, rounds=2)
    assert plain.ledger.vehicles == []
    assert len(waited_for.ledger.vehicles) == 1
    assert waited_for.ended == []
    waited_for.show(scene(seed=50), step=61 * 86400.0)
    assert len(waited_for.ended) == 1
    assert waited_for.whereabouts(waited_for.ended[0]) is Whereabouts.UNKNOWN


def test_the_number_of_vehicles_is_bounded(watcher):
    watcher.show(CAR, [place(1.0)], [SPOT], rounds=2)
    first = watcher.ledger.vehicles[0]
    clones = [
        type(first).from_json({**first.to_json(), "id": str(n)}) for n in range(VEHICLES_KEPT + 50)
    ]
    watcher.ledger.vehicles = clones
    watcher.show(CAR, step=ROUND)
    assert len(watcher.ledger.vehicles) <= VEHICLES_KEPT


def test_a_snapshot_is_small(watcher):
    watcher.show(CAR, [place(1.0)], [SPOT], rounds=300)
    (vehicle,) = watcher.ledger.vehicles
    per_look = len(json.dumps(vehicle.to_json())) / len(vehicle.looks)
    assert per_look < 8000


def test_nothing_is_where_no_view_is_known_yet(watcher):
    assert watcher.ledger.boxes((320, 180)) == {}
    assert watcher.ledger.suspects == {}
    assert watcher.ledger.plates_due == []
