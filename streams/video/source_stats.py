"""How a camera's source is doing, for the status page and the metrics."""

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

State = Literal["connecting", "live", "retrying", "stopped", "ended"]


@dataclass(slots=True)
class SourceStats:
    """State of one source; written by the thread that takes its looks, read by any.

    `since_s` (UTC) is when the state began, `last_frame_s` (UTC) when the last picture was taken;
    `looks` counts the frames handed out, `reconnects` the connections after the first; `drops`
    counts looks and pictures that were lost, by reason: `late` (a newer one was taken instead),
    `broken` (could not be decoded), `lost` (did not come whole). `error` is one line for the user.
    `clock_offset_s`: by how much the camera's own clock is behind this machine's, None where the
    camera does not tell it.
    """

    state: State = "connecting"
    since_s: float = field(default_factory=time.time)
    last_frame_s: float | None = None
    looks: int = 0
    reconnects: int = 0
    error: str | None = None
    codec: str | None = None
    size_wh: tuple[int, int] | None = None
    clock_offset_s: float | None = None
    drops: Counter[str] = field(default_factory=Counter)

    def enter(self, state: State, error: str | None = None) -> None:
        """Go to a state; `error` says why, None clears what was wrong before."""
        if state != self.state:
            self.state, self.since_s = state, time.time()
        self.error = error
