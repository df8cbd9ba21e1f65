"""What the look before this one showed: what the detector missed there stood there all the same."""

from dataclasses import dataclass

from vision.appearance import Appearance, Scene
from vision.boxes import Box
from vision.evidence import STILL_SIMILARITY
from vision.frame import Image


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """A reduced picture (H, W, 3) taken at `t_s` (UTC seconds), by which two looks are compared.

    `factor` turns pixels of the source picture into its own; `shift_xy` is where the view was
    moved to, in source pixels.
    """

    t_s: float
    small: Image
    factor: float
    shift_xy: tuple[float, float]

    def describe(self, box: Box) -> Appearance | None:
        """Look of a box of the reference view; None where there is nothing to describe."""
        (x1, y1, x2, y2), (dx, dy), k = box, self.shift_xy, self.factor
        shown = ((x1 + dx) * k, (y1 + dy) * k, (x2 + dx) * k, (y2 + dy) * k)
        return Scene(self.small).describe(shown)


@dataclass(frozen=True, slots=True, eq=False)
class Earlier:
    """This look and the judged one right before it."""

    then: Shot
    now: Shot

    @property
    def ago_s(self) -> float:
        """How long before this look it was."""
        return self.now.t_s - self.then.t_s

    def showed(self, box: Box, empty: Appearance | None) -> bool:
        """Whether a spot (box of the reference view) looked then as it does now.

        It proves nothing where it looked as much like `empty`, the empty spot.
        """
        then, now = self.then.describe(box), self.now.describe(box)
        if then is None or now is None:
            return False
        as_empty = 0.0 if empty is None else empty.similarity(then)
        alike = then.similarity(now)
        return alike >= STILL_SIMILARITY and alike > as_empty
