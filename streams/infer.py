"""The inference process: the only owner of the accelerator; batches frames across cameras."""

import json
import logging
import sys
import time
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue

from models.detector import Detector, OnnxDetector
from streams.batcher import Batcher
from streams.bus import SqliteBus
from streams.evidence.facts import ModelFacts
from streams.links import Arrival, Hub, Inbox, Link
from streams.messages import FrameReady, Hello, Look, Release, Taken
from streams.process import USER_MISTAKE, Station, start_process
from streams.ring import RingReader

DetectorFactory = Callable[[], Detector]
"""Opens the detector in the process that will use it; must survive pickling."""

IDLE_ROUND_S = 0.5
MAX_WAIT_S = 0.1
"""A frame waits no longer than this for others to share its batch."""
REPORT_ROUND_S = 2.0
REMEMBERED_BATCHES = 200

log = logging.getLogger(__name__)


def infer_main(station: Station, open_detector: DetectorFactory) -> None:
    """Run the inference process until told to stop."""
    stop = start_process(station)
    try:
        detector = open_detector()
    except (OSError, ValueError) as error:  # no such model, a wrong hash, a backend that is absent
        log.error("%s", error)
        sys.exit(USER_MISTAKE)
    worker = _Worker(station, detector)
    with SqliteBus(station.bus) as bus:
        report_due_s = 0.0
        while not stop.is_set():
            station.beat()
            worker.work()
            if time.monotonic() >= report_due_s:
                report_due_s = time.monotonic() + REPORT_ROUND_S
                bus.put("status", "inference", json.dumps(worker.report()))
    worker.close()


def model_facts(detector: Detector) -> ModelFacts:
    """What a packet says about the network."""
    if isinstance(detector, OnnxDetector):
        card = detector.card
        return ModelFacts(card.name, card.sha256, card.licence, detector.session.backend)
    return ModelFacts(type(detector).__name__, "0" * 64, "none", "none")


class _Worker:
    """Takes frames in, runs batches, passes looks on."""

    def __init__(self, station: Station, detector: Detector) -> None:
        self._detector = detector
        self._inbox: Inbox = SimpleQueue()
        self._batcher = Batcher(detector.max_batch, MAX_WAIT_S)
        self._rings = RingReader()
        hello = Hello(station.name, model=model_facts(detector))
        self._hub = Hub(station.socket("infer"), self._inbox, hello)
        self._analyse = Link(station.socket("analyse"), "analyse", self._inbox, lambda: hello)
        self._owner: dict[str, str] = {}  # name of the process that a ring belongs to
        self._recent: deque[tuple[float, int, float]] = deque(maxlen=REMEMBERED_BATCHES)
        self._frames = self._batches = 0

    def work(self) -> None:
        """Take in what has come, and run a batch if one is due."""
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
        """Figures for the bus: totals, and the recent batches' mean size and time."""
        recent = list(self._recent)
        facts = model_facts(self._detector)
        frames = sum(n for _, n, _ in recent)
        return {
            "model": facts.name,
            "backend": facts.backend,
            "frames": self._frames,
            "batches": self._batches,
            "mean_batch": round(frames / len(recent), 2) if recent else 0.0,
            "run_ms": round(sum(ms for *_, ms in recent) / len(recent), 1) if recent else 0.0,
            "waiting": len(self._batcher),
            "at_s": time.time(),
        }

    def close(self) -> None:
        """Break the links."""
        self._hub.close()
        self._analyse.close()
        self._rings.close()

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
        taken_s = time.monotonic()
        views = [(frame, self._rings.view(frame.slot)) for frame in batch]
        seen = [(frame, image) for frame, image in views if image is not None]
        if not seen:
            return
        for frame, _ in seen:
            self._tell_owner(frame, Taken(frame.slot, frame.camera_id))
        found = self._detector.detect([image for _, image in seen])
        run_ms = (time.monotonic() - taken_s) * 1000
        self._recent.append((taken_s, len(seen), run_ms))
        self._frames += len(seen)
        self._batches += 1
        shared_ms = self._stages(run_ms, len(seen))
        for (frame, _), detections in zip(seen, found, strict=True):
            wait_ms = (taken_s - frame.decoded_s) * 1000
            stages = {"decode": frame.decode_ms, "wait": wait_ms, **shared_ms}
            if not self._analyse.send(Look(frame, detections, stages)):
                self._release(frame, "no_analysis")

    def _stages(self, run_ms: float, frames: int) -> dict[str, float]:
        """What of a batch's time each of its frames took, by stage where the detector tells."""
        if not isinstance(self._detector, OnnxDetector):
            return {"infer": run_ms / frames}
        times = self._detector.times
        return {
            "preprocess": times.preprocess_ms / frames,
            "session": times.session_ms / frames,
            "postprocess": times.postprocess_ms / frames,
        }

    def _release(self, frame: FrameReady, dropped: str) -> None:
        self._tell_owner(frame, Release(frame.slot, dropped, frame.camera_id))

    def _tell_owner(self, frame: FrameReady, message: Taken | Release) -> None:
        self._hub.send(self._owner.get(frame.slot.ring, ""), message)
