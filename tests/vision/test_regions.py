"""Things without a firm shape: raised once, begun and ended in time, whatever they do meanwhile."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import Phase, given, settings, strategies as st

from vision.analyser import CameraAnalyser
from vision.boxes import overlap
from vision.detections import Detections
from vision.frame import Image
from vision.place import State
from vision.places import Scenery
from vision.regions import RegionMemory, merged
from vision.rules.groups import Group
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.zone import Zone

T0 = 1_795_406_400.0  # noon in Shanghai
SLOW = ("hanging_laundry", "barbecue_grill", "smoke")
FAST = ("person", "bus")
LINE = (100.0, 40.0, 200.0, 80.0)
EVERYWHERE = Zone("street", "facade", ((0, 0), (1, 0), (1, 1), (0, 1)))
PICTURE: Image = np.random.default_rng(0).integers(60, 200, (180, 320, 3), np.uint8)
NIGHT: Image = (PICTURE // 6).astype(np.uint8)


def seen(*things: tuple, names: tuple[str, ...] = SLOW + FAST) -> Detections:
    """Detections from (name, box, score) triples."""
    boxes, ids = [box for _, box, _ in things], [names.index(name) for name, _, _ in things]
    return Detections.of(boxes, [score for *_, score in things], ids, names)


def washing(score: float = 0.6, box: tuple = LINE) -> tuple:
    return ("hanging_laundry", box, score)


def analyser(kind: str = "hanging_laundry", dwell_s: float | None = None) -> CameraAnalyser:
    row = KINDS[kind]
    return CameraAnalyser(
        "gate", [Rule(row, EVERYWHERE, row.dwell_s if dwell_s is None else dwell_s)]
    )


class Watched:
    """An analyser, and everything that it raised and ended."""

    def __init__(self, camera: CameraAnalyser | None = None) -> None:
        self.camera = camera or analyser()
        self.raised: list = []
        self.ended: list = []

    def look(self, t_s: float, *things: tuple, picture: Image = PICTURE, names=SLOW + FAST):
        found = self.camera.update(T0 + t_s, seen(*things, names=names), picture)
        self.raised += found.raised
        self.ended += found.ended
        return found

    def restart(self) -> None:
        memory = self.camera.snapshot()
        self.camera = analyser()
        self.camera.restore(memory)


def test_washing_out_for_half_an_hour_is_raised_once_and_closed_when_it_is_in() -> None:
    watched = Watched()
    for t_s in range(0, 3600, 60):
        out = 300 <= t_s < 2100
        watched.look(t_s, *[washing()] if out else [])
    assert [v.started_s - T0 for v in watched.raised] == [300]
    assert watched.raised[0].raised_s - T0 <= 300 + 600 + 60
    assert [v.ended_s - T0 for v in watched.ended] == [2100]
    assert watched.camera.places == []


@settings(max_examples=12, deadline=None, derandomize=True, database=None, phases=(Phase.generate,))
@given(
    lot=st.integers(0, 10_000), start_s=st.integers(0, 30), interval_s=st.sampled_from([20, 60, 90])
)
def test_swaying_missed_and_partly_taken_in_washing_is_one_case(lot, start_s, interval_s) -> None:
    """Chance is drawn from one number, as shrinking hours of looks would take minutes."""
    rng, watched, missed = np.random.default_rng(lot), Watched(), 0
    start_s *= 30
    for look in range(0, 5400, interval_s):
        out = start_s <= look < start_s + 3600
        hit = out and (missed >= 1 or rng.uniform() > 0.25 or look - start_s < 200)
        missed = 0 if hit else missed + 1
        (dx, dy), garments = rng.integers((-12, -6), (13, 7)), rng.integers(1, 5)
        boxes = [(100 + dx + 26 * n, 40 + dy, 122 + dx + 26 * n, 80 + dy) for n in range(garments)]
        watched.look(look, *[washing(0.5, box) for box in boxes] if hit else [])
    assert len(watched.raised) == 1
    assert watched.raised[0].started_s - T0 - start_s <= interval_s + 2
    assert [v.id for v in watched.ended] == [watched.raised[0].id]


def test_two_ends_of_one_line_become_one_case() -> None:
    left, right = (100.0, 40.0, 122.0, 80.0), (150.0, 40.0, 172.0, 80.0)
    watched = Watched()
    for n, t_s in enumerate(range(0, 900, 20)):
        ends = left if n % 2 else right
        watched.look(t_s, washing(box=ends if t_s < 200 else (100.0, 40.0, 172.0, 80.0)))
    assert [v.started_s - T0 for v in watched.raised] == [0]
    assert len(watched.camera.places) == 1


def test_a_stall_that_is_now_and_then_taken_for_a_grill_is_none() -> None:
    """Its own box, by its own name, does not hide it from the looks that find no grill."""
    watched, pots = Watched(analyser("open_air_barbecue")), (150.0, 120.0, 190.0, 150.0)
    for t_s in range(0, 7200, 60):
        grill = [("barbecue_grill", pots, 0.5)] if t_s % 240 == 0 else []
        stall = ("street_stall", (149.0, 119.0, 191.0, 151.0), 0.7)
        watched.look(t_s, stall, *grill, names=(*SLOW, *FAST, "street_stall"))
    assert watched.raised == []


def test_a_banner_between_two_lines_makes_no_one_case_of_them() -> None:
    watched = Watched()
    left, right, banner = (10.0, 40, 70, 80), (210.0, 40, 270, 80), (110.0, 45, 170, 75)
    for n, t_s in enumerate(range(0, 1500, 60)):
        doubtful = [washing(box=banner)] if n % 3 == 0 else []
        watched.look(t_s, washing(box=left), washing(box=right), *doubtful)
    assert sorted(v.box_xyxy[0] for v in watched.raised) == [10, 210]


def test_two_lines_that_were_raised_apart_stay_two_cases() -> None:
    memory = RegionMemory("gate", KINDS["hanging_laundry"].things)
    scenery, still = Scenery(lambda _: None, lambda _: None), np.zeros(2, bool)
    far = (260.0, 40.0, 310.0, 80.0)
    for t_s in (0.0, 60.0, 120.0):
        both = seen(washing(), washing(box=far))
        memory.update(t_s, both, np.zeros((0, 4), np.float32), scenery, still)
    first, second = memory.places
    first.raised = second.raised = True
    second.box = first.box
    memory.update(180.0, seen(washing(), washing()), np.zeros((0, 4), np.float32), scenery, still)
    assert len(memory.places) == 2


def test_what_a_look_could_not_have_found_changes_nothing() -> None:
    watched = Watched()
    for t_s in range(0, 660, 60):
        watched.look(t_s, washing())
        for fast_s in range(2, 60, 2):
            watched.look(t_s + fast_s, names=FAST)
    assert [v.started_s - T0 for v in watched.raised] == [0]
    place = watched.camera.places[0]
    assert place.unobserved_s == 0
    assert place.support == 1


def test_a_bus_in_front_and_a_camera_that_was_down_are_no_absence() -> None:
    watched = Watched()
    for t_s in range(0, 1800, 60):
        behind = 600 < t_s < 1200
        bus = ("bus", (60.0, 0.0, 300.0, 170.0), 0.9)
        watched.look(t_s, bus if behind else washing())
    for t_s in range(1800 + 6 * 3600, 1800 + 6 * 3600 + 600, 60):
        watched.look(t_s, washing())
    assert len(watched.raised) == 1
    assert watched.ended == []
    place = watched.camera.places[0]
    assert place.unobserved_s >= 6 * 3600
    assert place.state is State.STANDING


def test_what_a_camera_could_not_judge_is_unobserved() -> None:
    watched = Watched()
    for t_s in range(0, 600, 60):
        watched.look(t_s, washing())
    black = np.zeros_like(PICTURE)
    for t_s in range(600, 3600, 60):
        watched.look(t_s, picture=black)
    for t_s in range(3600, 4200, 60):
        watched.look(t_s, washing())
    assert len(watched.raised) == 1
    assert watched.ended == []
    assert watched.camera.places[0].unobserved_s > 2000


def test_clothes_on_a_person_are_no_washing_and_clothes_beside_one_are() -> None:
    worn, beside = Watched(), Watched()
    for t_s in range(0, 1500, 60):
        worn.look(t_s, washing(), ("person", (95.0, 30.0, 205.0, 150.0), 0.8))
        beside.look(t_s, washing(), ("person", (205.0, 30.0, 260.0, 150.0), 0.8))
    assert worn.raised == []
    assert len(beside.raised) == 1


def test_washing_is_not_judged_in_the_dark_and_still_there_in_the_morning() -> None:
    watched = Watched()
    for t_s in range(0, 900, 60):
        watched.look(t_s, washing())
    for t_s in range(900, 900 + 8 * 3600, 60):
        watched.look(t_s, picture=NIGHT)
    for t_s in range(900 + 8 * 3600, 2400 + 8 * 3600, 60):
        watched.look(t_s, washing())
    assert len(watched.raised) == 1
    assert watched.ended == []


def test_a_passing_mistake_never_stands() -> None:
    watched = Watched(analyser(dwell_s=0))
    for t_s in range(0, 3600, 60):
        watched.look(t_s, *[washing()] if t_s % 600 == 0 else [])
    assert watched.raised == []


def test_a_grill_that_comes_and_goes_is_one_case_and_another_evening_another() -> None:
    watched = Watched(analyser("open_air_barbecue"))
    grill = ("barbecue_grill", (150.0, 120.0, 190.0, 150.0), 0.7)
    for t_s in range(0, 7200, 60):
        lit = (t_s < 1200 and t_s % 360 != 300) or 5400 <= t_s < 6600
        watched.look(t_s, *[grill] if lit else [], picture=NIGHT)
    assert [v.started_s - T0 for v in watched.raised] == [0, 5400]
    assert len(watched.ended) == 2


def test_a_rejected_region_stays_quiet_when_it_is_back_and_after_a_restart() -> None:
    watched = Watched()
    for t_s in range(0, 900, 60):
        watched.look(t_s, washing())
    watched.camera.reject(watched.raised[0].id)
    for t_s in range(900, 2400, 60):
        watched.look(t_s)
    watched.restart()
    for t_s in range(2400, 4200, 60):
        watched.look(t_s, washing())
    assert len(watched.raised) == 1
    for t_s in range(4200, 5400, 60):
        watched.look(t_s)
    for t_s in range(5400 + 8 * 86400, 7200 + 8 * 86400, 60):
        watched.look(t_s, washing())
    assert len(watched.raised) == 2


def test_a_camera_that_turned_away_ends_what_it_no_longer_sees_and_knows_it_again() -> None:
    memory = RegionMemory("gate", replace(KINDS["hanging_laundry"].things, stand_looks=1))
    scenery = Scenery(lambda _: None, lambda _: None)
    still, none = np.zeros(1, bool), np.zeros((0, 4), np.float32)
    for t_s in (0.0, 60.0):
        memory.update(t_s, seen(washing()), none, scenery, still)
    (place,) = memory.places
    assert [p.id for p in memory.forget(90.0).ended] == [place.id]
    for t_s in (120.0, 180.0):
        memory.update(t_s, seen(washing()), none, scenery, still)
    assert [p.id for p in memory.places] == [place.id]
    memory.rescale((2.0, 1.0))
    assert memory.places[0].box == pytest.approx((200, 40, 400, 80))
    with pytest.raises(ValueError, match="forward in time"):
        memory.update(180.0, seen(washing()), none, scenery, still)


def test_what_begins_elsewhere_is_not_what_was_lost_from_view() -> None:
    memory = RegionMemory("gate", KINDS["hanging_laundry"].things)
    scenery, none = Scenery(lambda _: None, lambda _: None), np.zeros((0, 4), np.float32)
    for t_s in (0.0, 60.0, 120.0):
        memory.update(t_s, seen(washing()), none, scenery, np.zeros(1, bool))
    (lost,) = memory.forget(130.0).ended
    there, doubtful = (260.0, 40.0, 310.0, 80.0), (260.0, 120.0, 310.0, 160.0)
    for t_s in (180.0, 240.0, 300.0):
        both = seen(washing(box=there), washing(0.12, doubtful))
        memory.update(t_s, both, none, scenery, np.zeros(2, bool))
    assert [p.stood for p in memory.places] == [True]
    assert memory.places[0].id != lost.id


def test_what_was_only_inferred_to_be_gone_is_forgotten_after_a_while() -> None:
    group = Group("smoke", frozenset({"smoke"}), "region", stand_looks=1, remember_s=100)
    memory = RegionMemory("gate", group)
    scenery = Scenery(lambda _: None, lambda _: None)
    none = np.zeros((0, 4), np.float32)
    smoke = seen(("smoke", LINE, 0.6))
    for t_s in (0.0, 60.0):
        memory.update(t_s, smoke, none, scenery, np.zeros(1, bool))
    first = memory.places[0].id
    memory.forget(90.0)
    changes = memory.update(300.0, seen(), none, scenery, np.zeros(0, bool))
    assert changes.left == [first]
    for t_s in (360.0, 420.0):
        memory.update(t_s, smoke, none, scenery, np.zeros(1, bool))
    assert [p.id for p in memory.places] != [first]


def test_garments_of_a_line_are_one_and_of_another_floor_are_not() -> None:
    line = [washing(0.4 + n / 10, (100 + 30 * n, 40, 122 + 30 * n, 80)) for n in range(3)]
    above = washing(0.5, (100, 0, 122, 10))
    found = merged(seen(*line, above), 0.75)
    assert sorted(s.box for s in found) == [(100, 0, 122, 10), (100, 40, 182, 80)]
    assert max(s.score for s in found) == pytest.approx(0.6)
    assert merged(seen(), 0.75) == []


def test_the_overlap_is_that_of_the_smaller_one() -> None:
    shared = overlap(
        np.array([[0, 0, 10, 10]], np.float32), np.array([[5, 0, 105, 100]], np.float32)
    )
    assert shared[0, 0] == pytest.approx(0.5)
