"""Whose head and whose plate is hidden, and which plate may stay."""

import numpy as np
import pytest
from numpy.typing import ArrayLike

from vision.boxes import Box, as_boxes, covered
from vision.concealment import Concealed, Sights, conceal, head_boxes

CAR: Box = (100, 100, 300, 220)
OTHER: Box = (320, 110, 480, 200)
OWN_PLATE = [180, 190, 220, 202]
OTHER_PLATE = [380, 180, 410, 190]


def sights(
    people: ArrayLike = (), vehicles: ArrayLike = (), plates: ArrayLike = (), score: ArrayLike = ()
) -> Sights:
    boxes = as_boxes(plates)
    scores = np.asarray(score or np.full(len(boxes), 0.9), np.float32)
    return Sights(as_boxes(people), as_boxes(vehicles), boxes, scores)


def hides(concealed: Concealed, box: ArrayLike) -> bool:
    """Whether a box is wholly below something that is hidden."""
    parts = np.concatenate([concealed.heads, concealed.plates, concealed.guessed])
    return bool(len(parts)) and float(covered(as_boxes(box), parts).max()) > 0.99


@pytest.mark.parametrize(
    ("person", "head"),
    [
        ([100, 100, 160, 300], [110, 100, 150, 150]),  # walks
        ([100, 100, 200, 220], [120, 100, 180, 170]),  # sits
        ([100, 100, 120, 150], [103, 100, 117, 120]),  # far away
        ([100, 100, 300, 200], [100, 100, 300, 200]),  # lies: either end
    ],
)
def test_the_head_is_in_what_is_hidden(person: list[float], head: list[float]) -> None:
    assert float(covered(as_boxes([head]), head_boxes(as_boxes([person])))[0, 0]) > 0.99


def test_nobody_has_no_head() -> None:
    assert head_boxes(as_boxes([])).shape == (0, 4)


def test_only_the_subjects_own_plate_stays() -> None:
    seen = sights(vehicles=[CAR, OTHER], plates=[OWN_PLATE, OTHER_PLATE])
    told = conceal(seen, CAR, keep_plate=True)
    assert told.kept.tolist() == [OWN_PLATE]
    assert hides(told, OTHER_PLATE)
    assert not hides(told, OWN_PLATE)
    told = conceal(seen, CAR, keep_plate=False)
    assert len(told.kept) == 0
    assert hides(told, OWN_PLATE)


def test_of_two_plates_on_the_subject_the_surest_stays() -> None:
    seen = sights(vehicles=[CAR], plates=[OWN_PLATE, [120, 150, 140, 158]], score=[0.4, 0.8])
    assert conceal(seen, CAR, keep_plate=True).kept.tolist() == [[120, 150, 140, 158]]


def test_a_plate_of_a_car_in_front_of_the_subject_is_hidden() -> None:
    front: Box = (150, 160, 260, 230)
    seen = sights(vehicles=[CAR, front], plates=[OWN_PLATE])
    told = conceal(seen, CAR, keep_plate=True)
    assert len(told.kept) == 0
    assert hides(told, OWN_PLATE)


def test_a_plate_on_no_vehicle_stays_if_it_is_within_the_subject() -> None:
    told = conceal(sights(plates=[OWN_PLATE, OTHER_PLATE]), CAR, keep_plate=True)
    assert told.kept.tolist() == [OWN_PLATE]
    assert hides(told, OTHER_PLATE)
    assert len(conceal(sights(plates=[OTHER_PLATE]), CAR, keep_plate=True).kept) == 0


def test_without_a_subject_no_plate_stays() -> None:
    seen = sights(vehicles=[CAR], plates=[OWN_PLATE])
    assert len(conceal(seen, None, keep_plate=True).kept) == 0


def test_where_no_plate_was_found_the_place_for_one_is_hidden() -> None:
    told = conceal(sights(vehicles=[CAR, OTHER]), CAR, keep_plate=True)
    assert hides(told, OTHER_PLATE)
    assert not hides(told, OWN_PLATE)
    assert hides(conceal(sights(vehicles=[CAR]), None, keep_plate=False), OWN_PLATE)


def test_a_doubtful_plate_does_not_save_a_vehicle_from_the_guess() -> None:
    for score, guessed in ((0.5, 1), (0.9, 0)):
        seen = sights(vehicles=[OTHER], plates=[OTHER_PLATE], score=[score])
        assert len(conceal(seen, CAR, keep_plate=True).guessed) == guessed


def test_nothing_is_guessed_on_a_vehicle_too_far_to_read() -> None:
    far = [500, 100, 550, 130]
    assert len(conceal(sights(vehicles=[far]), CAR, keep_plate=True).guessed) == 0


def test_a_group_is_the_subject_together() -> None:
    zone: Box = (90, 90, 500, 230)
    bikes = [[100, 100, 170, 200], [180, 100, 250, 200]]
    assert len(conceal(sights(vehicles=bikes), zone, keep_plate=False).guessed) == 0
