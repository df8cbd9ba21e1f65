"""A record of every look's fate for measurements, where the environment names a file for it."""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self, TextIO

from streams.messages import Look

VARIABLE = "SKYEYE_TRACE_LOOKS"
SEEN, UNCHANGED = "seen", "unchanged"


class LookTrace:
    """Appends a line a look: camera, captured at, decided at (UTC s), fate, how many things were
    seen, and each of them: class, score and corners in the picture's pixels, by colons.
    """

    def __init__(self, file: TextIO | None) -> None:
        self._file = file

    @classmethod
    def from_environment(cls) -> Self:
        """Write where SKYEYE_TRACE_LOOKS says, or nowhere; raises OSError."""
        path = os.environ.get(VARIABLE)
        return cls(Path(path).open("a", buffering=1, encoding="utf-8") if path else None)

    def note(self, look: Look, dropped: str) -> None:
        """A look was decided just now, or dropped for a reason."""
        if self._file is not None:
            captured_s, now_s = look.frame.captured_at, time.time()
            fate = dropped or (UNCHANGED if look.unchanged else SEEN)
            words = [f"{captured_s:.3f}", f"{now_s:.3f}", fate, str(len(look.detections))]
            self._file.write(" ".join([look.frame.camera_id, *words, *_things(look)]) + "\n")

    def close(self) -> None:
        """Write out what is left."""
        if self._file is not None:
            self._file.close()


def _things(look: Look) -> Iterator[str]:
    found = look.detections
    for (x1, y1, x2, y2), score, c in zip(found.xyxy, found.score, found.class_id, strict=True):
        name = found.names[c].replace(" ", "_")
        yield f"{name}:{score:.3f}:{x1:.1f}:{y1:.1f}:{x2:.1f}:{y2:.1f}"
