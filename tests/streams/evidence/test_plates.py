"""When plates are read while something stands, and what its case then says of them."""

from dataclasses import replace

import numpy as np
import pytest

from models.plate_grammar import Sign
from models.plate_reading import PlateReading, Unread
from streams.evidence import casework
from streams.evidence.dossier import Role
from streams.evidence.plates import (
    LARGE_PX,
    MOST_KEPT,
    MOST_TRIES,
    PlateLook,
    is_best,
    plate_facts,
    plate_note,
    read_at,
    wants_look,
    with_look,
    with_plate,
)
from streams.evidence.shown import Shown
from tests.streams.evidence.test_casework import PARKED, START_S, Scene, cut
from vision.findings import Findings
from vision.identity import Failure, PlateNote
from vision.violation import Fact


def reading(text="浙F12345", confidence=0.95, reason=Unread.NONE):
    signs = tuple(Sign(sign, confidence) for sign in text)
    return PlateReading(signs, "ordinary", "blue", 120.0, reason)


UNSURE = reading(confidence=0.6, reason=Unread.UNSURE)
SMALL = PlateReading((), "", "blue", 60.0, Unread.TOO_SMALL)


def looks(*readings, every_s=10.0):
    return [PlateLook(n * every_s, reading) for n, reading in enumerate(readings)]


def told(*readings):
    return {name: fact.value for name, fact in plate_facts(looks(*readings)).items()}


def test_readings_that_agree_make_a_plate_with_its_colour_and_confidences():
    assert told(reading(), SMALL, reading(confidence=0.97)) == {
        "plate": "浙F12345",
        "plate_colour": "blue",
        "plate_confidence": pytest.approx(0.96, abs=0.001),
        "plate_signs": "浙 0.96 F 0.96 1 0.96 2 0.96 3 0.96 4 0.96 5 0.96",
        "plate_readings": 2,
        "plate_unread": 1,
    }


@pytest.mark.parametrize(
    ("readings", "why"),
    [
        ((), "not_tried"),
        ((SMALL, SMALL, UNSURE), "too_small"),
        ((UNSURE,), "unsure"),
        ((reading(), reading("浙F12346")), "disagree"),
    ],
)
def test_a_plate_that_is_not_known_has_a_reason(readings, why):
    facts = told(*readings)
    assert facts["plate_problem"] == why
    assert "plate" not in facts


def test_the_ledgers_count_has_its_say():
    counted = {"plate": Fact("浙F12345"), "plate_readings": Fact(9), "plate_unread": Fact(20)}
    facts = with_plate(counted, looks(reading()))
    assert (facts["plate_readings"].value, facts["plate_unread"].value) == (9, 20)
    assert facts["plate_colour"].value == "blue"
    other = with_plate(counted, looks(reading("浙F99999")))
    assert other == counted
    nothing = with_plate({"plate_readings": Fact(0), "plate_unread": Fact(3)}, looks(SMALL))
    assert nothing["plate_problem"].value == "too_small"
    assert nothing["plate_unread"].value == 3
    assert with_plate(counted, looks(SMALL)) == counted


def test_attempts_come_ever_more_rarely_and_end_with_agreement():
    assert wants_look([], 0.0)
    one = looks(SMALL)
    assert not wants_look(one, 9.0)
    assert wants_look(one, 10.0)
    assert not wants_look(looks(SMALL, SMALL), 29.0)
    assert wants_look(looks(SMALL, SMALL), 30.0)
    assert not wants_look(looks(reading(), reading()), 1e6)
    assert wants_look(looks(reading(), reading("浙F12346")), 1e6)
    assert not wants_look(looks(*[SMALL] * MOST_TRIES), 1e6)


def test_the_surest_attempts_are_kept():
    kept = []
    for look in looks(*[SMALL] * MOST_KEPT, reading()):
        kept = with_look(kept, look)
    assert len(kept) == MOST_KEPT
    assert kept[-1].reading.text == "浙F12345"
    assert PlateLook.from_json(kept[-1].to_json()) == kept[-1]


def test_a_vehicle_is_shown_with_its_bumpers(scene_image):
    shown = []

    def read(image):
        shown.append(image.shape)
        return replace(reading(), box=(4.0, 3.0, 14.0, 6.0))

    found = read_at(scene_image, (100, 50, 140, 70), read)
    assert found.box == (102.0, 52.0, 112.0, 55.0)
    read_at(scene_image, (-20, -20, 40, 20), read)
    assert shown == [(22, 44, 3), (22, 43, 3)]
    assert read_at(scene_image, (0, 0, 9, 9), lambda _: None) is None


def test_the_surest_reading_is_shown():
    assert is_best([], reading())
    assert not is_best([], SMALL)
    assert not is_best(looks(reading()), reading(confidence=0.92))
    assert is_best(looks(SMALL, UNSURE), reading())


WIDE = LARGE_PX / 1.2
"""Height of a vehicle as wide as is large enough, seen from its front."""


@pytest.mark.parametrize(
    ("seen", "size_wh", "failure"),
    [
        (PlateReading(), (LARGE_PX, WIDE), Failure.NOT_FOUND),
        (PlateReading(), (LARGE_PX - 1, WIDE), Failure.SMALL),
        (SMALL, (LARGE_PX, WIDE), Failure.SMALL),
        (UNSURE, (LARGE_PX, WIDE), Failure.OTHER),
        (reading("浙F123", reason=Unread.NO_SUCH_PLATE), (LARGE_PX, WIDE), Failure.OTHER),
        (PlateReading(), (LARGE_PX, LARGE_PX / 1.6), Failure.OTHER),  # from the side
        (PlateReading(), (LARGE_PX, LARGE_PX / 1.5), Failure.NOT_FOUND),
    ],
)
def test_no_plate_is_told_only_of_a_vehicle_that_would_show_one(seen, size_wh, failure):
    box = (30.0, 20.0, 30.0 + size_wh[0], 20.0 + size_wh[1])
    note = plate_note(PlateLook(5.0, seen), box, (1920, 1080))
    assert note == PlateNote("", seen.confidence, 5.0, failure)


@pytest.mark.parametrize(("x1", "y1"), [(1, 20), (1920 - 599, 20), (30, 1), (30, 1080 - 499)])
def test_of_a_vehicle_that_is_cut_off_nothing_is_told(x1, y1):
    box = (float(x1), float(y1), x1 + 598.0, y1 + 498.0)
    assert plate_note(PlateLook(5.0, PlateReading()), box, (1920, 1080)).failure is Failure.OTHER


def test_the_widest_vehicle_that_is_large_enough_has_a_legible_plate():
    assert pytest.approx(94.0) == 0.44 / 2.55 * LARGE_PX


def test_a_plate_that_was_read():
    note = plate_note(PlateLook(5.0, reading()), (9.0, 9.0, 900.0, 700.0), (1920, 1080))
    assert (note.text, note.confidence, note.t_s) == ("浙F12345", pytest.approx(0.95), 5.0)


class AlwaysDue:
    """A ledger that wants the plate of one vehicle again and again, and what it is told."""

    suspects = {"car": START_S}  # noqa: RUF012
    plates_due, plated, boxes = ["car"], frozenset(), {"car": (10.0, 20.0, 600.0, 470.0)}

    def __init__(self):
        self.told = []

    def note_plate(self, _, note):
        self.told.append(note)


def test_that_no_plate_is_there_any_more_is_told_after_any_number_of_readings(tmp_path):
    """All attempts that a dossier keeps may be sure; the ledger hears of the failed one as well."""
    analyser = AlwaysDue()
    large = np.zeros((720, 1280, 3), np.uint8)
    clerk = Clerk(*[reading()] * MOST_KEPT, PlateReading(), PlateReading())
    scene = Scene(tmp_path, answer=cut, read_plate=clerk)
    for n in range(MOST_KEPT + 2):
        t_s = START_S + 60 + 10 * n
        scene.casework.look(t_s, Shown(large), analyser, Findings())
    assert [note.text for note in analyser.told] == ["浙F12345"] * MOST_KEPT + ["", ""]
    assert [note.failure for note in analyser.told[-2:]] == [Failure.NOT_FOUND] * 2


@pytest.fixture
def scene_image():
    return next(PARKED.looks(1, 2.0))[1]


class Clerk:
    """Reads what it is told to, and counts."""

    def __init__(self, *readings):
        self.readings, self.shapes = list(readings), []

    def __call__(self, image):
        self.shapes.append(image.shape)
        return self.readings.pop(0) if self.readings else None


def watch(tmp_path, clerk, to_s=40, dwell_s=30.0):
    scene = Scene(tmp_path, dwell_s, cut, clerk)
    scene.watch(PARKED, 0, to_s)
    return scene


def test_a_case_tells_the_plate_read_while_the_vehicle_stood(tmp_path):
    clerk = Clerk(SMALL, reading(), reading())
    dossier = watch(tmp_path, clerk).dossier()
    facts = dossier.violation.facts
    assert facts["plate"].value == "浙F12345"
    # Tries begin with the dossier, at a quarter of the dwell; the third is 30 s after the first.
    assert (facts["plate_readings"].value, facts["plate_unread"].value) == (1, 1)
    times = [look.taken_s for look in dossier.plates]
    assert times == sorted(times)
    assert times[1] - times[0] >= casework.PLATE_SPACING_S
    assert all(shape[0] < 180 and shape[1] < 320 for shape in clerk.shapes)


def test_attempts_outlive_a_restart(tmp_path):
    scene = watch(tmp_path, Clerk(reading()), to_s=20)
    scene.read_plate = Clerk()
    scene.open_again(scene.analyser.snapshot())
    scene.watch(PARKED, 20, 40)
    assert scene.dossier().violation.facts["plate"].value == "浙F12345"


def test_a_case_says_why_there_is_no_plate_and_nothing_where_nobody_reads(tmp_path):
    facts = watch(tmp_path / "a", Clerk(SMALL)).dossier().violation.facts
    assert facts["plate_problem"].value == "too_small"
    busy = watch(tmp_path / "b", Clerk()).dossier().violation.facts
    assert busy["plate_problem"].value == "not_tried"
    scene = Scene(tmp_path / "c", answer=cut)
    scene.watch(PARKED, 0, 20)
    assert not any(name.startswith("plate") for name in scene.dossier().violation.facts)


def test_the_times_are_those_of_the_pictures(tmp_path):
    seen = replace(reading(), box=(4.0, 3.0, 14.0, 6.0))
    dossier = watch(tmp_path, Clerk(seen, reading(confidence=0.92))).dossier()
    still = dossier.still(Role.PLATE)
    assert still.taken_s == dossier.plates[0].taken_s
    assert (dossier.folder / still.name).stat().st_size
    assert dossier.plates[0].taken_s >= START_S + 4
