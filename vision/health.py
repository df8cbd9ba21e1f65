"""Camera health: whether a picture allows any conclusion, and if not, why.

What cannot be seen is not judged: a covered lens, a frozen or turned camera, darkness, glare, a
lens out of focus, wet or fogged. What is merely dim, bright or noisy is. Some of it shows in one
picture (nothing is structured, nothing is lit), the rest only beside what this camera usually
shows. The thresholds lie where a detector finds less than half of what it finds in the clean
picture; `skyeye bench health` measures that.
"""

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from vision.frame import Image
from vision.frozen import Frozen
from vision.tiles import Tiles, measure
from vision.usual import Shown, Usual, shown

SATURATED_SHARE = 0.9
GLARING_SHARE = 0.5
"""Where so much is white and structure is lost, light took it."""
DARK_LEVEL = 20.0
"""Grey level that not even the brightest fiftieth of an unlit street reaches."""
BLANK_SHARE = 0.01
"""Share of structured tiles below which the lens is covered."""
DARK_JUMP = 0.5
"""So much of the picture does not go black within minutes by nightfall."""
CONTRAST_LOSS = 0.08
"""Coarse contrast below this share of the usual: fog or a film that lets a tenth through."""
SHARP_LOSS = 0.25
"""Fine structure below this share of the usual: blurred by more than 3 of 640 pixels."""
PATCH_LOSS, PATCHES_SHARE, STILL_PATCHES_SHARE = 0.15, 0.34, 0.27
"""Drops take nearly all fine structure where they are, and none elsewhere."""
LOST_SHARE, STILL_LOST_SHARE = 0.5, 0.4
"""Share of the structure that must be lost, and stay lost, to be missed."""
FOG_LEVEL = 128.0
"""Fog is as bright as the sky; what hides the street and is darker is no weather."""
TRUST_AFTER_S = 30.0
"""The usual is known after so long."""
SETTLE_S = 5.0
"""A camera that shows nothing for so long, not just in a flash, is in trouble,"""
RECOVER_S = 3.0
"""and must show something for so long to be judged again."""
RELEARN_S = 86400.0
"""A picture that has been unusual for a day is how the camera is now."""
LONGEST_STEP_S = 60.0
LOOK_EVERY_S = 0.5
"""Looks that follow each other faster than this share one verdict."""


class Reason(StrEnum):
    """Why a look is not judged; NONE if it is."""

    NONE = ""
    COVERED = "covered"
    FROZEN = "frozen"
    DARK = "dark"
    GLARE = "glare"
    FOG = "fog"
    """A bright veil: fog, mist on the glass, a white film."""
    BLURRED = "blurred"
    """Out of focus, or drops on the lens."""
    MOVED = "moved"
    """The camera looks elsewhere."""
    STALE = "stale"
    """The look is not newer than the one before."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What differs between cameras.

    `frozen_after_s`: a picture that does not change for so long is frozen; None where equal
    pictures are meant to be judged (a folder, a rendering), for only a live sensor has noise.
    `gap_s`: a longer pause without any look is time that nobody could look.
    """

    frozen_after_s: float | None = None
    gap_s: float = 90.0


@dataclass(frozen=True, slots=True)
class Health:
    """Whether a look may be judged, and the reason why not."""

    reason: Reason = Reason.NONE

    @property
    def judged(self) -> bool:
        """Whether something may be concluded from the look."""
        return self.reason is Reason.NONE


class CameraHealth:
    """Tells whether one camera still shows what it usually shows."""

    def __init__(self, limits: Limits) -> None:
        after_s = limits.frozen_after_s
        self._frozen = None if after_s is None else Frozen(after_s)
        self._usual = Usual()
        self._health = Health()
        self._looked_s = -math.inf
        self._bad_since_s: float | None = None
        self._last_bad_s = -math.inf
        self._trouble = Reason.NONE

    def look(self, t_s: float, small: Image) -> Health:
        """Judge a reduced picture (H, W, 3) taken at `t_s`, UTC seconds that go forward."""
        if t_s - self._looked_s >= LOOK_EVERY_S:
            tiles = measure(small)
            now = shown(tiles)
            self._health = Health(self._settle(t_s, self._reason(t_s, tiles, now)))
            if self._bad_since_s is None:
                step_s = 0.0 if math.isinf(self._looked_s) else t_s - self._looked_s
                self._usual.learn(min(step_s, LONGEST_STEP_S), now)
            self._looked_s = t_s
        return self._health

    def snapshot(self) -> dict[str, Any] | None:
        """What the camera usually shows, as plain JSON values; None while that is unknown."""
        return self._usual.snapshot()

    def restore(self, snapshot: dict[str, Any] | None) -> None:
        """Take up where `snapshot` left off; an older release saved none."""
        self._usual.restore(snapshot)

    def _settle(self, t_s: float, reason: Reason) -> Reason:
        """A look that shows nothing is lost; after a while of them, so are the first good ones."""
        if reason is not Reason.NONE:
            self._last_bad_s = t_s
            if self._bad_since_s is None:
                self._bad_since_s = t_s
            if t_s - self._bad_since_s >= SETTLE_S:
                self._trouble = reason
            if t_s - self._bad_since_s >= RELEARN_S:
                self._usual = Usual()
            return reason
        if self._trouble is not Reason.NONE and t_s - self._last_bad_s < RECOVER_S:
            return self._trouble
        self._trouble, self._bad_since_s = Reason.NONE, None
        return reason

    def _reason(self, t_s: float, tiles: Tiles, now: Shown) -> Reason:
        """What this picture alone, and beside those before, is to be called."""
        frozen = self._frozen is not None and self._frozen.look(t_s, tiles.grey)
        darkened = self._usual.darkened(now) >= DARK_JUMP
        if tiles.bright < DARK_LEVEL:
            return Reason.COVERED if darkened else Reason.DARK
        if tiles.saturated >= SATURATED_SHARE:
            return Reason.GLARE
        if darkened:
            return Reason.COVERED
        if now.structured < BLANK_SHARE:
            return _hidden(tiles)
        if frozen:
            return Reason.FROZEN
        return self._missed(tiles, now) if self._usual.age_s >= TRUST_AFTER_S else Reason.NONE

    def _missed(self, tiles: Tiles, now: Shown) -> Reason:
        """What became of the structure that this camera usually shows, if much is lost."""
        well, usual = self._bad_since_s is None, self._usual
        limit = LOST_SHARE if well else STILL_LOST_SHARE
        patches = PATCHES_SHARE if well else STILL_PATCHES_SHARE
        flat = usual.contrast_lost(now, CONTRAST_LOSS) >= limit
        soft = usual.sharpness_lost(now, SHARP_LOSS) >= limit
        if not (flat or soft or usual.patches_lost(now, PATCH_LOSS, TRUST_AFTER_S) >= patches):
            return Reason.NONE
        if tiles.saturated >= GLARING_SHARE:
            return Reason.GLARE
        if not flat:
            return Reason.BLURRED
        return _hidden(tiles)


def _hidden(tiles: Tiles) -> Reason:
    """What hides nearly all of the structure."""
    return Reason.FOG if tiles.light.mean() >= FOG_LEVEL else Reason.COVERED
