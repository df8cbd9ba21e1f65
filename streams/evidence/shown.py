"""What a look shows, and what of it may become evidence."""

from dataclasses import dataclass

import cv2

from vision.boxes import Box
from vision.frame import Picture, resized


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A look's picture (H, W, 3), and its size before it was enlarged, if it was.

    Boxes are in pixels of `picture`, whatever stream it came from.
    """

    picture: Picture
    native_wh: tuple[int, int] | None = None

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.picture.shape[1], self.picture.shape[0]

    @property
    def is_enlarged(self) -> bool:
        """Whether the camera has a stream that shows more."""
        return self.native_wh is not None

    def as_sent(self, box: Box) -> tuple[Picture, Box]:
        """The picture with the pixels that the camera sent and no others, and a box in it."""
        if self.native_wh is None:
            return self.picture, box
        x, y = (native / side for native, side in zip(self.native_wh, self.size_wh, strict=True))
        picture = resized(self.picture, self.native_wh, cv2.INTER_AREA)
        return picture, (box[0] * x, box[1] * y, box[2] * x, box[3] * y)
