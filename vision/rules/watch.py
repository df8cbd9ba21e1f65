"""How long one rule has been broken at one place."""

from dataclasses import dataclass
from typing import Any, Self

ATTENDED_GAP_S = 3.0
"""Somebody missed for no longer than this is still at the thing."""
ATTENDED_RESET_S = 10.0
"""Somebody at the thing for this long has not just walked past: the dwell starts anew."""
ATTENDED_LOOKS = 4
"""Looks that such a stay takes at least: where they are seconds apart, whoever leaves a bike next
to this one and somebody who walks past are at it in three, one after the other."""


@dataclass(slots=True)
class Watch:
    """The clock of one rule at one place; times in UTC seconds.

    `since_s` is None while the rule is not broken: its hours are over, the thing is outside the
    zone or in a marked bay, or somebody is with it.
    """

    since_s: float | None = None
    waits_since_s: float | None = None
    """Since when it would be broken, if whoever is at it turns out to be passing."""
    inside: bool = False
    attended_since_s: float | None = None
    attended_last_s: float | None = None
    attended_looks: int = 0
    excused_until_s: float | None = None
    """Until when a permit covers what stands here, None where none does."""
    violation_id: str | None = None

    def attend(self, t_s: float, attended: bool) -> None:
        """Take note of whether somebody is at the thing."""
        if attended:
            self.attended_since_s = t_s if self.attended_since_s is None else self.attended_since_s
            self.attended_last_s = t_s
            self.attended_looks += 1
        elif not self.attended(t_s):
            self.attended_since_s, self.attended_looks = None, 0

    def attended(self, t_s: float) -> bool:
        """Whether somebody is at the thing, or was a moment ago."""
        return self.attended_last_s is not None and t_s - self.attended_last_s <= ATTENDED_GAP_S

    def excuse(self, until_s: float) -> None:
        """Begin anew once a permit has lapsed, if the thing stands here then."""
        self.violation_id, self.excused_until_s = None, until_s

    def is_excused(self, t_s: float) -> bool:
        """Whether a permit covers what stands here."""
        return self.excused_until_s is not None and t_s < self.excused_until_s

    def run(self, t_s: float, broken: bool, start_s: float) -> None:
        """Advance to `t_s`; a clock that starts now starts at `start_s`."""
        if not broken or self._stayed(t_s):
            self.since_s = self.waits_since_s = None
            return
        if self.waits_since_s is None:
            self.waits_since_s = start_s
        if self.since_s is None and not self.attended(t_s):
            self.since_s = self.waits_since_s

    def _stayed(self, t_s: float) -> bool:
        """Whether somebody has been at the thing for too long to be passing."""
        since_s = self.attended_since_s
        if since_s is None or not self.attended(t_s):
            return False
        return t_s - since_s >= ATTENDED_RESET_S and self.attended_looks >= ATTENDED_LOOKS

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        return cls(**value)
