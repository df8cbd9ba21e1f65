"""Whether what a case is about is still there: never gone without having been seen to be."""

import json

import pytest

from tests.vision.street import Street, Thing, parking
from tests.vision.test_regions import LINE, Watched, washing
from vision.analyser import CameraAnalyser
from vision.boxes import as_boxes
from vision.violation import Violation
from vision.whereabouts import PASTS_KEPT, Glance, Past, Pasts, Whereabouts, of_spot

T0 = 1e9
BOX = (0.0, 0.0, 10.0, 10.0)
CAR = (200.0, 60.0, 280.0, 120.0)
EMPTY = as_boxes([])


def watch(street: Street, until_s: float, analyser: CameraAnalyser | None = None):
    """An analyser after a film, and what was raised in it."""
    analyser = analyser or CameraAnalyser("gate", [parking(10)])
    raised: list[Violation] = []
    last_s = analyser._last_s or 0.0
    for t_s, image, seen in street.looks(until_s, 2.0):
        if T0 + t_s > last_s:
            raised += analyser.update(T0 + t_s, seen, image).raised
    return analyser, raised


def test_what_stands_is_seen_to_stand_and_what_has_left_is_gone():
    street = Street((Thing(CAR, 5, 40),))
    analyser, (violation,) = watch(street, 30)
    assert analyser.whereabouts(violation.id, T0 + 25) is Whereabouts.STANDING
    assert analyser.whereabouts(violation.id, T0 + 60) is Whereabouts.HIDDEN  # no look since then
    watch(street, 70, analyser)
    assert analyser.whereabouts(violation.id, T0 + 60) is Whereabouts.GONE
    assert analyser.whereabouts(violation.id, T0 + 90) is Whereabouts.HIDDEN
    assert analyser.whereabouts("another", T0) is Whereabouts.UNKNOWN


def test_it_is_known_after_a_restart_and_not_after_the_camera_turned():
    street = Street((Thing(CAR, 5, 40),))
    analyser, (violation,) = watch(street, 70)
    again = CameraAnalyser("gate", [parking(10)])
    again.restore(json.loads(json.dumps(analyser.snapshot())))
    assert again.whereabouts(violation.id, T0 + 60) is Whereabouts.HIDDEN
    watch(street, 80, again)
    assert again.whereabouts(violation.id, T0 + 75) is Whereabouts.GONE
    watch(Street((), away=((80, 1000),)), 1000, again)
    assert again.whereabouts(violation.id, T0 + 900) is Whereabouts.UNKNOWN


def test_a_larger_picture_is_no_proof():
    analyser, (violation,) = watch(Street((Thing(CAR, 5, 40),)), 70)
    analyser._resize((640, 360))
    assert analyser.whereabouts(violation.id, T0) is Whereabouts.UNKNOWN


def test_washing_that_was_taken_in_and_hung_out_again():
    watched = Watched()
    for t_s in range(0, 1800, 60):
        watched.look(t_s, washing())
    (violation,) = watched.raised
    since_s = violation.raised_s
    assert watched.camera.whereabouts(violation.id, since_s) is Whereabouts.STANDING
    for t_s in range(1800, 2400, 60):
        watched.look(t_s)
    assert watched.camera.whereabouts(violation.id, since_s) is Whereabouts.GONE
    watched.look(2400, washing(box=tuple(v + 5 for v in LINE)))
    assert watched.camera.whereabouts(violation.id, since_s) is Whereabouts.OCCUPIED


@pytest.mark.parametrize(
    ("past", "glance", "standing", "told"),
    [
        (Past(BOX, True), Glance(5, EMPTY, EMPTY), EMPTY, Whereabouts.UNKNOWN),
        (Past(BOX, False), None, EMPTY, Whereabouts.HIDDEN),
        (Past(BOX, False), Glance(4, EMPTY, EMPTY), EMPTY, Whereabouts.HIDDEN),
        (Past(BOX, False), Glance(5, EMPTY, EMPTY), EMPTY, Whereabouts.GONE),
        (Past(BOX, False), Glance(5, as_boxes([(5, 0, 15, 10)]), EMPTY), EMPTY, "occupied"),
        (Past(BOX, False), Glance(5, EMPTY, EMPTY), as_boxes([BOX]), Whereabouts.OCCUPIED),
        (Past(BOX, False), Glance(5, EMPTY, as_boxes([(0, 0, 6, 10)])), EMPTY, "hidden"),
        (Past(BOX, False), Glance(5, EMPTY, as_boxes([(0, 0, 4, 10)])), EMPTY, "gone"),
    ],
)
def test_the_spot_of_what_is_over(past, glance, standing, told):
    assert of_spot(past, glance, standing, 5) == told


def test_pasts_are_bounded_and_the_oldest_gives_way():
    pasts = Pasts()
    for n in range(PASTS_KEPT + 1):
        pasts.note(str(n), Past(BOX, False))
    assert pasts.find("0") is None
    assert pasts.find("1") == Past(BOX, False)
    assert Pasts.restored(json.loads(json.dumps(pasts.snapshot()))).find("1") == Past(BOX, False)
