"""Switch off a piece of the brain, to find out what it is worth.

Each piece hangs on a few names in `vision`; while it is switched off these are replaced, and put
back afterwards. A name that is no longer there is an error, never a silent nothing.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from unittest import mock

import numpy as np
from numpy.typing import NDArray

import vision.analyser
import vision.evidence
import vision.grouping
import vision.places
import vision.rules.judge
import vision.rules.rule
from vision.analyser import CameraAnalyser
from vision.appearance import Appearance
from vision.boxes import Boxes
from vision.cover import Cover
from vision.evidence import Evidence
from vision.patience import Patience
from vision.place import Place
from vision.regions import RegionMemory
from vision.rules.groups import Group
from vision.tracker import Track

PIECES = ("hysteresis", "absence", "motion", "context")
"""`hysteresis`: a thing stands, and is gone, at the first look that says so, and enters and leaves
a zone at the same line. `absence`: what is not detected is gone, as a tracker has it, whatever its
spot looks like and whatever is in front. `motion`: what is under way may found a place, and attend
a thing. `context`: nobody is ever at a thing or wears it, nothing ever in front of it, and marked
bays excuse nothing."""

Swap = tuple[object, str, object]


@contextmanager
def without(pieces: Sequence[str]) -> Iterator[None]:
    """Run with these pieces of the brain switched off; raises ValueError for an unknown one."""
    unknown = [piece for piece in pieces if piece not in PIECES]
    if unknown:
        raise ValueError(f"there is no piece {unknown[0]!r}; choose from {', '.join(PIECES)}")
    swaps = [swap for piece in pieces for swap in _SWAPS[piece]]
    patches = [mock.patch.object(owner, name, new) for owner, name, new in swaps]
    for patch in patches:
        patch.start()
    try:
        yield
    finally:
        for patch in reversed(patches):
            patch.stop()


def _hasty() -> Patience:
    """A place stands at its second look and is gone at the first one without it."""
    return replace(Patience(), stand_after_s=0.0, gone_after_s=0.0, other_after_s=0.0)


def _weigh_detections_only(
    _place: Place, detected: bool, _cover: float, _now: Appearance | None
) -> tuple[Evidence, bool]:
    """No evidence of absence: not detected is gone, detected is there."""
    return (Evidence.SEEN, True) if detected else (Evidence.EMPTY, False)


def _hasty_regions(camera_id: str, group: Group) -> RegionMemory:
    return _forgetful_regions(camera_id, replace(group, stand_looks=1))


def _forgetful_regions(camera_id: str, group: Group) -> RegionMemory:
    return RegionMemory(camera_id, replace(group, missing_looks=1, bridge_s=0.0))


def _nothing_moves(tracks: list[Track | None]) -> NDArray[np.bool_]:
    return np.zeros(len(tracks), bool)


def _nobody_arrives(
    _self: CameraAnalyser, _t_s: float, tracks: list[Track | None]
) -> NDArray[np.bool_]:
    return np.zeros(len(tracks), bool)


def _nothing_covers(boxes: Boxes, _others: Boxes, _same_iou: float) -> list[Cover]:
    return [Cover()] * len(boxes)


def _never(*_: object) -> bool:
    return False


_SWAPS: dict[str, tuple[Swap, ...]] = {
    "hysteresis": (
        (vision.places, "Patience", _hasty),
        (vision.rules.rule, "EXIT_SHARE", vision.rules.rule.ENTER_SHARE),
        (vision.analyser, "RegionMemory", _hasty_regions),
    ),
    "absence": (
        (vision.evidence, "_weigh", _weigh_detections_only),
        (vision.analyser, "RegionMemory", _forgetful_regions),
        (RegionMemory, "_is_hidden", _never),
    ),
    "motion": (
        (vision.analyser, "_moving", _nothing_moves),
        (CameraAnalyser, "_arriving", _nobody_arrives),
    ),
    "context": (
        (vision.rules.judge, "_is_attended", _never),
        (vision.places, "covers", _nothing_covers),
        (RegionMemory, "_is_hidden", _never),
        (vision.grouping, "ON_COVER", math.inf),
    ),
}
