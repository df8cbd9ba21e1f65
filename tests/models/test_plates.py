"""Plates read by hand-made networks: decoding, vote, colour, and every reason to abstain."""

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from hypothesis import given, strategies as st

from models import plates
from models.card import load_card
from models.inputs import ModelError
from models.plate_colour import plate_colour
from models.plate_finder import FoundPlate, PlateFinder
from models.plate_grammar import SIGNS, Sighted, Sign
from models.plate_reading import PlateReading, Unread, vote
from models.plate_signs import SignReader, decode
from models.plates import PlateReader
from vision.frame import Image

TEXT_CARD = load_card("plate_signs")
STRIP_WH = TEXT_CARD.input_wh
COLUMN = dict(zip(TEXT_CARD.names, TEXT_CARD.columns, strict=True))
OUTPUTS = max(TEXT_CARD.columns) + 1


def steps(*seen: dict[str, float]) -> np.ndarray:
    """A network's steps; what a step's signs leave over is "no sign"."""
    rows = np.zeros((len(seen), OUTPUTS), np.float32)
    for row, signs in zip(rows, seen, strict=True):
        for sign, share in signs.items():
            row[COLUMN.get(sign, 1)] = share  # column 1 stands for whatever is on no plate
        row[0] = 1 - sum(signs.values())
    return rows


def text_of(sighted: Sighted) -> str:
    return "".join(SIGNS[i] for i in sighted.argmax(axis=1))


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        ([{"浙": 0.9}, {}, {"F": 0.9}], "浙F"),
        ([{"6": 0.9}, {"6": 0.6}, {}, {"6": 0.8}], "66"),
        ([{"6": 0.9}, {"8": 0.9}], "68"),
        ([{"A": 0.9}, {"·": 0.95}, {"B": 0.9}], "AB"),
        ([{"O": 0.5, "0": 0.4}, {"I": 0.9}], "01"),
        ([{}, {"A": 0.3}], ""),
        ([{}, {}], ""),
    ],
)
def test_steps_become_signs(seen: list[dict[str, float]], text: str) -> None:
    assert text_of(decode(steps(*seen), TEXT_CARD)) == text


def test_a_sign_is_as_sure_as_its_surest_step_and_look_alikes_add_up() -> None:
    sighted = decode(steps({"6": 0.6}, {"6": 0.9}, {}, {"O": 0.5, "0": 0.4}), TEXT_CARD)
    assert sighted.max(axis=1) == pytest.approx([0.9, 0.9])


class Says:
    """A session that gives the same outputs whatever it is shown."""

    backend, max_batch = "none", 4

    def __init__(self, input_wh: tuple[int, int], *outputs: np.ndarray) -> None:
        self.input_wh, self.outputs = input_wh, outputs

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        return [np.repeat(o, len(batch), axis=0) if o.ndim == 3 else o for o in self.outputs]


def test_strips_are_read_in_batches() -> None:
    seen = steps({"浙": 0.9}, {}, {"F": 0.9})[None]
    reader = SignReader(TEXT_CARD, Says(STRIP_WH, seen))
    strip = np.zeros((STRIP_WH[1], STRIP_WH[0], 3), np.uint8)
    assert [text_of(s) for s in reader.read([strip] * 5)] == ["浙F"] * 5


def test_a_text_network_of_another_kind_is_refused() -> None:
    reader = SignReader(TEXT_CARD, Says(STRIP_WH, np.zeros((1, 3, 40), np.float32)))
    with pytest.raises(ModelError, match=r"plate_signs' gives 1 x 3 x 40.*columns"):
        reader.read([np.zeros((STRIP_WH[1], STRIP_WH[0], 3), np.uint8)])


def corner_outputs(*found: tuple[int, float, Sequence[float]]) -> list[np.ndarray]:
    """Outputs for 960 x 960: (anchor, share, corner offsets as the network orders them)."""
    anchors = 2 * (120**2 + 60**2 + 30**2)
    boxes, shares, corners = (np.zeros((1, anchors, n), np.float32) for n in (4, 2, 8))
    for anchor, share, offsets in found:
        shares[0, anchor, 1], corners[0, anchor] = share, offsets
    return [boxes, shares, corners]


SQUARE = (5, 5, -5, 5, -5, -5, 5, -5)
"""Corners at half the anchor's size, from the bottom right over the left."""


def finder(*outputs: np.ndarray) -> PlateFinder:
    return PlateFinder(load_card("plate_corners"), Says((960, 960), *outputs))


def test_corners_come_out_in_the_pictures_pixels_clockwise_from_the_top_left() -> None:
    # Row 10, column 20 of the finest cells: centre 164, 84; its first anchor is 24 px.
    anchor = 2 * (10 * 120 + 20)
    found = finder(*corner_outputs((anchor, 0.9, SQUARE), (anchor + 2, 0.8, SQUARE)))
    (plate,) = found.find(np.zeros((480, 480, 3), np.uint8))  # shown at twice its size
    assert plate.score == pytest.approx(0.9)
    assert plate.corners == pytest.approx(np.array([[76, 36], [88, 36], [88, 48], [76, 48]]))
    assert plate.size_wh == pytest.approx((12, 12))
    assert plate.moved(10, 5).centre == pytest.approx((92, 47))


def test_plates_below_the_threshold_are_none_and_other_networks_are_refused() -> None:
    blank = np.zeros((960, 960, 3), np.uint8)
    assert finder(*corner_outputs((0, 0.2, SQUARE))).find(blank) == []
    with pytest.raises(ModelError, match="does not give 37800 boxes"):
        finder(*(o[:, :10] for o in corner_outputs())).find(blank)


@pytest.mark.parametrize(
    ("ground", "ink", "colour"),
    [
        ((175, 75, 15), (255, 255, 255), "blue"),
        ((25, 185, 245), (0, 0, 0), "yellow"),
        ((120, 200, 110), (0, 0, 0), "green"),
        ((235, 228, 222), (0, 0, 0), "white"),
        ((25, 25, 25), (240, 240, 240), "black"),
        ((128, 128, 128), (128, 128, 128), ""),
    ],
)
@pytest.mark.parametrize("light", [1.0, 0.4, 0.2])
def test_the_ground_decides_the_colour_in_any_light(
    ground: tuple[int, ...], ink: tuple[int, ...], colour: str, light: float
) -> None:
    plate = np.full((48, 192, 3), ground, np.uint8)
    for x in range(12, 180, 24):
        plate[12:36, x : x + 8] = ink
    assert plate_colour((plate * light).astype(np.uint8)) == colour


SURE = [Sign(s, 0.95) for s in "浙F12345"]


def test_the_vote_goes_by_confidence_sign_by_sign() -> None:
    other = [Sign("浙", 0.9), *(Sign(s, 0.3) for s in "E12345")]
    signs = vote([SURE, SURE, other])
    assert "".join(s.text for s in signs) == "浙F12345"
    assert signs[1].confidence == pytest.approx(2 * 0.95**2 / (2 * 0.95 + 0.3))
    assert len(vote([SURE, SURE, [Sign("浙", 0.2)]])) == len(SURE)
    assert vote([]) == vote([[]]) == ()


def test_readings_that_contradict_each_other_are_sure_of_nothing() -> None:
    signs = vote([SURE, [*SURE[:-1], Sign("6", 0.95)]])
    assert signs[-1].confidence == pytest.approx(0.475)


@given(
    st.lists(
        st.lists(st.tuples(st.sampled_from("浙AB12"), st.floats(0, 1)), min_size=3, max_size=4),
        max_size=6,
    )
)
def test_a_vote_is_never_surer_than_its_voters(votes: list[list[tuple[str, float]]]) -> None:
    readings = [[Sign(*sign) for sign in reading] for reading in votes]
    for place, sign in enumerate(vote(readings)):
        agree = [r[place].confidence for r in readings if place < len(r)]
        assert 0 <= sign.confidence <= max(agree) + 1e-9


BLUE, WHITE = (175, 75, 15), (255, 255, 255)


def parked(width_px: int, height_px: int, ground: tuple[int, int, int] = BLUE) -> Image:
    """A picture with a plate's ground and some ink at 100, 100."""
    image = np.full((600, 800, 3), 90, np.uint8)
    image[100 : 100 + height_px, 100 : 100 + width_px] = ground
    for x in range(100 + width_px // 10, 90 + width_px, width_px // 8):
        image[100 + height_px // 3 : 100 + 2 * height_px // 3, x : x + width_px // 30] = WHITE
    return image


class Finds:
    """A finder that knows where the plate is, if the picture is that of `parked`."""

    def __init__(self, width_px: int, height_px: int) -> None:
        corners = [(0, 0), (width_px, 0), (width_px, height_px), (0, height_px)]
        self.plate = FoundPlate(np.array(corners, np.float32) + 100, 0.9)
        self.asked = 0

    def find(self, image: Image) -> list[FoundPlate]:
        self.asked += 1
        return [self.plate] if image.shape[:2] == (600, 800) else []


class Reads:
    """A text network that says the same of each strip in turn."""

    card, strip_wh = TEXT_CARD, STRIP_WH

    def __init__(self, *says: str, confidence: float = 0.99) -> None:
        self.says, self.confidence = says, confidence

    def read(self, strips: Sequence[Image]) -> list[Sighted]:
        return [self._seen(self.says[n % len(self.says)]) for n in range(len(strips))]

    def _seen(self, text: str) -> Sighted:
        rows = np.zeros((len(text), len(SIGNS)), np.float32)
        for row, sign in zip(rows, text, strict=True):
            row[SIGNS.index(sign)] = self.confidence
        return rows


def read(image: Image, size: tuple[int, int], reads: Reads) -> PlateReading:
    return PlateReader(Finds(*size), reads).read(image)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("size", "reads", "reason"),
    [
        ((160, 50), Reads("浙F12345"), Unread.NONE),
        ((160, 50), Reads("浙F12345", "浙F1234", "浙F12345", "浙F12345"), Unread.NONE),
        ((160, 50), Reads("浙F12345", "浙F1234"), Unread.UNSURE),
        ((160, 50), Reads("浙F12345", "浙F12346"), Unread.UNSURE),
        ((160, 50), Reads("浙F12345", confidence=0.44), Unread.UNSURE),
        ((160, 50), Reads("浙F123"), Unread.NO_SUCH_PLATE),
        ((160, 50), Reads("浙FD12345"), Unread.COLOUR),
        ((160, 50), Reads("浙F1234警"), Unread.COLOUR),
        ((93, 30), Reads("浙F12345"), Unread.TOO_SMALL),
        ((95, 30), Reads("浙F12345"), Unread.NONE),
        ((80, 40), Reads("浙F", "12345"), Unread.NONE),
        ((66, 33), Reads("浙F", "12345"), Unread.TOO_SMALL),
    ],
)
def test_a_plate_is_read_or_the_reason_is_told(
    size: tuple[int, int], reads: Reads, reason: Unread
) -> None:
    reading = read(parked(*size), size, reads)
    assert reading.reason is reason
    assert reading.text == ("" if reason else "浙F12345")
    assert reading.colour == "blue"
    assert reading.width_px == pytest.approx(size[0])
    assert reading.box == (100, 100, 100 + size[0], 100 + size[1])
    again = PlateReading.from_json(reading.to_json())
    assert (again.text, again.box) == (reading.text, reading.box)


def test_no_plate_and_a_vehicle_too_small_to_have_a_legible_one() -> None:
    finds = Finds(160, 50)
    reader = PlateReader(finds, Reads("浙F12345"))  # type: ignore[arg-type]
    assert reader.read(np.zeros((300, 300, 3), np.uint8)).reason is Unread.NO_PLATE
    assert finds.asked == 2  # once in a frame of grey, since it may fill the picture
    assert reader.read(np.zeros((40, 60, 3), np.uint8)).reason is Unread.TOO_SMALL
    assert finds.asked == 2
    assert reader.read(np.zeros((1000, 2000, 3), np.uint8)).reason is Unread.NO_PLATE
    assert finds.asked == 2 + 5  # a large picture in four parts, too


def test_a_far_plate_is_looked_at_again_from_nearer() -> None:
    finds = Finds(96, 30)
    reading = PlateReader(finds, Reads("浙F12345")).read(parked(96, 30))  # type: ignore[arg-type]
    assert reading.text == "浙F12345"
    assert finds.asked == 2


def test_a_plate_in_perspective_is_straightened() -> None:
    front = np.zeros((100, 300, 3), np.uint8)
    front[:50, :150], front[50:, 150:] = (0, 0, 255), (0, 255, 0)
    corners = np.array([[40, 60], [200, 30], [210, 120], [30, 110]], np.float32)
    source = np.array([[0, 0], [300, 0], [300, 100], [0, 100]], np.float32)
    seen = cv2.warpPerspective(front, cv2.getPerspectiveTransform(source, corners), (300, 200))
    again = plates.straightened(np.asarray(seen, np.uint8), corners, (300, 100))
    assert again[25, 75].tolist() == pytest.approx([0, 0, 255], abs=8)
    assert again[75, 225].tolist() == pytest.approx([0, 255, 0], abs=8)
    wider = plates.straightened(np.asarray(seen, np.uint8), corners, (300, 100), (0.1, 0.1))
    assert wider[4, 10].tolist() == [0, 0, 0]
    assert wider[20, 60].tolist() == pytest.approx([0, 0, 255], abs=8)
