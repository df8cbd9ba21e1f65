"""The streets that the documents' pictures of the desk show: drawn, and labelled as rendered."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from api.demo.footage import RENDERED, write_clip
from scenery.grill import grill
from scenery.label import label
from scenery.painting import Colour, Rng, noise
from scenery.vehicle import bike, car, stand
from scenery.washing import wash
from vision.boxes import Box, as_boxes
from vision.concealment import Sights
from vision.frame import Image

SIZE_WH = (1280, 720)
FPS = 5
FACADE_Y, KERB_Y, ROAD_Y = 250, 400, 660
"""Where the façade ends, the pavement ends, and the road ends."""
SIGNS = ("便民超市", "平湖小吃", "五金建材", "家常菜馆", "电动车行")
SIGN_TONES: tuple[Colour, ...] = (
    (60, 60, 170), (120, 90, 40), (50, 120, 60), (40, 90, 170), (130, 60, 90),
)  # fmt: skip
CAR_PX, BIKE_PX, GRILL_PX, LINE_PX = 290.0, 104.0, 92.0, 92.0
BIKES = 4
LINE = ((470.0, 34.0), (760.0, 34.0))
SHOWN: dict[str, Box] = {
    "illegal_parking": (560.0, 370.0, 560.0 + CAR_PX, 460.0),
    "stray_bikes": (520.0, 314.0, 520.0 + BIKES * 84.0 + 20.0, 378.0),
    "zombie_vehicle": (520.0, 264.0, 520.0 + CAR_PX, 374.0),
    "hanging_laundry": (472.0, 32.0, 758.0, 134.0),
    "open_air_barbecue": (626.0, 266.0, 742.0, 360.0),
}
"""Where the thing of each kind stands, in pixels."""


PASSERS_WH = (34, 100)
PASSERS = ((208, 262), (256, 272), (1086, 280))
"""Top left corners of the people on the pavement, in pixels."""


class DrawnFinder:
    """Finds the people of a drawn street; close-ups show none, and no plate is drawn."""

    def find(self, image: Image, *, near: bool = True) -> Sights:
        whole = image.shape[1::-1] == SIZE_WH
        wide, high = PASSERS_WH
        people = [(x, y, x + wide, y + high) for x, y in PASSERS if whole]
        none = as_boxes([])
        return Sights(as_boxes(people), none, none, np.empty(0, np.float32))


def scene(kind: str, look: int, t_s: float = 0.0, come: float = 1.0) -> Image:
    """A street (720, 1280, 3) with the thing of a kind on its way: 0 outside, 1 where it stands.

    Another `look` is another street and another thing; washing sways and smoke drifts by `t_s`.
    """
    image = _street(look).copy()
    for number, at in enumerate(PASSERS):
        _passer(image, np.random.default_rng((look, 2, number)), *at)
    _PAINTERS[kind](image, np.random.default_rng(look), t_s, come)
    label(image, RENDERED)
    return image


def film(path: Path, kind: str, look: int, length_s: int, *, arriving: bool) -> None:
    """Write a clip in H.264: the thing comes and stops half-way through, or is there throughout."""

    def taken() -> Iterator[Image]:
        for number in range(frames := length_s * FPS):
            come = min(1.0, number * 2 / frames) if arriving else 1.0
            yield scene(kind, look, number / FPS, come)

    write_clip(path, taken(), FPS)


def _passer(image: Image, rng: Rng, x: int, y: int) -> None:
    """Somebody in a coat, the top left corner of the box at (x, y)."""
    coat, legs = (float(v) for v in rng.uniform(60, 200, 2))
    tint = rng.uniform(-35, 35, 3)
    cloth = tuple(float(v) for v in np.clip(coat + tint, 30, 230))
    for dx, foot in ((12, -3), (22, 3)):
        line = np.array([(x + dx, y + 56), (x + dx + foot, y + 97)], np.int32)
        cv2.polylines(image, [line], False, (legs / 2,) * 3, 8, cv2.LINE_AA)
    for x1, x2 in ((6, 2), (28, 32)):
        cv2.line(image, (x + x1, y + 26), (x + x2, y + 54), cloth, 7, cv2.LINE_AA)
    body = [(8, 22), (26, 22), (28, 62), (6, 62)]
    corners = np.array([(x + dx, y + dy) for dx, dy in body], np.int32)
    cv2.fillPoly(image, [corners], cloth, cv2.LINE_AA)
    cv2.circle(image, (x + 17, y + 11), 9, (140, 165, 205), -1, cv2.LINE_AA)
    cv2.ellipse(image, (x + 17, y + 9), (9, 8), 0, 180, 360, (40, 36, 34), -1, cv2.LINE_AA)


def _parked(image: Image, rng: Rng, _t_s: float, come: float) -> None:
    x1, _, _, foot = SHOWN["illegal_parking"]
    stand(image, car(rng, "saloon", CAR_PX), x1 + (1 - come) * (SIZE_WH[0] - x1), foot)


def _left_for_a_month(image: Image, rng: Rng, _t_s: float, _come: float) -> None:
    x1, _, _, foot = SHOWN["zombie_vehicle"]
    stand(image, car(rng, "hatchback", CAR_PX), x1, foot)


def _bikes(image: Image, rng: Rng, _t_s: float, come: float) -> None:
    x1, _, _, foot = SHOWN["stray_bikes"]
    for number in range(round(come * BIKES)):
        stand(image, bike(rng, BIKE_PX), x1 + 84 * number, foot)


def _washing(image: Image, rng: Rng, t_s: float, come: float) -> None:
    line = wash(rng, *LINE, LINE_PX)
    if come == 1.0:
        line.on(image, t_s)


def _barbecue(image: Image, rng: Rng, t_s: float, come: float) -> None:
    x1, _, x2, foot = SHOWN["open_air_barbecue"]
    fire = grill(rng, "trough", ((x1 + x2) / 2, foot), GRILL_PX, 0.8)
    if come == 1.0:
        fire.on(image, t_s)


_PAINTERS = {
    "illegal_parking": _parked,
    "stray_bikes": _bikes,
    "zombie_vehicle": _left_for_a_month,
    "hanging_laundry": _washing,
    "open_air_barbecue": _barbecue,
}


@cache
def _street(look: int) -> Image:
    """The empty street: façade, shops, pavement, kerb with double yellow lines, road."""
    rng = np.random.default_rng((look, 1))
    wide, high = SIZE_WH
    image = np.empty((high, wide, 3), np.float32)
    warm = rng.uniform(-14, 10)
    image[:FACADE_Y] = (178 - warm, 184, 188 + warm)
    image[FACADE_Y:KERB_Y] = (160, 166, 168)
    image[KERB_Y:ROAD_Y] = (96, 95, 94)
    image[ROAD_Y:] = (150, 156, 158)
    for cells, strength in (((240, 420), 3.0), ((60, 100), 2.5), ((3, 5), 4.0)):
        image += strength * noise(rng, (high, wide), cells)[..., None]
    painted = np.clip(image, 0, 255).astype(np.uint8)
    _windows(painted, rng)
    _shops(painted, rng)
    _pavement(painted)
    _road(painted)
    return painted


def _windows(image: Image, rng: Rng) -> None:
    for x in range(30, SIZE_WH[0] - 90, 150):
        tone = float(rng.uniform(70, 105))
        cv2.rectangle(image, (x, 22), (x + 100, 140), (tone + 14, tone + 6, tone), -1)
        glint = np.array([(x + 18, 22), (x + 44, 22), (x + 12, 140), (x, 140), (x, 84)], np.int32)
        cv2.fillPoly(image, [glint], (tone + 36, tone + 26, tone + 18), cv2.LINE_AA)
        for left in (x, x + 50):
            cv2.rectangle(image, (left, 22), (left + 50, 140), (214, 218, 220), 3, cv2.LINE_AA)
        cv2.rectangle(image, (x - 8, 141), (x + 108, 150), (146, 150, 152), -1)


def _shops(image: Image, rng: Rng) -> None:
    """A sign above each shop, its glass front and its door below."""
    font, first = cv2.FontFace("uni"), int(rng.integers(len(SIGNS)))
    for number, x in enumerate(range(0, SIZE_WH[0], 256)):
        which = (first + number) % len(SIGNS)
        cv2.rectangle(image, (x + 6, 164), (x + 248, 196), SIGN_TONES[which], -1)
        cv2.putText(image, SIGNS[which], (x + 78, 189), (240, 244, 244), font, 24, 500)
        cv2.rectangle(image, (x + 10, 198), (x + 244, FACADE_Y - 2), (92, 86, 80), -1)
        cv2.rectangle(image, (x + 150, 198), (x + 204, FACADE_Y - 2), (70, 66, 62), -1)
        for left in (x + 10, x + 80, x + 150, x + 204, x + 244):
            cv2.line(image, (left, 198), (left, FACADE_Y - 2), (176, 180, 182), 3)


def _pavement(image: Image) -> None:
    middle = SIZE_WH[0] / 2
    for y in (252, 266, 284, 306, 332, 362, 390):
        cv2.line(image, (0, y), (SIZE_WH[0], y), (138, 143, 146), 1, cv2.LINE_AA)
    for x in range(-600, SIZE_WH[0] + 600, 44):
        low = round(middle + (x - middle) * 1.25)
        cv2.line(image, (x, FACADE_Y), (low, KERB_Y - 8), (140, 145, 148), 1, cv2.LINE_AA)
    cv2.rectangle(image, (0, KERB_Y - 8), (SIZE_WH[0], KERB_Y), (186, 190, 190), -1)


def _road(image: Image) -> None:
    for y in (KERB_Y + 12, KERB_Y + 24):
        cv2.rectangle(image, (0, y), (SIZE_WH[0], y + 5), (70, 180, 214), -1)
    for x in range(-20, SIZE_WH[0], 150):
        mark = np.array([(x + 8, 556), (x + 88, 556), (x + 84, 566), (x, 566)], np.int32)
        cv2.fillPoly(image, [mark], (206, 208, 208), cv2.LINE_AA)
    cv2.rectangle(image, (0, ROAD_Y), (SIZE_WH[0], ROAD_Y + 8), (186, 190, 190), -1)
