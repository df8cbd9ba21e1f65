"""Vehicles over days: what makes one a zombie, and what must not."""

import json
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from tests.vision.ledger.lot import DAY, HOUR, STEP, T0, Lot, during, ends, rule, starts
from vision.analyser import CameraAnalyser
from vision.identity import Failure, PlateNote
from vision.whereabouts import Whereabouts

H = HOUR / DAY
NIGHTS = tuple((d + 20 * H, d + 1 + 6 * H) for d in range(-1, 10))
STAYS = (0.3, 99, 1, 0, 0)


def test_a_vehicle_that_stays_is_raised_once_with_its_facts():
    raised, ended, _ = Lot(STAYS).watch(5)
    assert starts(raised) == [pytest.approx(0.3, abs=STEP / DAY)]
    assert ended == []
    facts = {name: fact.value for name, fact in raised[0].facts.items()}
    assert (facts["days_standing"], facts["days_sighted"]) == (3, 4)
    assert facts["first_date"] == "2026-11-23"
    assert facts["identity"] == "continuity"
    assert facts["longest_gap_s"] == 0
    assert facts["observed_s"] == pytest.approx(3 * DAY, rel=0.02)
    assert raised[0].box_xyxy == pytest.approx((100, 60, 190, 130), abs=3)


@pytest.mark.parametrize("hours", [4, 8, 24])
def test_looks_a_few_times_a_day_make_one_case(hours):
    raised, _, analyser = Lot(STAYS).watch(8, step=hours * HOUR)
    assert starts(raised) == [pytest.approx(0.3, abs=hours / 24)]
    assert raised[0].facts["identity"].value == "appearance"
    assert len(analyser.snapshot()["ledger"]["vehicles"]) == 1


def test_dark_nights_are_gaps_and_not_absences():
    raised, ended, _ = Lot(STAYS, dark=NIGHTS).watch(5)
    assert len(raised) == 1
    assert ended == []
    facts = {name: fact.value for name, fact in raised[0].facts.items()}
    assert facts["identity"] == "appearance"
    assert facts["gaps"] == facts["recognised_by_appearance"] == 3
    assert facts["longest_gap_s"] == pytest.approx(10 * HOUR, abs=3 * STEP)
    assert 0.3 <= facts["weakest_likeness"] <= 1


def test_a_twin_parked_anew_after_a_night_is_another_vehicle():
    first, twin = (0.3, 1.9, 1, 0, 0), (1.95, 9, 1, 6, 3)
    raised, ended, analyser = Lot(first, twin, dark=NIGHTS).watch(4.5)
    assert raised == ended == []
    raised, _, _ = Lot(first, twin, dark=NIGHTS).watch(6, analyser, 4.5)
    assert starts(raised) == [pytest.approx(2 + 6 * H, abs=2 * STEP / DAY)]


def test_another_vehicle_after_a_night_is_another_vehicle():
    raised, _, _ = Lot((0.3, 1.9, 1, 0, 0), (1.95, 9, 2, 0, 0), dark=NIGHTS).watch(4.5)
    assert raised == []


def test_one_that_drives_every_day_and_comes_back_is_no_zombie():
    offsets = ((0, 0), (5, 2), (-4, 3), (6, -2), (-6, -3), (3, 5), (-3, 4), (5, -4))
    stays = [(d - 7 * H, d + 8 * H, 1, dx, dy) for d, (dx, dy) in enumerate(offsets)]
    raised, _, analyser = Lot(*stays).watch(7.5)
    assert raised == []
    assert len(analyser.snapshot()["ledger"]["vehicles"]) <= 2


def test_a_violation_ends_when_the_vehicle_leaves():
    raised, ended, _ = Lot((0.3, 4.5, 1, 0, 0)).watch(5.5)
    assert [v.id for v in ended] == [raised[0].id]
    assert ends(ended) == [pytest.approx(4.5, abs=2 * STEP / DAY)]


def test_a_violation_ends_when_another_vehicle_is_there_after_a_night():
    lot = Lot((0.3, 4.0, 1, 0, 0), (4.1, 9, 2, 0, 0), dark=NIGHTS)
    raised, ended, _ = lot.watch(5.5)
    assert [v.id for v in ended] == [raised[0].id]
    assert ends(ended) == [pytest.approx(3 + 20 * H, abs=2 * STEP / DAY)]


@pytest.mark.parametrize(
    "trouble",
    [
        {"down": ((1.2, 2.4),)},
        {"front": ((1.3, 1.9),)},
        {"nudge": ((1.5, 4, -3),)},
        {"nudge": ((1.5, 4, -3), (2.5, -3, 2)), "dark": NIGHTS},
        {"unseen": ((1.0, 1.4), (2.0, 2.3))},
        {"rain": ((1.2, 1.8),), "dark": NIGHTS},
        {"shade": ((1.3, 1.6), (2.3, 2.7)), "dark": NIGHTS},
    ],
)
def test_no_trouble_makes_it_two_or_none(trouble):
    raised, ended, _ = Lot(STAYS, **trouble).watch(4.4)
    assert starts(raised) == [pytest.approx(0.3, abs=STEP / DAY)]
    assert ended == []


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    night=st.booleans(),
    down=st.tuples(st.floats(0.5, 3), st.floats(0.05, 1)),
    front=st.tuples(st.floats(0.5, 3), st.floats(0.05, 0.5)),
    nudge=st.tuples(st.floats(0.5, 3), st.integers(-4, 4), st.integers(-4, 4)),
    cut=st.floats(0.5, 4),
)
def test_whatever_happens_one_that_stays_is_raised_once(night, down, front, nudge, cut):
    lot = Lot(
        STAYS,
        dark=NIGHTS if night else (),
        down=((down[0], down[0] + down[1]),),
        front=((front[0], front[0] + front[1]),),
        nudge=(nudge,),
    )
    raised, ended, analyser = lot.watch(cut)
    saved = json.loads(json.dumps(analyser.snapshot()))
    again = CameraAnalyser("lot", [rule()])
    again.restore(saved)
    assert json.loads(json.dumps(again.snapshot()))["ledger"] == saved["ledger"]
    later = lot.watch(5.2, again, cut)
    assert starts(raised + later[0]) == [pytest.approx(0.3, abs=STEP / DAY)]
    assert ended + later[1] == []


@pytest.mark.slow
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    change=st.floats(1, 3),
    model=st.sampled_from([1, 2, 3]),
    offset=st.tuples(st.sampled_from([-7, -5, 5, 7]), st.sampled_from([-5, -3, 3, 5])),
    night=st.booleans(),
)
def test_whoever_comes_after_it_stands_there_anew(change, model, offset, night):
    first, second = (0.3, change, 1, 0, 0), (change + 0.1, 9, model, *offset)
    raised, _, _ = Lot(first, second, dark=NIGHTS if night else ()).watch(change + 3.0)
    assert raised == [] or min(starts(raised)) >= change


def test_a_week_without_a_sighting_starts_the_count_anew():
    raised, _, _ = Lot(STAYS, down=((1, 8.5),)).watch(10, CameraAnalyser("lot", [rule(2)]))
    assert raised == []
    raised, _, _ = Lot(STAYS, down=((1, 8.5),)).watch(11, CameraAnalyser("lot", [rule(2)]))
    assert starts(raised) == [pytest.approx(8.5, abs=0.02)]


@pytest.mark.parametrize("permitted", [False, True])
def test_a_rejected_or_permitted_vehicle_stays_quiet_until_another_one_stands_there(permitted):
    lot = Lot((0.1, 4.0, 1, 0, 0), (4.2, 99, 2, 0, 0))
    raised, _, analyser = lot.watch(3.5, CameraAnalyser("lot", [rule(1)]))
    assert len(raised) == 1
    since_s = T0 + 3.4 * DAY
    assert analyser.whereabouts(raised[0].id, since_s) is Whereabouts.STANDING
    if permitted:
        analyser.excuse(raised[0].id, since_s)
    else:
        analyser.reject(raised[0].id)
    assert lot.watch(4.0, analyser, 3.5)[0] == []
    again, _, _ = lot.watch(6, analyser, 4.0)
    assert starts(again) == [pytest.approx(4.2, abs=STEP / DAY)]


def test_evidence_is_gathered_once_a_vehicle_has_stood_for_hours():
    seen = {}
    Lot(STAYS).watch(0.6, each=lambda day, a, _: seen.update({day: (a.suspects, a.boxes)}))
    early = [day for day, (suspects, _) in seen.items() if suspects]
    assert min(early) == pytest.approx(0.3 + 4 * H, abs=2 * STEP / DAY)
    suspects, boxes = seen[max(seen)]
    assert set(suspects) <= set(boxes)
    assert boxes[next(iter(suspects))] == pytest.approx((100, 60, 190, 130), abs=3)


def note(text, day, confidence=0.95):
    return PlateNote(text, confidence, T0 + day * DAY)


def test_two_readings_of_another_plate_make_it_another_vehicle():
    _, _, analyser = Lot(STAYS).watch(1.0)
    (vehicle,) = analyser.plates_due
    for text in ("浙F12345", "浙F12345", "浙F12346", ""):
        analyser.note_plate(vehicle, note(text, 1.0))
    assert analyser.plates_due == []
    raised, _, analyser = Lot(STAYS).watch(2.0, analyser, 1.0)
    analyser.note_plate(vehicle, note("浙FA8888", 2.0))
    raised, _, analyser = Lot(STAYS).watch(2.5, analyser, 2.0)
    analyser.note_plate(vehicle, note("浙FA8888", 2.5))
    raised, _, _ = Lot(STAYS).watch(6.0, analyser, 2.5)
    assert starts(raised) == [pytest.approx(2.5, abs=2 * STEP / DAY)]


def test_a_plate_that_could_not_be_read_is_tried_again_in_another_light():
    _, _, analyser = Lot(STAYS).watch(1.0)
    (vehicle,) = analyser.plates_due
    analyser.note_plate(vehicle, note("", 1.0))
    assert analyser.plates_due == []
    _, _, analyser = Lot(STAYS).watch(1.3, analyser, 1.0)
    assert analyser.plates_due == [vehicle]
    analyser.note_plate(vehicle, note("浙F12345", 1.3))
    _, _, analyser = Lot(STAYS).watch(1.7, analyser, 1.3)
    assert analyser.plates_due == []


def test_plates_are_not_asked_for_where_no_case_tells_them():
    quiet = rule(3)
    quiet = replace(quiet, kind=replace(quiet.kind, plate=False))
    _, _, analyser = Lot(STAYS).watch(1.0, CameraAnalyser("lot", [quiet]))
    assert analyser.plates_due == []


def test_a_known_plate_is_among_the_facts():
    _, _, analyser = Lot(STAYS).watch(1.0)
    for text in ("浙F12345", "", "浙F12345"):
        analyser.note_plate(analyser.places[0].id, note(text, 1.0))
    (violation,) = Lot(STAYS).watch(4.0, analyser, 1.0)[0]
    facts = {name: fact.value for name, fact in violation.facts.items()}
    assert (facts["plate"], facts["plate_readings"], facts["plate_unread"]) == ("浙F12345", 2, 1)
    assert "plate_not_found" not in facts
    assert "plate_small" not in facts


def test_how_often_no_plate_was_found_is_a_fact_and_changes_nothing_else():
    _, _, analyser = Lot(STAYS).watch(1.0)
    for failure in (Failure.NOT_FOUND, Failure.NOT_FOUND, Failure.SMALL, Failure.OTHER):
        failed = PlateNote("", 0.0, T0 + DAY, failure)
        analyser.note_plate(analyser.places[0].id, failed)
    (violation,) = Lot(STAYS).watch(4.0, analyser, 1.0)[0]
    told = {n: f.value for n, f in violation.facts.items() if n.startswith("plate")}
    assert told == {
        "plate_readings": 0, "plate_unread": 4, "plate_not_found": 2, "plate_small": 1
    }  # fmt: skip
    (quiet,) = Lot(STAYS).watch(4.0)[0]
    assert (violation.started_s, violation.score) == (quiet.started_s, quiet.score)


def test_without_a_rule_for_it_no_ledger_is_kept():
    analyser = CameraAnalyser("lot", [])
    analyser.note_plate("x", note("浙F12345", 0))
    assert analyser.plates_due == []
    assert analyser.snapshot()["ledger"] is None


class Blinking(Lot):
    """A bay before which a lorry parks that the detector misses in one look of three."""

    def detections(self, day, rng):
        seen = super().detections(day, rng)
        missed = during(self.front, day) and round(day * 48) % 3 == 0
        return seen[:0] if missed else seen


def test_a_lorry_that_is_missed_now_and_then_is_in_front_all_the_same():
    raised, _, _ = Blinking((0, 5, 1, 0, 0), front=((1.5, 2.5),)).watch(4.0)
    assert starts(raised) == [0.0]
