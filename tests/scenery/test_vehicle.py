"""Cars and bikes as a street camera shows them."""

import numpy as np
import pytest

from scenery.vehicle import SHAPES, bike, car, stand, turned


def blank():
    return np.full((240, 320, 3), 120, np.uint8)


@pytest.mark.parametrize("shape", SHAPES)
def test_a_car_is_as_long_as_is_asked_for_and_stands_on_its_foot(shape):
    layer, image = car(np.random.default_rng(1), shape, 200.0), blank()
    assert layer.cover.shape[1] == 200
    stand(image, layer, 60.0, 180.0)
    y, x = np.nonzero((np.abs(image.astype(int) - 120) > 40).any(axis=2))
    assert x.min() == pytest.approx(60, abs=8)
    assert x.max() == pytest.approx(260, abs=8)
    assert y.max() == pytest.approx(180, abs=12)


def test_the_street_shows_through_a_bikes_wheels():
    layer = bike(np.random.default_rng(1), 200.0)
    h, w = layer.cover.shape
    wheel = layer.cover[int(0.5 * h) : int(0.86 * h), int(0.1 * w) : int(0.3 * w)]
    assert 0.1 < wheel.mean() < 0.8


def test_light_darkens_and_turning_mirrors():
    day = car(np.random.default_rng(2), "van", 120.0)
    night = car(np.random.default_rng(2), "van", 120.0, (0.5, 0.5, 0.5))
    assert night.colour.mean() < 0.6 * day.colour.mean()
    assert (turned(day).cover == day.cover[:, ::-1]).all()
