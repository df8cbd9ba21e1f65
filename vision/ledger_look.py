"""What one look shows the vehicle ledger, and what it changes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from vision.anchor import Fix
from vision.boxes import Box, Boxes, as_boxes, covered, iou
from vision.fine_look import FineLook, fine_look
from vision.frame import Image, Picture
from vision.place import Place
from vision.violation import Violation

SAME_SPOT_IOU = 0.4
FOOT_SLACK = 0.15
"""What has its foot this share of a height lower is in front, not at the spot."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How the ledger works; times in seconds, likenesses 0 to 1.

    `same` and `other` were chosen by `skyeye bench ledger`, which says how often each errs.
    """

    feed_s: float = 600.0
    """The ledger looks for itself this often; place memory does so in between."""
    learn_s: float = 1800.0
    watch_s: float = 4 * 3600.0
    """From here on evidence is gathered of a vehicle: most cars have left by then."""
    plate_s: float = 86400.0
    """A plate is read this often, since a vehicle may be another one tomorrow."""
    unread_s: float = 6 * 3600.0
    """A plate that is not known is tried again after so long: by then the light is another one."""
    unbroken_s: float = 900.0
    """In a shorter time out of sight no vehicle takes another's place unnoticed."""
    same: float = 0.5
    other: float = 0.12
    same_looks: int = 2
    same_within_s: float = 3600.0
    """Looks that recognise a vehicle are no further apart, or than two and a half usual looks."""
    other_looks: int = 6
    other_s: float = 4 * 3600.0
    """A vehicle has left when so many looks over such a time show another one, or none ..."""
    emptied_looks: int = 3
    emptied_s: float = 1200.0
    """... or so many once place memory saw it leave."""
    week_s: float = 7 * 86400.0
    """A vehicle that is not sighted for so long stands there anew when it is seen again."""
    keep_s: float = 60 * 86400.0
    """How long one is sought that a violation was raised for."""


@dataclass(frozen=True, slots=True)
class LedgerLook:
    """One look that could be judged.

    `image` (H, W, 3) and `small`, the same picture reduced; `places` of vehicles that stand, boxes
    in the reference view, which `shown` turns into pixels of `image`; `boxes` every detection, in
    pixels of `image`; `emptied` ids of places that place memory saw becoming empty.
    """

    t_s: float
    image: Picture
    small: Image
    places: Sequence[Place]
    shown: Callable[[Box], Box]
    boxes: Boxes
    emptied: frozenset[str] = frozenset()

    @property
    def size_wh(self) -> tuple[int, int]:
        """Width and height of the picture in pixels."""
        return self.image.shape[1], self.image.shape[0]

    @property
    def shares(self) -> Boxes:
        """Every detection, in shares of the picture."""
        return as_boxes(self.boxes / np.array(2 * self.size_wh, np.float32))

    def seen(self, place: Place) -> bool:
        """Whether this look shows the place."""
        return place.last_seen_s == self.t_s

    def place(self, box: Box, fix: Fix) -> Box:
        """Where a box in shares of the view's first picture is in this one, in pixels."""
        return placed(box, fix, self.size_wh)

    def unplace(self, shown: Box, fix: Fix) -> Box:
        """Inverse of `place`."""
        width, height = self.size_wh
        dx, dy = fix.shift
        x1, y1, x2, y2 = shown
        return x1 / width - dx, y1 / height - dy, x2 / width - dx, y2 / height - dy

    def fine(self, box: Box, fix: Fix) -> FineLook | None:
        """Fine look at a box in shares of the view's first picture."""
        shown = self.place(box, fix)
        others = self.boxes[iou(as_boxes([shown]), self.boxes)[0] < SAME_SPOT_IOU]
        return fine_look(self.image, shown, others)

    def cover(self, shown: Box) -> float:
        """Share of a box (pixels) that is hidden by detections in front of it, 0 to 1."""
        spot = as_boxes([shown])
        slack_px = FOOT_SLACK * (shown[3] - shown[1])
        at_spot = iou(spot, self.boxes)[0] >= SAME_SPOT_IOU
        lower = self.boxes[:, 3] > shown[3] + slack_px
        behind = self.boxes[:, 3] < shown[3] - slack_px
        shares = covered(spot, self.boxes)[0]
        # A large thing in front may overlap the box as much as what stands in it.
        return float(min(1.0, np.where(behind | (at_spot & ~lower), 0, shares).sum()))


@dataclass(slots=True)
class LedgerChanges:
    """What a look changed; `left` are ids of vehicles that will not be recognised again."""

    raised: list[Violation] = field(default_factory=list)
    ended: list[Violation] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def placed(box: Box, fix: Fix, size_wh: tuple[int, int]) -> Box:
    """A box in shares of a view's first picture, in pixels of a picture found at `fix`."""
    width, height = size_wh
    dx, dy = fix.shift
    x1, y1, x2, y2 = box
    return (x1 + dx) * width, (y1 + dy) * height, (x2 + dx) * width, (y2 + dy) * height


def same_spot(a: Box, b: Box) -> bool:
    """Whether two vehicles cannot stand there at the same time."""
    return bool(iou(as_boxes([a]), as_boxes([b]))[0, 0] >= SAME_SPOT_IOU)
