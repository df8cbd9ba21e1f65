"""The second look's fit: leaving a source out is learning without it, and features get it back."""

import numpy as np
import pytest

from benchmarks.vectors.ridge import Ridge, basis

RNG = np.random.default_rng(3)
WIDTHS = (6, 4)


@pytest.fixture
def data():
    x = RNG.normal(size=(90, 10)).astype(np.float32)
    source = np.repeat(np.arange(9), 10)
    picture = np.repeat(np.arange(30), 3)
    target = np.where(x[:, 0] + x[:, 7] > 0.5, 1.0, -1.0)
    target[5] = np.nan
    return x, target, picture, source


ONES = np.ones(90)


def test_a_source_left_out_is_a_source_never_seen(data):
    x, target, picture, source = data
    coordinates = basis(x, WIDTHS).apply(x)
    left_out = Ridge(coordinates, target, picture, source, ONES).model(without=4)
    rest = source != 4
    never_seen = Ridge(
        coordinates[rest], target[rest], picture[rest], source[rest], ONES[rest]
    ).model()
    assert np.allclose(left_out, never_seen)


def test_a_model_of_coordinates_is_one_of_features(data):
    x, target, picture, source = data
    turned = basis(x, WIDTHS)
    weight = turned.weight((2.0, 1.0))
    coordinates = turned.apply(x) * weight
    model = Ridge(coordinates, target, picture, source, ONES).model()
    weights, bias = turned.undo(weight * model)
    assert np.allclose(x @ weights + bias, coordinates @ model)


def test_what_is_unsure_teaches_nothing(data):
    x, target, picture, source = data
    coordinates = basis(x, WIDTHS).apply(x)
    other = coordinates.copy()
    other[5] = 1000.0
    a = Ridge(coordinates, target, picture, source, ONES).model()
    b = Ridge(other, target, picture, source, ONES).model()
    assert np.allclose(a, b)


def test_it_learns_what_there_is_to_learn(data):
    x, target, picture, source = data
    coordinates = basis(x, WIDTHS).apply(x)
    ridge = Ridge(coordinates, target, picture, source, ONES)
    said = np.array(
        [coordinates[n] @ ridge.model(without=int(source[n])) for n in range(len(x)) if n != 5]
    )
    right = (said > 0) == (np.delete(target, 5) > 0)
    assert right.mean() > 0.85


def test_a_block_without_a_share_decides_nothing(data):
    x, target, picture, source = data
    turned = basis(x, WIDTHS)
    weight = turned.weight((1.0, 0.0))
    model = Ridge(turned.apply(x) * weight, target, picture, source, ONES).model()
    weights, _ = turned.undo(weight * model)
    assert not weights[6:].any()
    assert weights[:6].any()
