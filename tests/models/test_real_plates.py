"""The shipped plate networks on drawn plates: fetched as a user would, or visibly skipped."""

import numpy as np
import pytest

from benchmarks.plates_rendered import View, draw_plate, show
from models.download import FetchError
from models.plate_reading import Unread
from models.plates import PlateReader, open_plate_reader

pytestmark = pytest.mark.slow
PLATES = 12


@pytest.fixture(scope="module")
def reader() -> PlateReader:
    try:
        return open_plate_reader("cpu", 2)
    except FetchError as error:
        pytest.skip(f"the plate networks cannot be fetched: {error}")


def outcomes(reader: PlateReader, view: View, seed: int = 5) -> tuple[list[str], int]:
    """What was read wrongly, and how many exactly."""
    rng, wrong, exact = np.random.default_rng(seed), [], 0
    for _ in range(PLATES):
        plate = draw_plate(rng)
        reading = reader.read(show(plate, view, rng))
        exact += reading.text == plate.text
        if reading.text not in ("", plate.text):
            wrong.append(f"{plate.text} read as {reading.text}")
    return wrong, exact


@pytest.mark.parametrize(
    ("view", "least"),
    [
        (View(), PLATES - 1),
        (View(yaw=45), PLATES - 2),
        (View(gain=0.2, noise=5), PLATES - 2),
        (View(blur_px=2.5), 0),
        (View(width_px=60), 0),
    ],
)
def test_plates_are_read_or_left_alone_but_not_guessed(
    reader: PlateReader, view: View, least: int
) -> None:
    wrong, exact = outcomes(reader, view)
    assert wrong == []
    assert exact >= least


def test_a_street_without_a_plate_has_none(reader: PlateReader) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (400, 600, 3), np.uint8)
    assert reader.read(noise).text == ""
    assert reader.read(np.full((400, 600, 3), 90, np.uint8)).reason is Unread.NO_PLATE
