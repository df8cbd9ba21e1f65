"""What every program here is told, and the record of looks that each of them keeps.

The programs run in an environment of their own and import nothing of this project's.
"""

import json
import platform
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Plan:
    """What to look at, how often and with what; zones are polygons in fractions of the picture."""

    feeds: dict[str, str]
    zones: dict[str, list[tuple[float, float]]]
    interval_s: float
    fps: int
    model: str
    input_wh: tuple[int, int]
    classes: list[int]
    score: float
    iou: float
    threads: int
    infer: bool
    ffmpeg: str
    log: str

    @classmethod
    def read(cls, path: str) -> Self:
        """Read it as the benchmark wrote it."""
        value: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
        return cls(**value)


class LookLog:
    """A line of JSON a look: camera, when it was done (UTC s), and what was found.

    What was found are rows of class, score and corners in fractions of the picture.
    """

    def __init__(self, plan: Plan, libraries: Sequence[str]) -> None:
        self._file = Path(plan.log).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115
        self._lock = threading.Lock()
        told = {"python": platform.python_version()} | {name: version(name) for name in libraries}
        Path(plan.log).with_suffix(".versions").write_text(json.dumps(told), encoding="utf-8")

    def note(
        self,
        camera: str,
        found: Iterable[Sequence[float]],
        in_zone: int,
        pictures: int | None = None,
    ) -> None:
        """A look is done; `in_zone` objects stand in some zone, as the program itself says.

        `pictures` of the camera were taken so far, where the program drains its feeds.
        """
        rows = [[int(row[0]), *(round(float(v), 4) for v in row[1:])] for row in found]
        line = {"camera": camera, "at": time.time(), "found": rows, "in_zone": in_zone}
        if pictures is not None:
            line["pictures"] = pictures
        with self._lock:
            self._file.write(json.dumps(line) + "\n")
