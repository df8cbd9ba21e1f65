"""What is in a scene: things on their way, standing, and gone again."""

from dataclasses import dataclass, field

import numpy as np

from scenery.light import HEIGHT, WIDTH, Span
from vision.boxes import Box

__all__ = ["HEIGHT", "WIDTH", "Span", "Stop", "Thing", "driving", "passing"]

Stop = tuple[float, float, float]
"""At `t_s`, so many pixels right of and below where the thing stands; straight in between."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something in the scene from `from_s` to `to_s`, at `box` (pixels) where it stands.

    `sprite` and `look` decide what is painted: the same look is the same thing. `name` is the
    class that the detector gives it, "" for what it has no class for; sometimes it takes it for
    one of `mistaken`, so `sureness` is in logits of its mean score by day and in full view.
    `lure` is a class that this thing is not but is taken for in a share of the looks.
    """

    sprite: str
    look: int
    box: Box
    from_s: float
    to_s: float
    name: str = ""
    mistaken: tuple[str, ...] = ()
    sureness: float = 0.0
    path: tuple[Stop, ...] = ()
    lure: str = ""
    lure_share: float = 0.0
    layer: int = 0
    """0: drawn in the order of the feet, nearer ones later; 1: before, -1: behind all that."""
    sways: bool = False
    """Whether it hangs in the wind, so that no two looks show the same picture."""
    tag: str = ""
    """For people: what it is in the script."""
    _times: tuple[tuple[float, ...], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        columns = tuple(zip(*self.path, strict=True)) if self.path else ()
        object.__setattr__(self, "_times", columns)

    def there(self, t_s: float) -> bool:
        """Whether it is in the scene at `t_s`."""
        return self.from_s <= t_s < self.to_s

    def at(self, t_s: float) -> Box:
        """Where it is at `t_s`, in pixels; may reach out of the picture."""
        if not self._times:
            return self.box
        when, right, down = self._times
        dx, dy = float(np.interp(t_s, when, right)), float(np.interp(t_s, when, down))
        x1, y1, x2, y2 = self.box
        return x1 + dx, y1 + dy, x2 + dx, y2 + dy


def driving(
    box: Box, look: int, arrives_s: float, leaves_s: float, *, left: bool, **how: object
) -> Thing:
    """A vehicle that rolls in, stands at `box` from `arrives_s` to `leaves_s`, and rolls out."""
    away = -box[2] - 10.0 if left else WIDTH - box[0] + 10.0
    aside, turn = 1.1 * (box[3] - box[1]), 0.6 * (box[2] - box[0])
    turn = -turn if left else turn
    path = (
        (arrives_s - 7.0, away, aside),  # along the road, then in from it
        (arrives_s - 3.0, turn, aside),
        (arrives_s, 0.0, 0.0),
        (leaves_s, 0.0, 0.0),
        (leaves_s + 3.0, -turn, aside),
        (leaves_s + 7.0, -away, aside),
    )
    return Thing("car", look, box, arrives_s - 7.0, leaves_s + 7.0, path=path, **how)  # type: ignore[arg-type]


def passing(
    sprite: str, look: int, box: Box, from_s: float, seconds: float, dx: float, **how: object
) -> Thing:
    """Something that moves evenly from `box` by `dx` pixels within so many seconds."""
    path = ((from_s, 0.0, 0.0), (from_s + seconds, dx, 0.0))
    return Thing(sprite, look, box, from_s, from_s + seconds, path=path, **how)  # type: ignore[arg-type]
