"""Whether what begins to stand is an old acquaintance: a place that was thought to have gone."""

from collections.abc import Sequence

import numpy as np

from vision.boxes import Boxes, as_boxes, covered, iou
from vision.evidence import COVERED_SHARE, SAME_SIMILARITY
from vision.patience import Patience
from vision.place import Place

RECALL_SIMILARITY = 0.7
"""What was thought to have gone is back if it looks so much the same. Two things at one spot look
alike by .2 (median), one in ten by .5, hardly any by this; the same one by .9 in the same light."""


def is_same(ghost: Place, place: Place, t_s: float, patience: Patience) -> bool:
    """Whether `place`, which begins to stand at `t_s`, is what `ghost` was."""
    at_same_spot = iou(as_boxes([ghost.box]), as_boxes([place.box]))[0, 0]
    if at_same_spot < patience.match_iou or not recallable(ghost, t_s, patience):
        return False
    if ghost.look is None or place.look is None:
        return True
    # Somebody has said that a silenced thing is in order, so doubts are in its favour.
    if ghost.silenced:
        return ghost.look.similarity(place.look) >= SAME_SIMILARITY
    alike = ghost.look.similarity(place.look) >= RECALL_SIMILARITY
    return alike and not _was_vacant(ghost, place, patience.vacant_s)


def recallable(ghost: Place, t_s: float, patience: Patience) -> bool:
    """Whether what has gone may still be recognised at `t_s`."""
    gone_s = t_s - (ghost.ended_s or 0.0)
    if ghost.silenced:
        return gone_s < patience.silence_s
    return not ghost.surely_gone and gone_s < patience.remember_s


def note_vacant(ghosts: Sequence[Place], dt_s: float, boxes: Boxes) -> None:
    """Count up the time in which a look found nothing, `boxes`, where something has gone."""
    spots = as_boxes([ghost.box for ghost in ghosts])
    found = (covered(spots, boxes) >= COVERED_SHARE).any(axis=1)
    for row in np.flatnonzero(~np.asarray(found)):
        ghosts[int(row)].vacant_s += dt_s


def _was_vacant(ghost: Place, place: Place, vacant_s: float) -> bool:
    """Whether the spot of `ghost` was seen without it before `place` came, its like.

    What looks like `place` itself is never its backdrop, so that a thing which the detector missed
    for a while stays the same one.
    """
    if ghost.vacant_s < vacant_s or place.backdrop is None or ghost.look is None:
        return False
    return ghost.look.similarity(place.backdrop) < SAME_SIMILARITY
