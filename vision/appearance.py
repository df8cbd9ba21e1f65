"""What a spot of the picture looks like, in a form that survives changes of light.

Structure is compared as in SSIM (Wang et al., IEEE TIP 2004, the contrast-structure term) on a
small patch whose local brightness and contrast are divided out, so shadows, dusk and headlights
change it little while another thing changes it much. Colour is kept apart, relative to the
colour of the whole scene, and only counts while the scene has colour (not in infrared mode).
"""

import base64
import math
from dataclasses import dataclass, replace
from typing import Any, Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.boxes import Box
from vision.frame import Image, Picture, resized

PATCH_PX = 24
COLOUR_CELLS = 4
LEAST_PX = 4
"""A smaller box shows nothing to describe."""
NOISE_FLOOR = 6.0
"""Grey levels: weaker texture than this is sensor noise and counts as flat."""
FLAT_ENERGY = 0.02 * PATCH_PX * PATCH_PX
"""Keeps two flat patches (asphalt and asphalt) alike although neither has structure."""
COLOUR_SCALE = 22.0
"""CIELAB units: a mean chroma difference that makes two things look different (factor 1/e)."""

SMALL_PX = 2 * PATCH_PX
ENLARGED = 4
"""A box less than `SMALL_PX` wide or high is cut to a quarter of a pixel. Cut to whole pixels, one
of 15 that moves by a tenth of a pixel moves by a whole one, and is another picture."""

LEAST_COMMON = 0.35
"""Share of the patch that two looks must both know to be compared by that part alone."""

Array = NDArray[np.float32]
Part = NDArray[np.bool_]
"""Part of a patch, (24, 24)."""


@dataclass(frozen=True, slots=True, eq=False)
class Appearance:
    """Look of one box in one picture.

    `structure` (24, 24) float32, locally normalised; `chroma` (4, 4, 2) float32, CIELAB a and b
    relative to the scene's mean; `scene_chroma` the scene's mean colourfulness in CIELAB units;
    `known` the part that nothing in front hid, None for all of it.
    """

    structure: Array
    chroma: Array
    scene_chroma: float
    known: Part | None = None

    def similarity(self, other: "Appearance") -> float:
        """Return 1 for the same look, about 0 for an unrelated one.

        What was hidden from either is left out, as long as that leaves enough.
        """
        a, b, cells = self.structure, other.structure, _EVEN
        common = self._common(other)
        if common is not None:
            a, b, cells = a * common, b * common, _cells(common)
        energy = FLAT_ENERGY * (1.0 if common is None else float(common.mean()))
        shared = 2 * float((a * b).sum()) + energy
        structure = shared / (float((a * a).sum()) + float((b * b).sum()) + energy)
        return max(0.0, structure) * self._colour_factor(other, cells)

    def _common(self, other: "Appearance") -> Part | None:
        """The part that both know; None for all, and where that is too little to compare."""
        if self.known is None or other.known is None:
            common = other.known if self.known is None else self.known
        else:
            common = self.known & other.known
        return None if common is None or common.mean() < LEAST_COMMON else common

    def _colour_factor(self, other: "Appearance", cells: Array) -> float:
        low, high = sorted((self.scene_chroma, other.scene_chroma))
        if low < high / 2:  # one of the two pictures has lost its colour: dusk, infrared, fog
            return 1.0
        apart = np.linalg.norm(self.chroma - other.chroma, axis=2)
        distance = float((apart * cells).sum() / cells.sum())
        return float(np.exp(-((distance / COLOUR_SCALE) ** 2)))

    def seen(self, visible: Part | None) -> "Appearance":
        """The same look, of which only `visible` is of the thing itself."""
        return self if visible is None else replace(self, known=visible)

    def blend(self, newer: "Appearance", share: float) -> "Appearance":
        """Move towards `newer` by `share` (0 to 1), to follow the slow change of daylight.

        What `newer` does not know stays; what only `newer` knows is taken over.
        """
        if self.known is None and newer.known is None:
            known, weights = None, np.full((PATCH_PX, PATCH_PX), share, np.float32)
        else:
            mine = _ALL if self.known is None else self.known
            theirs = _ALL if newer.known is None else newer.known
            weights = np.where(theirs, np.where(mine, share, 1), 0).astype(np.float32)
            known = None if (mine | theirs).all() else mine | theirs
        return Appearance(
            self.structure + weights * (newer.structure - self.structure),
            self.chroma + _cells(weights)[..., None] * (newer.chroma - self.chroma),
            self.scene_chroma + share * (newer.scene_chroma - self.scene_chroma),
            known,
        )

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; half precision is enough and small."""
        return {
            "structure": _pack(self.structure),
            "chroma": _pack(self.chroma),
            "scene_chroma": round(self.scene_chroma, 3),
            "known": None if self.known is None else _pack_bits(self.known),
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`, to half precision."""
        return cls(
            _unpack(value["structure"], (PATCH_PX, PATCH_PX)),
            _unpack(value["chroma"], (COLOUR_CELLS, COLOUR_CELLS, 2)),
            value["scene_chroma"],
            _unpack_bits(value["known"]) if value.get("known") else None,
        )


def _pack(values: Array) -> str:
    return base64.b64encode(values.astype(np.float16).tobytes()).decode("ascii")


def _unpack(text: str, shape: tuple[int, ...]) -> Array:
    return np.frombuffer(base64.b64decode(text), np.float16).reshape(shape).astype(np.float32)


def _pack_bits(part: Part) -> str:
    return base64.b64encode(np.packbits(part).tobytes()).decode("ascii")


def _unpack_bits(text: str) -> Part:
    bits = np.unpackbits(np.frombuffer(base64.b64decode(text), np.uint8))
    return bits.reshape(PATCH_PX, PATCH_PX).astype(bool)


def _cells(part: Part | Array) -> Array:
    """Mean of each colour cell's share of a patch, (4, 4)."""
    size = PATCH_PX // COLOUR_CELLS
    cells = part.reshape(COLOUR_CELLS, size, COLOUR_CELLS, size).mean((1, 3))
    return np.asarray(cells, dtype=np.float32)


_ALL: Part = np.ones((PATCH_PX, PATCH_PX), bool)
_EVEN = _cells(_ALL)


class Scene:
    """One picture made ready to describe many boxes of it.

    `image` (H, W, 3) uint8 BGR; boxes are given in pixels of that picture. `small` is the same
    picture reduced, if there is one, to take the light of the whole from.
    """

    __slots__ = ("_image", "_mean_chroma", "_scene_chroma", "size_wh")

    def __init__(self, image: Picture, small: Image | None = None) -> None:
        self.size_wh = (image.shape[1], image.shape[0])
        whole = image if small is None else small
        tiny = resized(whole, (64, 36), cv2.INTER_AREA)
        chroma = cv2.cvtColor(tiny, cv2.COLOR_BGR2LAB)[..., 1:].astype(np.float32) - 128
        self._mean_chroma = chroma.mean(axis=(0, 1))
        self._scene_chroma = float(np.linalg.norm(chroma, axis=2).mean()) + 1.0
        self._image = image

    def describe(self, box: Box) -> Appearance | None:
        """Look of `box`; None where less than 4 x 4 pixels of it are in the picture."""
        crop = self._cut(box)
        if crop is None:
            return None
        patch = cv2.resize(crop, (PATCH_PX, PATCH_PX), interpolation=cv2.INTER_AREA)
        lab = cv2.cvtColor(patch, cv2.COLOR_BGR2LAB).astype(np.float32)
        cells = cv2.resize(lab[..., 1:], (COLOUR_CELLS,) * 2, interpolation=cv2.INTER_AREA) - 128
        chroma = np.asarray(cells - self._mean_chroma, dtype=np.float32)
        return Appearance(normalise(lab[..., 0]), chroma, self._scene_chroma)

    def _cut(self, box: Box) -> Image | None:
        """What of `box` is in the picture, a small one enlarged."""
        x1, y1 = (max(0.0, v) for v in box[:2])
        x2, y2 = (min(float(size), v) for size, v in zip(self.size_wh, box[2:], strict=True))
        if round(x2) - round(x1) < LEAST_PX or round(y2) - round(y1) < LEAST_PX:
            return None
        if min(x2 - x1, y2 - y1) >= SMALL_PX:
            return self._image[round(y1) : round(y2), round(x1) : round(x2)]
        left, top = math.floor(x1), math.floor(y1)
        crop = self._image[top : math.ceil(y2), left : math.ceil(x2)]
        large = cv2.resize(crop, None, fx=ENLARGED, fy=ENLARGED, interpolation=cv2.INTER_LINEAR)
        x1, y1, x2, y2 = (v * ENLARGED for v in (x1 - left, y1 - top, x2 - left, y2 - top))
        return np.asarray(large[round(y1) : round(y2), round(x1) : round(x2)], np.uint8)


def normalise(lightness: Array) -> Array:
    """Divide out local brightness and contrast of a grey picture, (H, W) float32."""
    detail = lightness - cv2.GaussianBlur(lightness, (0, 0), 4)
    contrast = np.sqrt(cv2.GaussianBlur(detail * detail, (0, 0), 4) + NOISE_FLOOR**2)
    return np.asarray(detail / contrast, dtype=np.float32)
