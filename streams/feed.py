"""One camera being pulled: which of its streams is looked at, and what nobody could take."""

import dataclasses
import time
from collections import Counter
from math import inf
from pathlib import Path
from typing import Any

from av.codec.hwaccel import HWAccel

from streams.config import Camera
from streams.eye import Eye
from streams.lender import Lender
from streams.messages import (
    CameraStatus,
    ClipCut,
    CutClip,
    LookCloser,
    LookSooner,
    Release,
    SlotRef,
    Taken,
)
from streams.video.demand import Demand, Turns
from streams.video.preroll import PreRoll, PreRollError
from vision.frame import Frame, enlarged

RATE_WINDOW_S = 10.0
HURRY_S = 20.0
"""How long a camera is looked at more often after something has come to stand there."""
CLOSER_LOOKS = 3
"""For so many look intervals the main stream is looked at once that was asked for."""
MISSED_LOOKS = 2
"""A stream that gives no look for so many intervals is stood in for by the other one."""
DETAIL_EVERY_S = 30.0
"""So often the main stream is looked at all the same: what is small may not show in the other."""
OFFER_ROUND_S = 0.2
PASSING = ("no_inference", "ring_full")
"""Reasons why nobody takes a look now that may be gone a moment later."""
ANY_DISTANCE_S = 3600.0


class Feed:
    """A camera's main stream, kept for evidence, and its sub-stream, if it has one.

    With a sub-stream, that one is looked at, enlarged to the main stream's size. The main stream is
    looked at first, to learn its size, while LookCloser asks for it, when the other one gives
    nothing, and twice a minute; then only its key pictures are.
    """

    def __init__(
        self, camera: Camera, lender: Lender, turns: Turns, card: HWAccel | None = None
    ) -> None:
        self.camera = camera
        self._drops: Counter[str] = Counter()
        self._lender = lender
        self._slot: SlotRef | None = None
        self._main_wh: tuple[int, int] | None = None
        self._hurried_until_s = self._closer_until_s = -inf
        self._rate = (time.monotonic(), 0, 0.0)
        self._interval_s = max(camera.look_interval_s, camera.max_look_interval_s or 0.0)
        has_sub = camera.look_uri is not None
        demand = Demand(self._is_wanted, self._is_hurried, lender.has_room, turns=turns, card=card)
        on_main = dataclasses.replace(demand, is_asleep=self._sub_suffices) if has_sub else demand
        on_sub = dataclasses.replace(demand, is_asleep=self._main_suffices)
        preroll = PreRoll(max_bytes=camera.preroll_bytes)
        self._main = Eye(_main_stream(camera), preroll, on_main, self._show_main)
        self._sub = Eye(_sub_stream(camera), None, on_sub, self._show_sub) if has_sub else None
        self._eyes = [eye for eye in (self._main, self._sub) if eye is not None]
        for eye in self._eyes:
            eye.open()

    def ask_to_stop(self) -> None:
        """Begin to end; `join` waits for it."""
        for eye in self._eyes:
            eye.stop.set()

    def join(self) -> None:
        """Wait until the camera is let go of."""
        for eye in self._eyes:
            eye.join()

    def cut(self, request: CutClip) -> ClipCut:
        """Cut a clip from the pre-roll."""
        if self._main.stats is None:
            return request.refused("the camera was not connected")
        preroll = self._main.preroll
        if preroll is None:
            return request.refused("the camera gives single pictures, no film")
        try:
            clip = preroll.cut(request.from_s, request.to_s, Path(request.path))
        except (PreRollError, OSError) as error:
            return request.refused(str(error))
        where = (request.camera_id, request.key, request.role)
        return ClipCut(*where, clip.path.name, clip.from_s, clip.to_s, clip.codec)

    def hear(self, message: Taken | Release | LookSooner | LookCloser) -> None:
        """Take in what became of a look, and how to look from now on."""
        match message:
            case Taken():
                if self._slot == message.slot:
                    self._slot = None
            case Release() if message.dropped:
                self._drops[message.dropped] += 1
            case LookSooner():
                self._hurried_until_s = time.monotonic() + HURRY_S
            case LookCloser():
                self._closer_until_s = time.monotonic() + CLOSER_LOOKS * self._interval_s

    @property
    def drops(self) -> Counter[str]:
        """Looks that were lost, by reason."""
        return sum((eye.stats.drops for eye in self._eyes if eye.stats), self._drops)

    def status(self) -> CameraStatus:
        """How it does, for the bus."""
        stats, sub = self._main.stats, self._sub.stats if self._sub else None
        if stats is None:
            state = "stopped" if self._main.error else "connecting"
            error = self._main.error or None
            early: dict[str, Any] = {"state": state, "error": error, "drops": {}, "looks": 0}
            return CameraStatus(self.camera.id, early)
        looks = stats.looks + (sub.looks if sub else 0)
        times_s = [one.last_frame_s for one in (stats, sub) if one and one.last_frame_s is not None]
        value: dict[str, Any] = {
            "state": stats.state,
            "since_s": stats.since_s,
            "last_frame_s": max(times_s, default=None),
            "looks": looks,
            "fps": self._looks_per_s(looks),
            "size_wh": stats.size_wh,
            "codec": stats.codec,
            "reconnects": stats.reconnects,
            "clock_offset_s": stats.clock_offset_s,
            "error": self._main.error or stats.error,
            "drops": dict(self.drops),
        }
        if self._sub is not None:
            value["sub_stream"] = sub_status = _sub_status(self._sub)
            value["error"] = value["error"] or sub_status["error"]
        return CameraStatus(self.camera.id, value)

    def _show_main(self, frame: Frame, decode_ms: float) -> None:
        self._main_wh = frame.size_wh
        self._offer(frame, decode_ms)

    def _show_sub(self, frame: Frame, decode_ms: float) -> None:
        if self._main_wh is None:
            return  # awake before the main stream was ever seen: it is not known how large it is
        started_s = time.thread_time()
        image = enlarged(frame.image, self._main_wh)
        frame = dataclasses.replace(frame, image=image, native_wh=frame.size_wh)
        self._offer(frame, decode_ms + (time.thread_time() - started_s) * 1000)

    def _offer(self, frame: Frame, decode_ms: float) -> None:
        """Lend a look, or count why not; one that does not come again is offered until it is."""
        while True:
            lent = self._lender.lend(frame, decode_ms)
            if isinstance(lent, SlotRef):
                self._slot = lent
                return
            is_kept = self._main.is_patient and lent in PASSING
            if not is_kept or self._main.stop.wait(OFFER_ROUND_S):
                self._drops[lent] += 1
                return

    def _is_hurried(self) -> bool:
        return time.monotonic() < self._hurried_until_s

    def _is_wanted(self) -> bool:
        """Whether no look of the camera waits: decoding another one meanwhile is for nothing."""
        return self._slot is None or not self._lender.is_lent(self._slot)

    def _is_closer(self) -> bool:
        return time.monotonic() < self._closer_until_s

    def _sub_suffices(self) -> bool:
        is_rested = self._main.is_fresh(DETAIL_EVERY_S) and not self._is_closer()
        return is_rested and self._sub is not None and self._gives(self._sub)

    def _main_suffices(self) -> bool:
        return self._main_wh is None or (self._is_closer() and self._gives(self._main))

    def _gives(self, eye: Eye) -> bool:
        return eye.is_fresh(MISSED_LOOKS * self._interval_s)

    def _looks_per_s(self, looks: int) -> float:
        since_s, counted, rate = self._rate
        passed_s = time.monotonic() - since_s
        if passed_s >= RATE_WINDOW_S:
            rate = (looks - counted) / passed_s
            self._rate = (time.monotonic(), looks, rate)
        elif not rate and passed_s > 1:
            return round((looks - counted) / passed_s, 2)
        return round(rate, 2)


def _main_stream(camera: Camera) -> Camera:
    """With another stream to look at, key pictures of this one suffice, however rare they are."""
    if camera.look_uri is None:
        return camera
    return camera.model_copy(update={"max_look_interval_s": ANY_DISTANCE_S})


def _sub_stream(camera: Camera) -> Camera:
    return camera.model_copy(update={"uri": camera.look_uri, "look_uri": None})


def _sub_status(eye: Eye) -> dict[str, Any]:
    stats = eye.stats
    if stats is None:
        return {"state": "stopped" if eye.error else "connecting", "error": eye.error or None}
    error = eye.error or stats.error
    return {"state": stats.state, "error": error, "size_wh": stats.size_wh, "looks": stats.looks}
