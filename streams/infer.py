"""The inference process: the only owner of the accelerator; batches frames across cameras.

Several detectors share it, each with its own look interval; `streams.look_plan` has the policy.
"""

import json
import logging
import sys
import time
from collections.abc import Sequence
from queue import Empty, SimpleQueue

from streams.batcher import Batcher
from streams.bus import Bus, BusError, SqliteBus
from streams.camera_book import CameraBook
from streams.detectors import DetectorSpec, needed_by, unmet
from streams.gates import Gates
from streams.infer_report import Tally
from streams.infer_runs import GrowingLook, LooksInOrder, Run, Runner
from streams.links import Arrival, Hub, Inbox, Link
from streams.loader import Loader
from streams.look_plan import LookPlan, Pace
from streams.messages import FrameReady, Hello, Look, Release, Taken
from streams.panel import DEFAULT_BATCH, Panel
from streams.process import USER_MISTAKE, Station, start_process
from streams.ring import RingReader
from vision.detections import merge

IDLE_ROUND_S = 0.5
MAX_WAIT_S = 0.1
"""A frame waits no longer than this for others to share its batch."""
STUCK_S = 2.0
"""A run that takes longer is not vouched for: in the end the node starts this process anew."""
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
            if worker.run_s < STUCK_S:
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
        self._runner = Runner(self._panel, lambda: self._inbox.put(Arrival("network", None)))
        self._rings = RingReader()
        self._station = station
        self._hub = Hub(station.socket("infer"), self._inbox, self._hello())
        self._analyse = Link(station.socket("analyse"), "analyse", self._inbox, self._hello)
        self._growing = LooksInOrder()
        self._owner: dict[str, str] = {}  # name of the process that a ring belongs to

    def work(self) -> None:
        """Take in what has come, and run a batch if one is due."""
        self._look_after_detectors()
        wait_s = self._wait_s()
        try:
            self._take_in(self._inbox.get(timeout=wait_s) if wait_s else self._inbox.get_nowait())
            while True:
                self._take_in(self._inbox.get_nowait())
        except Empty:
            pass
        self._finish(self._runner.go_on())
        if self._wait_s() == 0:
            self._deal(self._batcher.take())
            self._finish(self._runner.go_on())

    @property
    def run_s(self) -> float:
        """For how long the present run has been going on; 0 between runs."""
        return self._runner.run_s

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
        self._runner.close()
        self._growing.clear()  # no picture is looked at any more when the rings are let go
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

    def _wait_s(self) -> float:
        """Seconds until a batch is due, if nothing comes before.

        While the network is busy, only one that nobody is missing in is made ready.
        """
        now_s = time.monotonic()
        if self._runner.is_busy:
            is_due = self._runner.has_room and self._batcher.is_complete(now_s)
            return 0.0 if is_due else IDLE_ROUND_S
        due_in_s = self._batcher.due_in_s(now_s)
        return IDLE_ROUND_S if due_in_s is None else due_in_s

    def _deal(self, batch: list[FrameReady]) -> None:
        """Let detectors that are due see a batch; a look goes on once all have seen it."""
        taken_s = time.monotonic()
        views = [(frame, self._rings.view(frame.slot)) for frame in batch]
        looks = [GrowingLook(frame, image, taken_s) for frame, image in views if image is not None]
        for look in looks:
            self._tell_owner(look.frame, Taken(look.frame.slot, look.frame.camera_id))
        slow = self._pace.allows(taken_s) and not self._runner.has_any(self._plan.slow)
        dealt = self._plan.deal([look.when for look in looks], self._panel.open, slow=slow)
        runs = []
        for name, rows in dealt.items():
            for camera_id, t_s in (looks[row].when for row in rows):
                self._plan.ran(camera_id, name, t_s)
            if unknown := self._unknown(name, [looks[row] for row in rows]):
                runs.append(Run(name, unknown))
        for look in looks:
            look.left = sum(look in run.looks for run in runs)
            self._growing.add(look)
            self._pass_on_grown(look)
        self._tally.batch(len(looks))
        self._runner.add(runs)

    def _unknown(self, name: str, looks: list[GrowingLook]) -> list[GrowingLook]:
        """Those that a detector has to see; where nothing has changed, what it saw is told."""
        if self._gates is None:
            return looks
        left = []
        for look in looks:
            camera_id, t_s = look.when
            recalled = self._gates.of(camera_id, name).recall(t_s, look.cells)
            if recalled is None:
                left.append(look)
                continue
            look.found.append(recalled)
            look.recalled += 1
        self._tally.recalled(name, len(looks) - len(left))
        return left

    def _finish(self, run: Run | None) -> None:
        """Take in what a detector has seen; raises what it raised."""
        if run is None:
            return
        name, seen = run.detector, run.seen()
        run_ms, slow = (seen.to_s - seen.from_s) * 1000, name in self._plan.slow
        for look, detections in zip(run.looks, seen.found, strict=True):
            look.found.append(detections)
            look.stage_ms |= {"slow": run_ms / len(run.looks)} if slow else seen.stage_ms
            if self._gates is not None:
                camera_id, t_s = look.when
                self._gates.of(camera_id, name).learn(t_s, look.cells, detections)
            look.left -= 1
            self._pass_on_grown(look)
        if slow:
            self._pace.ran(seen.from_s, seen.to_s)
        self._tally.run(name, len(run.looks), run_ms)

    def _pass_on_grown(self, look: GrowingLook) -> None:
        for grown in self._growing.take(look.frame.camera_id):
            self._pass_on(grown)

    def _pass_on(self, look: GrowingLook) -> None:
        """Send a look to the analysis, unless none of the detectors it needs is open yet."""
        frame = look.frame
        needed = self._plan.needed_by(frame.camera_id)
        if needed and needed.isdisjoint(self._panel.open):
            self._release(frame, "loading")
            return
        intervals_s = self._plan.effective_s(frame.camera_id, frame.captured_at)
        self._tally.apart(intervals_s)
        unchanged = 0 < look.recalled == len(look.found)
        whole = Look(frame, merge(look.found), look.stage_ms, intervals_s, unchanged)
        if not self._analyse.send(whole):
            self._release(frame, "no_analysis")

    def _release(self, frame: FrameReady, dropped: str) -> None:
        self._tell_owner(frame, Release(frame.slot, dropped, frame.camera_id))

    def _tell_owner(self, frame: FrameReady, message: Taken | Release) -> None:
        self._hub.send(self._owner.get(frame.slot.ring, ""), message)
