"""Looks of several detectors become one: names united, rows kept, embeddings if all have them."""

from dataclasses import replace

import numpy as np
import pytest

from vision.detections import Detections, merge

BOX, OTHER = [0, 0, 10, 10], [20, 20, 30, 30]
CARS = Detections.of([BOX, OTHER], [0.9, 0.8], [1, 0], ("person", "car"))
SMOKE = Detections.of([OTHER, BOX], [0.5, 0.4], [0, 1], ("smoke", "person"))


def embedded(look, width):
    return replace(look, embedding=np.ones((len(look), width), np.float32))


def test_names_are_united_and_every_row_keeps_its_class():
    both = merge([CARS, SMOKE])
    assert both.names == ("person", "car", "smoke")
    assert [both.name(row) for row in range(4)] == ["car", "person", "smoke", "person"]
    np.testing.assert_array_equal(both.xyxy, [BOX, OTHER, OTHER, BOX])
    np.testing.assert_allclose(both.score, [0.9, 0.8, 0.5, 0.4])


def test_a_look_that_found_nothing_still_says_what_it_could_have_found():
    assert merge([CARS, Detections.empty(("smoke",))]).names == ("person", "car", "smoke")
    assert len(merge([])) == 0


@pytest.mark.parametrize(("width", "kept"), [(3, (4, 3)), (2, None)])
def test_embeddings_are_kept_if_they_are_of_one_length(width, kept):
    joined = merge([embedded(CARS, 3), embedded(SMOKE, width)]).embedding
    assert (None if joined is None else joined.shape) == kept


def test_embeddings_that_one_look_lacks_are_left_out():
    assert merge([embedded(CARS, 3), SMOKE]).embedding is None
