"""How patient the place memory is: when a thing counts as standing or gone."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """Thresholds of the place memory; times in seconds, scores and overlaps 0 to 1."""

    found_score: float = 0.35
    """A detection this sure may found a place; weaker ones only sustain one."""
    match_iou: float = 0.4
    stand_after_s: float = 3.0
    patience_s: float = 3.0
    """A candidate that is not recognised for longer was passing by."""
    gone_after_s: float = 3.0
    """The empty spot must be seen for this long."""
    other_after_s: float = 10.0
    """Another picture must stay, unchanged, for this long where the thing stood."""
    gap_s: float = 15.0
    """After so long without a look, the time between counts as unobserved."""
    interrupt_s: float = 5.0
    """In so long without a look, one thing may have taken the place of another."""
    blink_s: float = 0.8
    """A miss shorter than this is a blink of the detector: nothing can take a place in it."""
    outgrow_s: float = 3.0
    """A larger box that is seen round a thing for this long is the better one."""
    follow_s: float = 60.0
    """Time constant with which a place's look and box follow daylight and jitter."""
    remember_s: float = 3600.0
    """How long a place that was only inferred to be gone is recognised again."""
    silence_s: float = 30 * 86400.0
    """How long a place whose violation was rejected is recognised again."""
