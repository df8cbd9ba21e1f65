"""Book one glimpse into a place: its counts, its clock, and what it looks like."""

import math

from vision.evidence import COVERED_SHARE, SAME_SIMILARITY, Evidence, Glimpse, hidden
from vision.patience import Patience
from vision.place import Place, Sighting, State


def book(
    place: Place,
    t_s: float,
    dt_s: float,
    glimpse: Glimpse,
    sighting: Sighting | None,
    patience: Patience,
) -> None:
    """Update `place` with what a look at `t_s`, `dt_s` after the one before, says about it."""
    present = glimpse.evidence in (Evidence.SEEN, Evidence.UNCHANGED)
    # A thing that never was out of sight is the same thing even when it looks different: a door
    # is open, washing was taken in. Only after an interruption may it be another one.
    same = present or (sighting is not None and not place.interrupted)
    if same and dt_s <= patience.gap_s:
        place.observed_s += dt_s
    else:
        place.unobserved_s += dt_s
    unseen_s = t_s - max(place.last_seen_s, place.last_detected_s)
    missed = not same and unseen_s > patience.blink_s
    place.interrupted |= missed or dt_s >= patience.interrupt_s
    place.looks += 1
    if sighting is not None:
        place.count(sighting, t_s)
    if present:
        _recognise(place, t_s, dt_s, glimpse, sighting, patience)
    elif glimpse.evidence is Evidence.EMPTY:
        place.other = None
        place.absent_since_s = t_s if place.absent_since_s is None else place.absent_since_s
    elif glimpse.evidence is Evidence.OTHER:
        _compare_other(place, t_s, glimpse)
    elif hidden(place, glimpse.cover):
        place.hidden_s += dt_s


def _recognise(
    place: Place,
    t_s: float,
    dt_s: float,
    glimpse: Glimpse,
    sighting: Sighting | None,
    patience: Patience,
) -> None:
    place.last_seen_s, place.absent_since_s, place.other = t_s, None, None
    place.hidden_s = 0.0
    if place.state is State.OCCLUDED:
        place.state = State.STANDING
    if not glimpse.alike or glimpse.look is None or place.look is None:
        return
    place.interrupted = False
    share = 1 - math.exp(-min(dt_s, patience.follow_s) / patience.follow_s)
    place.look = place.look.blend(glimpse.look, share)
    if sighting is not None and not sighting.partial:
        share = max(share, 1 / place.sightings)  # the mean of the first boxes, then a follower
        if glimpse.cover < COVERED_SHARE:  # one cut short by what is in front tells no size
            pairs = zip(place.box, sighting.box, strict=True)
            x1, y1, x2, y2 = (old + share * (new - old) for old, new in pairs)
            place.box = (x1, y1, x2, y2)
    place.cover += share * (glimpse.cover - place.cover)


def _compare_other(place: Place, t_s: float, glimpse: Glimpse) -> None:
    """Follow since when the other picture has been the same one."""
    place.absent_since_s = None
    now, before = glimpse.look, place.other
    if before is None or now is None or before.similarity(now) < SAME_SIMILARITY:
        place.other, place.other_since_s = now, t_s
