"""The real node, fed by more cameras than it can look at: what comes through is what it can do."""

import json
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import av
import numpy as np

from benchmarks.throughput import PipelineFigures, street
from streams.bus import Bus, SqliteBus
from streams.config import Camera, DetectorConfig, RuleConfig, Site, ZoneConfig
from streams.detectors import DetectorSpec, detector_specs
from streams.node import run_node

START_PATIENCE_S = 120.0
STOP_PATIENCE_S = 30.0
POLL_S = 0.2
WARM_UP_S = 3.0
CODING = {"preset": "veryfast", "crf": "30"}
"""Key pictures of about 100 kB at 1080p, as cameras of 4 Mbit/s send them."""

WHOLE = [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)]


class PipelineError(OSError):
    """The node did not do what is to be measured."""


@dataclass(frozen=True, slots=True)
class NodePipeline:
    """A node whose cameras all play `clip`, over and over, at their own pace.

    Each run is a new node in processes of its own, on an empty data folder. `cameras` look once
    every `look_interval_s`; their looks should be more than the network can take.
    """

    clip: Path
    cameras: int
    look_interval_s: float
    model: str
    backend: str
    threads: int | None
    max_batch: int
    decode_processes: int = 1

    def run(self, seconds: float) -> PipelineFigures:
        """Run for about `seconds` after the warm-up; raises PipelineError."""
        with (
            tempfile.TemporaryDirectory(prefix="skyeye-bench-") as folder,
            _running(self._site(Path(folder)), self._specs()) as node,
            SqliteBus(Path(folder) / "bus.db") as bus,
        ):
            first = _report(node, bus, time.time() + WARM_UP_S, needs_frames=True)
            last = _report(node, bus, first["at_s"] + seconds)
            stages = json.loads(entry.value) if (entry := bus.get("status", "analysis")) else {}
        frames, batches = (last[key] - first[key] for key in ("frames", "batches"))
        return PipelineFigures(
            frames=frames,
            wall_s=last["at_s"] - first["at_s"],
            stage_ms=stages.get("stage_ms", {}),
            mean_batch=frames / batches if batches else 0.0,
        )

    def _specs(self) -> tuple[DetectorSpec, ...]:
        return detector_specs(
            [DetectorConfig(model=self.model)], self.backend, self.threads, self.max_batch
        )

    def _site(self, data_dir: Path) -> Site:
        return Site(
            data_dir=data_dir,
            decode_processes=self.decode_processes,
            cameras=[self._camera(number) for number in range(self.cameras)],
        )

    def _camera(self, number: int) -> Camera:
        """One rule over the whole picture, for the analysis to do; it never comes to raise."""
        return Camera(
            id=f"camera-{number}",
            name=f"Camera {number}",
            uri=str(self.clip.resolve()),
            loop=True,
            look_interval_s=self.look_interval_s,
            zones=[ZoneConfig(name="all", kind="no_parking", polygon=WHOLE)],
            rules=[RuleConfig(kind="illegal_parking", zone="all", dwell_s=86_400)],
        )


def film(path: Path, size_wh: tuple[int, int], seconds: int = 4, fps: int = 25) -> Path:
    """Write an H.264 clip of `street` pictures that drift a little, a key picture every second."""
    (still,) = street(size_wh, 1)
    with av.open(path, "w") as container:
        stream = container.add_stream("libx264", rate=fps, options=CODING)
        stream.width, stream.height, stream.pix_fmt = *size_wh, "yuv420p"
        stream.gop_size, stream.time_base, stream.max_b_frames = fps, Fraction(1, fps), 0
        for number in range(seconds * fps):
            drifted = np.roll(still, 2 * number, axis=1)
            frame = av.VideoFrame.from_ndarray(drifted, format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _node_main(site: Site, specs: Sequence[DetectorSpec]) -> None:
    os.environ.setdefault("SKYEYE_LOG", "ERROR")  # its children inherit it
    raise SystemExit(run_node(site, specs))


@contextmanager
def _running(site: Site, specs: Sequence[DetectorSpec]) -> Iterator[BaseProcess]:
    node = multiprocessing.get_context("spawn").Process(target=_node_main, args=(site, specs))
    node.start()
    try:
        yield node
    finally:
        node.terminate()
        node.join(STOP_PATIENCE_S)
        node.kill()


def _report(
    node: BaseProcess, bus: Bus, not_before_s: float, *, needs_frames: bool = False
) -> dict[str, Any]:
    """The first report of the inference that is of `not_before_s` (UTC) or later."""
    give_up_s = max(time.time(), not_before_s) + START_PATIENCE_S
    while node.is_alive() and time.time() < give_up_s:
        entry = bus.get("status", "inference")
        report: dict[str, Any] = json.loads(entry.value) if entry else {"at_s": 0, "frames": 0}
        if report["at_s"] >= not_before_s and (report["frames"] or not needs_frames):
            return report
        time.sleep(POLL_S)
    what = "gave no figures in time" if node.is_alive() else "has ended; see what it said above"
    raise PipelineError(f"the node {what}")
