"""One decoded picture of one camera, in colour or as its decoder has it."""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Colour picture, (H, W, 3) uint8, BGR channel order as OpenCV has it."""

REDUCED_WIDTH_PX = 640


@dataclass(frozen=True, slots=True, eq=False)
class Planar:
    """A picture as decoders give it, of which only what is looked at is turned into colour.

    `planes` (H * 3 / 2, W) uint8: luma, then Cb and Cr at half the size each way (I420, ITU-R
    BT.601, luma 16 to 235); H and W are even. It has the `shape` of the colour picture and is cut
    out like one: `picture[top:bottom, left:right]` is BGR. A 1080p picture is half as large so,
    and neither the conversion nor the copy of all its pixels is paid for.
    """

    planes: NDArray[np.uint8]

    @property
    def shape(self) -> tuple[int, int, int]:
        """Height and width in pixels, and 3 for the colours."""
        return self.planes.shape[0] * 2 // 3, self.planes.shape[1], 3

    @property
    def nbytes(self) -> int:
        """Bytes of the planes."""
        return self.planes.nbytes

    @property
    def luma(self) -> NDArray[np.uint8]:
        """Brightness (H, W), 16 to 235."""
        return self.planes[: self.shape[0]]

    @property
    def chroma(self) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
        """Cb and Cr, (H / 2, W / 2) each."""
        height, width, _ = self.shape
        cb, cr = self.planes[height:].reshape(2, height // 2, width // 2)
        return cb, cr

    def bgr(self) -> Image:
        """The whole picture in colour."""
        return _coloured(self.planes)

    def halved(self) -> Self:
        """The same at half the width and height, every pixel averaged."""
        height, width, _ = self.shape
        return self.fitted((width // 4 * 2, height // 4 * 2), cv2.INTER_AREA)

    def fitted(self, size_wh: tuple[int, int], how: int) -> Self:
        """Each plane at another size, even both ways; `how` is OpenCV's interpolation."""
        width, height = size_wh
        planes = np.empty((height * 3 // 2, width), np.uint8)
        cv2.resize(self.luma, (width, height), dst=planes[:height], interpolation=how)
        halves = planes[height:].reshape(2, height // 2, width // 2)
        for half, plane in zip(halves, self.chroma, strict=True):
            cv2.resize(plane, (width // 2, height // 2), dst=half, interpolation=how)
        return type(self)(planes)

    def resized(self, size_wh: tuple[int, int], how: int) -> Image:
        """The whole picture in colour at another size; `how` is OpenCV's interpolation."""
        width, height = ((side + 1) // 2 * 2 for side in size_wh)
        coloured = self.fitted((width, height), how).bgr()
        return coloured if (width, height) == size_wh else _resized(coloured, size_wh, how)

    def __getitem__(self, where: tuple[slice, slice]) -> Image:
        """Part of the picture in colour."""
        (height, width, _), (rows, columns) = self.shape, where
        top, bottom, _ = rows.indices(height)
        left, right, _ = columns.indices(width)
        if bottom <= top or right <= left:
            return np.empty((max(0, bottom - top), max(0, right - left), 3), np.uint8)
        y, x = top // 2, left // 2
        y2, x2 = (bottom + 1) // 2, (right + 1) // 2
        cb, cr = (plane[y:y2, x:x2].ravel() for plane in self.chroma)
        luma = self.luma[2 * y : 2 * y2, 2 * x : 2 * x2]
        planes = np.concatenate([luma.ravel(), cb, cr]).reshape(-1, luma.shape[1])
        return _coloured(planes)[top - 2 * y : bottom - 2 * y, left - 2 * x : right - 2 * x]


Picture = Image | Planar
"""What a camera showed; both forms have a `shape` and are cut out in colour."""


def bgr(picture: Picture) -> Image:
    """The whole picture in colour."""
    return picture.bgr() if isinstance(picture, Planar) else picture


def resized(picture: Picture, size_wh: tuple[int, int], how: int) -> Image:
    """The whole picture in colour at another size; `how` is OpenCV's interpolation."""
    if isinstance(picture, Planar):
        return picture.resized(size_wh, how)
    return _resized(picture, size_wh, how)


def enlarged(picture: Picture, size_wh: tuple[int, int]) -> Picture:
    """The picture at the size of a larger one of the same view; both sides are even."""
    if isinstance(picture, Planar):
        return picture.fitted(size_wh, cv2.INTER_LINEAR)
    return _resized(picture, size_wh, cv2.INTER_LINEAR)


def reduce(image: Picture) -> Image:
    """The picture at most 640 pixels wide: enough to tell views and lights apart, and cheap.

    Whatever needs the whole picture small should start from this one, as each reduction of a
    large picture costs milliseconds.
    """
    # Halving averages every pixel and is several times faster than one reduction by area.
    small = image
    while small.shape[1] >= 2 * REDUCED_WIDTH_PX:
        small = small.halved() if isinstance(small, Planar) else _halved(small)
    if small.shape[1] <= REDUCED_WIDTH_PX:
        return bgr(small)
    height = max(1, round(small.shape[0] * REDUCED_WIDTH_PX / small.shape[1]))
    return resized(small, (REDUCED_WIDTH_PX, height), cv2.INTER_LINEAR)


def _halved(image: Image) -> Image:
    half_wh = (image.shape[1] // 2, max(1, image.shape[0] // 2))
    return _resized(image, half_wh, cv2.INTER_AREA)


def _coloured(planes: NDArray[np.uint8]) -> Image:
    return np.asarray(cv2.cvtColor(planes, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8)


def _resized(image: Image, size_wh: tuple[int, int], how: int) -> Image:
    return np.asarray(cv2.resize(image, size_wh, interpolation=how), dtype=np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One decoded picture and when it was taken.

    `pts_s` is the media clock of the stream (seconds, any origin); `captured_at` is the same
    instant as UTC seconds. `epoch` counts the connections to a stream of the camera and `seq` the
    frames within one. `native_wh` is the size in which a smaller stream gave the picture before it
    was enlarged to that of the camera's main stream; None: it is as it came.
    """

    camera_id: str
    epoch: int
    seq: int
    pts_s: float
    captured_at: float
    image: Picture
    native_wh: tuple[int, int] | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.image.shape[1], self.image.shape[0]
