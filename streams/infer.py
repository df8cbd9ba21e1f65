"""The inference process: the only owner of the accelerator; batches frames across cameras.

Several detectors share it, each with its own look interval; `streams.look_plan` has the policy.
"""

import json
import logging
import sys
import time
from collections.abc import Sequence
from functools import cached_property
from queue import Empty, SimpleQueue

from streams.batcher import Batcher
from streams.bus import Bus, BusError, SqliteBus
from streams.camera_book import CameraBook
from streams.detectors import DetectorSpec, needed_by, unmet
from streams.gates import Gates
from streams.infer_report import Tally
from streams.links import Arrival, Hub, Inbox, Link
from streams.loader import Loader
from streams.look_plan import LookPlan, Pace
from streams.messages import FrameReady, Hello, Look, Release, Taken
from streams.panel import DEFAULT_BATCH, Panel
from streams.process import USER_MISTAKE, Station, start_process
from streams.ring import RingReader
from vision.detections import Detections, merge
from vision.frame import Picture
from vision.motion import Cells, cells

IDLE_ROUND_S = 0.5
MAX_WAIT_S = 0.1
"""A frame waits no longer than this for others to share its batch."""
REPORT_ROUND_S = 2.0
BOOK_ROUND_S = 1.0
SLOW_BATCH = 1
SLOW_SHARE = 0.25
"""Slow detectors look at so few pictures in a row, and for so much of the time at most."""

log = logging.getLogger(__name__)


def infer_main(station: Station, specs: Sequence[DetectorSpec], gated: bool) -> None:
    """Run the inference process until told to stop; `gated`: see `vision.motion`."""
    stop = start_process(station)
    with SqliteBus(station.bus) as bus:
        try:
            worker = _Worker(station, specs, bus, gated=gated)
        except (OSError, ValueError) as error:  # no such model, a wrong hash, no such backend
            log.error("%s", error)
            sys.exit(USER_MISTAKE)
        report_due_s = 0.0
        while not stop.is_set():
            station.beat()
            worker.work()
            if time.monotonic() >= report_due_s:
                report_due_s = time.monotonic() + REPORT_ROUND_S
                bus.put("status", "inference", json.dumps(worker.report()))
    worker.close()


class _Worker:
    """Takes frames in, runs batches, passes looks on.

    Raises what the factories raise of detectors that are needed from the start.
    """

    def __init__(
        self, station: Station, specs: Sequence[DetectorSpec], bus: Bus, *, gated: bool
    ) -> None:
        self._panel = Panel(specs)
        self._gates = Gates({s.name: s.look_interval_s for s in specs}) if gated else None
        self._plan = LookPlan({s.name: s.look_interval_s for s in specs}, SLOW_BATCH)
        self._pace = Pace(SLOW_SHARE)
        self._loader = Loader(self._panel)
        self._tally = Tally()
        self._book = CameraBook(bus)
        self._book_due_s = 0.0
        self._batcher = Batcher(DEFAULT_BATCH, MAX_WAIT_S)
        self._read_book()
        self._loader.open_now(name for name in self._panel.specs if name in self._plan.needed)
        self._batcher.max_batch = self._panel.batch(self._plan.slow)
        self._inbox: Inbox = SimpleQueue()
        self._rings = RingReader()
        self._station = station
        self._hub = Hub(station.socket("infer"), self._inbox, self._hello())
        self._analyse = Link(station.socket("analyse"), "analyse", self._inbox, self._hello)
        self._owner: dict[str, str] = {}  # name of the process that a ring belongs to

    def work(self) -> None:
        """Take in what has come, and run a batch if one is due."""
        self._look_after_detectors()
        due_in_s = self._batcher.due_in_s(time.monotonic())
        try:
            wait_s = IDLE_ROUND_S if due_in_s is None else due_in_s
            self._take_in(self._inbox.get(timeout=wait_s) if wait_s else self._inbox.get_nowait())
            while True:
                self._take_in(self._inbox.get_nowait())
        except Empty:
            pass
        if self._batcher.due_in_s(time.monotonic()) == 0:
            self._run(self._batcher.take())

    def report(self) -> dict[str, object]:
        """Figures for the bus."""
        detectors = {
            name: {
                "state": self._loader.state(name),
                "problem": self._loader.problems.get(name),
                "look_interval_s": spec.look_interval_s,
                **self._tally.of(name),
            }
            for name, spec in self._panel.specs.items()
        }
        facts = [facts for facts, _ in self._panel.networks.seen]
        return {
            "model": ", ".join(f.name for f in facts),
            "backend": ", ".join(dict.fromkeys(f.backend for f in facts)),
            **self._tally.total(),
            "waiting": len(self._batcher),
            "detectors": detectors,
            "at_s": time.time(),
        }

    def close(self) -> None:
        """Break the links."""
        self._loader.close()
        self._hub.close()
        self._analyse.close()
        self._rings.close()

    def _hello(self) -> Hello:
        return Hello(self._station.name, networks=self._panel.networks)

    def _look_after_detectors(self) -> None:
        """Learn which detectors are needed, and have those opened that are not yet."""
        now_s = time.monotonic()
        if now_s >= self._book_due_s:
            self._read_book()
        if self._loader.want(self._plan.needed, now_s):
            self._batcher.max_batch = self._panel.batch(self._plan.slow)
            self._analyse.send(self._hello())

    def _read_book(self) -> None:
        self._book_due_s = time.monotonic() + BOOK_ROUND_S
        try:
            cameras = self._book.changed()
        except BusError as error:
            log.error("%s", error)
            return
        if cameras is None:
            return
        names_of = {name: spec.names for name, spec in self._panel.specs.items()}
        self._plan.need({i: needed_by(camera, names_of) for i, camera in cameras.items()})
        if self._gates is not None:
            self._gates.renew(cameras)
        for camera in cameras.values():
            if problem := unmet(camera, names_of):
                log.error("camera %s: %s", camera.id, problem)

    def _take_in(self, arrival: Arrival) -> None:
        match arrival.message:
            case Hello() as hello if hello.ring:
                self._rings.forget(hello.ring)
                self._batcher.drop_ring(hello.ring)
                self._owner[hello.ring] = arrival.peer
            case FrameReady() as frame:
                older = self._batcher.offer(frame, time.monotonic())
                if older is not None:
                    self._release(older, "superseded")

    def _run(self, batch: list[FrameReady]) -> None:
        """Show a batch to the detectors that are due; each look goes on once all have seen it."""
        taken_s = time.monotonic()
        views = [(frame, self._rings.view(frame.slot)) for frame in batch]
        seen = [(frame, image) for frame, image in views if image is not None]
        if not seen:
            return
        for frame, _ in seen:
            self._tell_owner(frame, Taken(frame.slot, frame.camera_id))
        pictures = [(frame.camera_id, frame.captured_at) for frame, _ in seen]
        slow = self._pace.allows(taken_s)
        dealt = self._plan.deal(pictures, self._panel.open, slow=slow)
        looks = [_Growing(frame, image, taken_s) for frame, image in seen]
        dealt = {name: self._unknown(name, rows, looks) for name, rows in dealt.items()}
        left = {row: sum(row in rows for rows in dealt.values()) for row in range(len(seen))}
        for row in [row for row, runs in left.items() if not runs]:
            self._pass_on(looks[row])
        for name, rows in dealt.items():
            self._show(name, [looks[row] for row in rows])
            for row in rows:
                left[row] -= 1
                if not left[row]:
                    self._pass_on(looks[row])
        self._tally.batch(len(seen), (time.monotonic() - taken_s) * 1000)

    def _unknown(self, name: str, rows: list[int], looks: "list[_Growing]") -> list[int]:
        """The rows that a detector has to see; where nothing has changed, what it saw is told."""
        if self._gates is None:
            return rows
        left = []
        for row in rows:
            look, (camera_id, t_s) = looks[row], looks[row].when
            recalled = self._gates.of(camera_id, name).recall(t_s, look.cells)
            if recalled is None:
                left.append(row)
                continue
            look.found.append(recalled)
            look.recalled += 1
            self._plan.ran(camera_id, name, t_s)
        self._tally.recalled(name, len(rows) - len(left))
        return left

    def _show(self, name: str, looks: "list[_Growing]") -> None:
        """Show pictures to one detector."""
        if not looks:
            return
        from_s = time.monotonic()
        found = self._panel.see(name, [look.image for look in looks])
        to_s = time.monotonic()
        run_ms, slow = (to_s - from_s) * 1000, name in self._plan.slow
        stages = self._panel.stages(name, run_ms, len(looks))
        for look, detections in zip(looks, found, strict=True):
            look.found.append(detections)
            look.stage_ms |= {"slow": run_ms / len(looks)} if slow else stages
            camera_id, t_s = look.when
            self._plan.ran(camera_id, name, t_s)
            if self._gates is not None:
                self._gates.of(camera_id, name).learn(t_s, look.cells, detections)
        if slow:
            self._pace.ran(from_s, to_s)
        self._tally.run(name, len(looks), run_ms)

    def _pass_on(self, growing: "_Growing") -> None:
        """Send a look to the analysis, unless none of the detectors it needs is open yet."""
        frame = growing.frame
        needed = self._plan.needed_by(frame.camera_id)
        if needed and needed.isdisjoint(self._panel.open):
            self._release(frame, "loading")
            return
        intervals_s = self._plan.effective_s(frame.camera_id, frame.captured_at)
        self._tally.apart(intervals_s)
        unchanged = 0 < growing.recalled == len(growing.found)
        look = Look(frame, merge(growing.found), growing.stage_ms, intervals_s, unchanged)
        if not self._analyse.send(look):
            self._release(frame, "no_analysis")

    def _release(self, frame: FrameReady, dropped: str) -> None:
        self._tell_owner(frame, Release(frame.slot, dropped, frame.camera_id))

    def _tell_owner(self, frame: FrameReady, message: Taken | Release) -> None:
        self._hub.send(self._owner.get(frame.slot.ring, ""), message)


class _Growing:
    """A look that some detectors may still have to see."""

    def __init__(self, frame: FrameReady, image: Picture, taken_s: float) -> None:
        self.frame, self.image = frame, image
        self.found: list[Detections] = []
        self.recalled = 0
        wait_ms = (taken_s - frame.decoded_s) * 1000
        self.stage_ms = {"decode": frame.decode_ms, "wait": wait_ms}

    @property
    def when(self) -> tuple[str, float]:
        """The camera, and when its picture was taken (UTC seconds)."""
        return self.frame.camera_id, self.frame.captured_at

    @cached_property
    def cells(self) -> Cells:
        """The picture as the motion gates compare it."""
        return cells(self.image)
