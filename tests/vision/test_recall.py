"""Who comes back: the same thing, or another one that looks much the same."""

import numpy as np
import pytest

from tests.vision.street import Street, Thing, film, parking, starts, texture
from vision.appearance import Scene
from vision.patience import Patience
from vision.place import Place, Sighting
from vision.recall import is_same, note_vacant, recallable

CAR = (100.0, 60.0, 170.0, 110.0)
ROAD = texture(7, (320, 180), 6.0)
PARKED = ROAD.copy()
PARKED[60:110, 100:170] = texture(101, (70, 50), 3.0)
THING, EMPTY = Scene(PARKED).describe(CAR), Scene(ROAD).describe(CAR)
PATIENCE = Patience()


def place(t_s, look=THING, box=CAR):
    return Place.found("gate", "vehicle", Sighting(box, 0.8, "car"), look, t_s, t_s)


def gone(*, vacant_s=0.0, surely=False, silenced=False, look=THING):
    ghost = place(0.0, look)
    ghost.end(100.0, surely=surely)
    ghost.vacant_s, ghost.silenced = vacant_s, silenced
    return ghost


def came(backdrop=None, look=THING):
    new = place(300.0, look)
    new.backdrop = backdrop
    return new


def same(ghost, new, t_s=300.0):
    return is_same(ghost, new, t_s, PATIENCE)


def test_what_looks_the_same_is_the_same_unless_its_spot_was_seen_empty():
    assert same(gone(), came())
    assert same(gone(vacant_s=200), came())  # nobody knows what the empty spot looks like
    assert same(gone(vacant_s=20), came(EMPTY))
    assert not same(gone(vacant_s=200), came(EMPTY))
    assert same(gone(vacant_s=200), came(THING))  # the detector missed it, the picture did not


def test_a_silenced_thing_is_given_the_benefit_of_the_doubt():
    assert same(gone(vacant_s=200, silenced=True), came(EMPTY))
    assert not same(gone(silenced=True), came(look=EMPTY))


@pytest.mark.parametrize(("ghost", "new"), [(THING, None), (None, THING)])
def test_without_a_look_the_spot_decides(ghost, new):
    assert same(gone(look=ghost), came(look=new))


def test_another_spot_or_too_late_is_another_thing():
    assert not same(gone(), place(300.0, box=(200.0, 60.0, 270.0, 110.0)))
    assert not same(gone(surely=True), came())
    assert not same(gone(), came(), 100.0 + PATIENCE.remember_s)
    assert recallable(gone(silenced=True), 100.0 + PATIENCE.remember_s, PATIENCE)


def test_a_spot_is_vacant_while_nothing_is_found_there():
    ghosts = [gone(), gone()]
    ghosts[1].box = (200.0, 60.0, 270.0, 110.0)
    note_vacant(ghosts, 5.0, np.array([[110, 50, 160, 120]], np.float32))
    assert [ghost.vacant_s for ghost in ghosts] == [0.0, 5.0]
    note_vacant(ghosts, 5.0, np.zeros((0, 4), np.float32))
    assert [ghost.vacant_s for ghost in ghosts] == [5.0, 10.0]
    note_vacant([], 5.0, np.zeros((0, 4), np.float32))


def test_a_twin_at_the_very_spot_is_another_thing():
    """The first stood there since the camera began, so that the empty spot was never seen."""
    twins = (Thing(CAR, 0, 50), Thing(CAR, 200, 999))
    raised, _, _ = film(Street(twins), [parking(dwell_s=30)], 260, 0.5)
    assert starts(raised) == [pytest.approx(0, abs=2), pytest.approx(200, abs=2)]


@pytest.mark.parametrize(("stops_s", "since_s"), [(30, 20), (200, 260)])
def test_a_car_behind_a_bus_is_waited_for_a_while(stops_s, since_s):
    """Seen in two looks it only began to stand when the bus came."""
    bus = Thing((60, 40, 250, 130), 29, 29 + stops_s, "bus", seed=9)
    street = Street((Thing(CAR, 19, 9999), bus))
    raised, _, _ = film(street, [parking(dwell_s=60)], 400, 0.2)
    cars = [v for v in raised if v.box_xyxy[2] < 200]
    assert starts(cars) == [pytest.approx(since_s, abs=30 if since_s > 200 else 0)]
