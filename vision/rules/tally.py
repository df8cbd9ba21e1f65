"""How many things one violation was made of, over time."""

from dataclasses import dataclass, field
from typing import Any, Self

from vision.violation import Fact

CHANGES_KEPT = 40
"""Changes kept: enough for a day of a busy row; the first one always stays."""


@dataclass(slots=True)
class Tally:
    """Counts from `start_s` on (UTC seconds), one entry (seconds since then, count) a change."""

    start_s: float
    changes: list[tuple[float, int]] = field(default_factory=list)
    most: int = 0

    @classmethod
    def of_arrivals(cls, arrived_s: list[float]) -> Self:
        """Count up things that arrived one after the other and are all still there."""
        tally = cls(min(arrived_s))
        for count, t_s in enumerate(sorted(arrived_s), start=1):
            tally.note(t_s, count)
        return tally

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `dataclasses.asdict`."""
        return cls(
            value["start_s"], [(after_s, n) for after_s, n in value["changes"]], value["most"]
        )

    def note(self, t_s: float, count: int) -> None:
        """Take in that there are `count` things from `t_s` on."""
        after_s, self.most = round(t_s - self.start_s, 1), max(self.most, count)
        if self.changes and self.changes[-1][1] == count:
            return
        if self.changes and self.changes[-1][0] >= after_s:  # several came or went together
            after_s = self.changes.pop()[0]
        self.changes.append((after_s, count))
        del self.changes[1 : max(1, len(self.changes) - CHANGES_KEPT + 1)]

    @property
    def facts(self) -> dict[str, Fact]:
        """The largest number, and each count with the seconds after which it held."""
        counts = ", ".join(f"{after_s:.0f} s: {count}" for after_s, count in self.changes)
        return {"count_max": Fact(self.most), "counts": Fact(counts)}
