"""A rule: one violation kind, applied to one zone of one camera."""

from dataclasses import dataclass

from vision.boxes import Box
from vision.permit import Permit
from vision.rules.kinds import Kind
from vision.schedule import Schedule
from vision.zone import Zone

ENTER_SHARE = 0.5
EXIT_SHARE = 0.3
"""A thing is in a zone from half of its foot on, and stays in until less than this is left, so
that a box that trembles on the line does not flip."""


@dataclass(frozen=True)
class Rule:
    """What may not stand in `zone` for longer than `dwell_s` while `schedule` is on.

    `exempt` are zones that excuse what stands in them (marked bays); `permits` excuse everybody
    while they hold (a night market, loading hours). Raises ValueError for a negative dwell or a
    count below one.
    """

    kind: Kind
    zone: Zone
    dwell_s: float
    min_count: int = 1
    schedule: Schedule | None = None
    exempt: tuple[Zone, ...] = ()
    permits: tuple[Permit, ...] = ()

    def __post_init__(self) -> None:
        if self.dwell_s < 0 or self.min_count < 1:
            raise ValueError(f"rule {self.key!r}: dwell_s must be >= 0 and min_count >= 1")

    @property
    def key(self) -> str:
        """Names the rule within its camera."""
        return f"{self.kind.name}@{self.zone.name}"

    def is_on(self, t_s: float) -> bool:
        """Whether the rule holds at a UTC time, by its own hours, its zone's and its permits."""
        on = all(s is None or s.is_on(t_s) for s in (self.schedule, self.zone.schedule))
        return on and not any(permit.holds_at(t_s) for permit in self.permits)

    def applies_to(self, box: Box, size_wh: tuple[int, int], t_s: float, was_inside: bool) -> bool:
        """Whether a thing at `box` is in the zone and not in an exempt one that is in force."""
        ground = self.kind.stands_on == "ground"
        share = EXIT_SHARE if was_inside else ENTER_SHARE
        if self.zone.overlap(box, size_wh, ground) < share:
            return False
        in_force = (z for z in self.exempt if z.schedule is None or z.schedule.is_on(t_s))
        return all(z.overlap(box, size_wh, ground) < ENTER_SHARE for z in in_force)
