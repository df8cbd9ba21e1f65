"""What is in front of a thing hides a part of it, and the rest is compared all the same."""

from dataclasses import replace

import numpy as np
import pytest

from tests.vision.street import Street, Thing, bikes, film, parking, starts
from vision.appearance import PATCH_PX, Appearance, Scene
from vision.boxes import as_boxes
from vision.cover import covers
from vision.evidence import Evidence, weigh
from vision.growth import complete
from vision.place import Place, Sighting

BOX = (100.0, 60.0, 170.0, 110.0)
BIKE = Thing((100, 80, 150, 120), 2, 999, "bicycle", seed=3)


def look(seed: int) -> Appearance:
    picture = np.random.default_rng(seed).integers(0, 255, (180, 320, 3), np.uint8)
    described = Scene(picture).describe(BOX)
    assert described is not None
    return described


def half(left: bool) -> np.ndarray:
    part = np.zeros((PATCH_PX, PATCH_PX), bool)
    part[:, : PATCH_PX // 2] = left
    part[:, PATCH_PX // 2 :] = not left
    return part


def mixed(one: Appearance, other: Appearance) -> Appearance:
    """The left half of one and the right half of another."""
    structure = np.where(half(left=True), one.structure, other.structure)
    chroma = np.concatenate([one.chroma[:, :2], other.chroma[:, 2:]], axis=1)
    return Appearance(structure, chroma, one.scene_chroma)


def test_what_lies_in_front_hides_its_part_and_what_lies_behind_does_not() -> None:
    front, behind = (135.0, 70.0, 200.0, 120.0), (100.0, 20.0, 170.0, 80.0)
    (cover,) = covers(as_boxes([BOX]), as_boxes([BOX, front, behind]), 0.4)
    assert cover.share == pytest.approx(0.4, abs=0.01)
    assert cover.visible is not None
    assert cover.visible[:, :12].all()
    assert not cover.visible[8:, 12:].any()
    (free,) = covers(as_boxes([BOX]), as_boxes([BOX, behind]), 0.4)
    assert (free.share, free.visible) == (0.0, None)


def test_looks_are_compared_by_what_both_know() -> None:
    thing, other = look(1), look(2)
    passing = mixed(thing, other)
    assert thing.similarity(passing) < 0.65
    assert thing.similarity(passing.seen(half(left=True))) > 0.99
    assert thing.seen(half(left=False)).similarity(passing) < 0.3
    # Two looks that know nothing in common, or too little, are compared as a whole.
    nothing = thing.seen(half(left=True)).similarity(passing.seen(half(left=False)))
    assert nothing == pytest.approx(thing.similarity(passing))


def test_what_was_hidden_is_learned_later_and_what_is_hidden_stays() -> None:
    thing, other = look(1), look(2)
    first = mixed(thing, other).seen(half(left=True))
    learned = first.blend(thing, 0.1)
    assert learned.known is None
    assert learned.similarity(thing) > 0.95
    kept = thing.blend(mixed(thing, other).seen(half(left=True)), 0.9)
    assert kept.similarity(thing) > 0.99
    both = first.blend(first, 0.5)
    assert np.array_equal(both.known, first.known)
    again = Appearance.from_json(both.to_json())
    assert np.array_equal(again.known, first.known)
    old = {name: value for name, value in thing.to_json().items() if name != "known"}
    assert Appearance.from_json(old).known is None


def test_what_the_detector_misses_must_look_more_the_same_than_what_it_finds() -> None:
    thing = look(1)
    place = Place.found("c", "g", Sighting(BOX, 0.5, "car"), thing, 0.0, 0.0)
    doubtful = replace(thing, structure=thing.structure + 1.25 * look(2).structure)
    assert 0.5 < thing.similarity(doubtful) < 0.65
    assert weigh(place, True, 0.0, doubtful).evidence is Evidence.SEEN
    assert weigh(place, False, 0.0, doubtful).evidence is Evidence.OTHER


def test_a_candidate_is_all_that_can_be_seen_of_it() -> None:
    part = Sighting((100.0, 60.0, 130.0, 110.0), 0.5, "bicycle")
    place = Place.found("c", "g", part, None, 0.0, 0.0)
    complete(place, place.box, None, lambda _: None)
    complete(place, place.box, replace(part, box=(100.0, 60.0, 132.0, 110.0)), lambda _: None)
    assert place.box == part.box
    place.box = (100.0, 60.0, 150.0, 110.0)  # has followed half of the way
    complete(place, part.box, replace(part, box=(100.0, 60.0, 155.0, 110.0)), lambda _: None)
    assert place.box == (100.0, 60.0, 155.0, 110.0)


@pytest.mark.parametrize("per_s", [1.0, 0.2])
def test_a_bike_that_is_half_hidden_by_a_new_neighbour_is_still_the_same(per_s) -> None:
    neighbour = Thing((125, 84, 175, 124), 60, 999, "bicycle", seed=8)
    street = Street((BIKE, neighbour), clips_boxes=True, jitter_px=1)
    (raised,), _, _ = film(street, [bikes(dwell_s=120)], 240, per_s)
    assert starts([raised]) == [pytest.approx(2, abs=5)]


def test_a_thing_counts_from_the_first_faint_sighting_and_never_without_a_sure_one() -> None:
    faint = replace(BIKE, score=(0.2, 0.3), box=(100, 60, 170, 110), name="car")
    assert film(Street((faint,)), [parking(dwell_s=20)], 60)[2].places == []
    sure = replace(faint, score=(0.2, 0.6))
    (raised,), _, _ = film(Street((sure,), jitter_px=1), [parking(dwell_s=20)], 60)
    assert starts([raised]) == [pytest.approx(2, abs=1)]


def test_what_stands_in_front_hides_even_when_the_detector_is_hardly_sure_of_it() -> None:
    front = Thing((125, 84, 175, 124), 60, 999, "bicycle", seed=8, score=(0.3, 0.6))
    dusk = replace(front, from_s=150, score=(0.12, 0.2))  # the same bike, after sunset
    street = Street((BIKE, replace(front, to_s=150), dusk), clips_boxes=True, jitter_px=1)
    (raised,), _, analyser = film(street, [bikes(dwell_s=400)], 520, 0.2)
    assert starts([raised]) == [pytest.approx(2, abs=5)]
    assert len(analyser.places) == 2
