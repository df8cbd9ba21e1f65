"""What a peer and a node wrote of their looks, as one thing. Pure."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from benchmarks.feeds.metrics import TracedLook

VEHICLES = {"bicycle": 1, "car": 2, "motorcycle": 3, "bus": 5, "truck": 7}
"""Classes that are compared, with their numbers in COCO."""

Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Thing:
    """A vehicle: class in COCO, score, corners in fractions of the picture."""

    class_id: int
    score: float
    xyxy: tuple[float, float, float, float]

    @property
    def foot(self) -> Point:
        """Middle of its lower edge."""
        x1, _, x2, y2 = self.xyxy
        return (x1 + x2) / 2, y2


@dataclass(frozen=True, slots=True)
class SeenLook:
    """A look that was done at `at_s` (UTC s), and the vehicles it found.

    `pictures` were taken of the feed so far, by those who count them.
    """

    camera: str
    at_s: float
    things: tuple[Thing, ...]
    pictures: int | None = None

    @classmethod
    def of_peer(cls, line: str) -> Self:
        """Read a line of a peer's log; raises ValueError."""
        try:
            value = json.loads(line)
            things = tuple(_thing(*row) for row in value["found"])
            pictures = value.get("pictures")
            return cls(str(value["camera"]), float(value["at"]), things, pictures)
        except (KeyError, TypeError) as error:
            raise ValueError(f"not a look: {line[:80]!r}") from error

    @classmethod
    def of_node(
        cls, line: str, sizes_wh: Mapping[str, tuple[int, int]], score: float
    ) -> Self | None:
        """Read a line of a node's record; None for a look that was dropped; raises ValueError.

        Its boxes are in pixels of pictures of `sizes_wh`; those below `score` are left out.
        """
        look = TracedLook.parse(line)
        if not look.is_seen:
            return None
        width, height = sizes_wh[look.camera_id]
        scale = (width, height, width, height)
        things = []
        for word in line.split()[5:]:
            name, *figures = word.split(":")
            sure, *corners = map(float, figures)
            if name in VEHICLES and sure >= score:
                shares = (v / s for v, s in zip(corners, scale, strict=True))
                things.append(_thing(VEHICLES[name], sure, *shares))
        return cls(look.camera_id, look.decided_s, tuple(things))


def whole_lines(text: str) -> Sequence[str]:
    """The lines of a file that is still being written, without the last one if it is broken off."""
    return text.rpartition("\n")[0].splitlines()


def _thing(class_id: int, score: float, x1: float, y1: float, x2: float, y2: float) -> Thing:
    return Thing(int(class_id), score, (x1, y1, x2, y2))
