"""What truly happens in a scene, as plain data and as `truth.json`."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from vision.boxes import Box


@dataclass(frozen=True, slots=True)
class TrueEvent:
    """Something that stands where it should not, for longer than it may.

    `box` in pixels of the unmoved picture; times in seconds of the scene; `conditions` are those
    under which it had to be noticed (day or night, rain, small, hidden, gap, nudged).
    """

    kind: str
    zone: str
    box: Box
    start_s: float
    end_s: float
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Condition:
    """What was the matter with the picture from `from_s` to `to_s`."""

    name: str
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Truth:
    """All that is true of one scene."""

    kind: str
    seed: int
    end_s: float
    look_interval_s: float
    events: tuple[TrueEvent, ...]
    conditions: tuple[Condition, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)

    def write(self, path: Path) -> None:
        """Write `truth.json`; raises OSError."""
        text = json.dumps(self.to_json(), ensure_ascii=False, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
