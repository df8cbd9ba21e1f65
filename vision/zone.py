"""Zones: the parts of a picture where a rule holds or does not."""

from dataclasses import dataclass
from functools import cached_property

import shapely
from shapely.geometry import Polygon, box as rectangle

from vision.boxes import Box
from vision.schedule import Schedule

GROUND_SHARE = 1 / 3
"""The lowest third of a box is taken for the ground that a thing stands on."""


@dataclass(frozen=True)
class Zone:
    """A named polygon in a camera's picture.

    `polygon` holds at least three (x, y) points, 0 to 1 of the picture's width and height.
    `kind` says what the place is (no_parking, bike_bay, pavement, ...); `schedule` says when the
    zone is in force (None: always). Raises ValueError for a polygon that is outside the picture,
    crosses itself or has no area.
    """

    name: str
    kind: str
    polygon: tuple[tuple[float, float], ...]
    schedule: Schedule | None = None

    def __post_init__(self) -> None:
        if len(self.polygon) < 3:
            raise ValueError(f"zone {self.name!r} needs at least 3 points, has {len(self.polygon)}")
        outside = [p for p in self.polygon if not (0 <= p[0] <= 1 and 0 <= p[1] <= 1)]
        if outside:
            raise ValueError(
                f"zone {self.name!r}: point {list(outside[0])} is outside the picture; "
                "x and y are fractions, 0 to 1"
            )
        if not self.shape.is_valid or self.shape.area == 0:
            reason = shapely.is_valid_reason(self.shape)
            raise ValueError(
                f"zone {self.name!r} is not a simple polygon ({reason}); "
                "list its corners in order round the edge"
            )

    @cached_property
    def shape(self) -> Polygon:
        """The polygon in fractions of the picture."""
        return Polygon(self.polygon)

    def overlap(self, box: Box, size_wh: tuple[int, int], ground: bool = True) -> float:
        """Share of a thing that is in the zone, 0 to 1.

        With `ground` the lowest third of the box counts, which is where a vehicle or a bike
        stands; without it the whole box, as for washing on a line.
        """
        x1, y1, x2, y2 = box
        width, height = size_wh
        top = y2 - (y2 - y1) * GROUND_SHARE if ground else y1
        thing = rectangle(x1 / width, top / height, x2 / width, y2 / height)
        return float(thing.intersection(self.shape).area / thing.area) if thing.area else 0.0
