"""Boxes that grow: of a thing behind another one only a part is seen at first."""

from vision.boxes import Box, area, as_boxes
from vision.evidence import Describe
from vision.place import Place, Sighting

COMPLETE_SIZE = 1.25
"""A box so many times as large as the one that a candidate began with shows more of it."""


def complete(place: Place, known: Box, sighting: Sighting | None, now: Describe) -> None:
    """Let a candidate be all that can be seen of it once whoever brought it steps aside.

    `known` is its box as it was before this look: what follows half of the way is no view of it.
    """
    if sighting is not None and place.alive:
        first, whole = area(as_boxes([known, sighting.box]))
        if whole > COMPLETE_SIZE * first:
            place.become(sighting.box, now(sighting.box))


def outgrow(
    place: Place, t_s: float, sighting: Sighting | None, now: Describe, outgrow_s: float
) -> None:
    """Take over a larger box that for `outgrow_s` shows the thing as a part of itself."""
    small, large = area(as_boxes([place.box, place.box if sighting is None else sighting.box]))
    if sighting is None or not sighting.partial or large <= small:
        place.outgrown_since_s = None
    elif place.outgrown_since_s is None:
        place.outgrown_since_s = t_s
    elif t_s - place.outgrown_since_s >= outgrow_s:
        place.become(sighting.box, now(sighting.box))
