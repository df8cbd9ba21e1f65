"""A record of every look's fate for measurements, where the environment names a file for it."""

import os
import time
from pathlib import Path
from typing import Self, TextIO

from streams.messages import Look

VARIABLE = "SKYEYE_TRACE_LOOKS"
SEEN, UNCHANGED = "seen", "unchanged"


class LookTrace:
    """Appends a line a look: camera, captured at, decided at (UTC s), fate, things seen."""

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
            things = len(look.detections)
            self._file.write(
                f"{look.frame.camera_id} {captured_s:.3f} {now_s:.3f} {fate} {things}\n"
            )

    def close(self) -> None:
        """Write out what is left."""
        if self._file is not None:
            self._file.close()
