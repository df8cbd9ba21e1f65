"""Class vectors: they point from all there is to what shows the class, one source left out."""

import numpy as np
import pytest

from benchmarks.vectors.network import WIDTH
from benchmarks.vectors.words import Moments, vectors

RNG = np.random.default_rng(0)


def scene(shown: int | None) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Anchors of a picture; the first five show the class along one axis."""
    anchors = RNG.normal(size=(60, WIDTH)).astype(np.float32)
    label = np.zeros(60, np.int8)
    if shown is not None:
        anchors[:5, shown] += 12
        label[:5] = 1
    return anchors, {"grill": label}


@pytest.fixture
def moments() -> dict[str, Moments]:
    found: dict[str, Moments] = {}
    for source, axis in (("a", 3), ("b", 3), ("c", 40), ("d", None)):
        for _ in range(6):
            found.setdefault(source, Moments()).add(*scene(axis))
    return found


def test_vectors_find_what_they_were_shown(moments):
    (vector,) = vectors(moments, ("grill",))
    anchors, labels = scene(3)
    score = anchors @ vector
    assert score[labels["grill"] == 1].min() > score[labels["grill"] == 0].max()


def test_a_source_left_out_has_no_say(moments):
    (with_c,), (without_c,) = vectors(moments, ("grill",)), vectors(moments, ("grill",), "c")
    assert with_c[40] > 3 * abs(without_c[40])
    rest = {source: m for source, m in moments.items() if source != "c"}
    assert np.allclose(without_c, vectors(rest, ("grill",))[0])


def test_a_class_that_nothing_shows_is_named(moments):
    with pytest.raises(ValueError, match="no picture shows 'smoke'"):
        vectors(moments, ("grill", "smoke"))
