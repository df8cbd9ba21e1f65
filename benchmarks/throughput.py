"""How much of the network's speed is left once everything around it runs: raw against pipeline.

The two are measured in turn, several times, so that a machine that grows warm or busy slows both.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any, Protocol

import numpy as np

from models.card import ModelCard
from models.detector import OnnxDetector
from models.letterbox import Letterbox
from models.session import Session
from vision.frame import Image

STAGES = ("decode", "wait", "infer", "preprocess", "session", "postprocess", "analyse")
"""Stages that a frame passes; `wait` is its time in the ring until its batch runs, `infer` the
next three together where they are not told apart."""


@dataclass(frozen=True, slots=True)
class PipelineFigures:
    """What a pipeline did in `wall_s`: frames inferred, mean batch, stages in ms per frame."""

    frames: int
    wall_s: float
    stage_ms: dict[str, float]
    mean_batch: float

    @property
    def fps(self) -> float:
        """Frames per second."""
        return self.frames / self.wall_s if self.wall_s else 0.0


class Pipeline(Protocol):
    """Everything from the camera's packets to the analysis, fed faster than it can go."""

    def run(self, seconds: float) -> PipelineFigures:
        """Run for about `seconds`, warm-up not counted; nothing of it runs afterwards."""
        ...


class RawSession:
    """The network alone: letterboxed frames go in, tensors come out and are thrown away."""

    def __init__(self, card: ModelCard, session: Session, frames: Sequence[Image]) -> None:
        self._session = session
        width, height = card.input_wh
        self._batch = np.empty((session.max_batch, 3, height, width), dtype=np.float32)
        letterbox = Letterbox(card)
        for row in range(session.max_batch):
            letterbox.write(frames[row % len(frames)], self._batch[row])

    def run(self, seconds: float) -> PipelineFigures:
        """Run full batches for at least `seconds`, after one that does not count."""
        self._session.run(self._batch)
        frames, began_s = 0, time.perf_counter()
        while (wall_s := time.perf_counter() - began_s) < seconds or not frames:
            self._session.run(self._batch)
            frames += len(self._batch)
        per_frame_ms = wall_s * 1000 / frames
        return PipelineFigures(frames, wall_s, {"session": per_frame_ms}, len(self._batch))


@dataclass(frozen=True, slots=True)
class Spread:
    """Median of several rounds, the lowest and the highest."""

    median: float
    lowest: float
    highest: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summary of at least one value, to three places."""
        return cls(*(round(v, 3) for v in (median(values), min(values), max(values))))


@dataclass(frozen=True, slots=True)
class ThroughputReport:
    """Raw and pipeline frames per second, their ratio round by round, stages in ms per frame."""

    model: str
    sha256: str
    backend: str
    threads: int
    max_batch: int
    frame_wh: tuple[int, int]
    cameras: int
    look_interval_s: float
    rounds: int
    seconds: float
    raw_fps: Spread
    pipeline_fps: Spread | None
    ratio: Spread | None
    stage_ms: dict[str, float]
    mean_batch: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Rounds:
    """Figures of each round, in order; `pipeline` is as long as `raw`, or empty."""

    raw: tuple[PipelineFigures, ...]
    pipeline: tuple[PipelineFigures, ...]

    @property
    def raw_fps(self) -> Spread:
        """Frames per second of the network alone."""
        return Spread.of([figures.fps for figures in self.raw])

    @property
    def pipeline_fps(self) -> Spread | None:
        """Frames per second of the pipeline."""
        return Spread.of([f.fps for f in self.pipeline]) if self.pipeline else None

    @property
    def ratio(self) -> Spread | None:
        """Pipeline over raw, each round against its own neighbour in time."""
        if not self.pipeline:
            return None
        pairs = zip(self.pipeline, self.raw, strict=True)
        return Spread.of([pipeline.fps / raw.fps for pipeline, raw in pairs])

    @property
    def stage_ms(self) -> dict[str, float]:
        """Median of each stage, of the pipeline where there is one."""
        figures = self.pipeline or self.raw
        known = [stage for stage in STAGES if any(stage in f.stage_ms for f in figures)]
        return {
            stage: round(median(f.stage_ms.get(stage, 0.0) for f in figures), 3) for stage in known
        }

    @property
    def mean_batch(self) -> float | None:
        """Median of the pipeline's mean batch."""
        return round(median(f.mean_batch for f in self.pipeline), 2) if self.pipeline else None


def measure(
    raw: Pipeline,
    pipeline: Pipeline | None,
    rounds: int,
    seconds: float,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> Rounds:
    """Run both in turn, `rounds` times each; who goes first changes with every round."""
    alone: list[PipelineFigures] = []
    whole: list[PipelineFigures] = []
    for number in range(rounds):
        turns = [(raw, alone), (pipeline, whole)]
        for runner, figures in turns if number % 2 == 0 else reversed(turns):
            if runner is not None:
                figures.append(runner.run(seconds))
        progress(number + 1, rounds)
    return Rounds(tuple(alone), tuple(whole))


@dataclass(frozen=True, slots=True)
class Offered:
    """What a pipeline is given to look at: cameras' pictures of a size, a look every so often."""

    frame_wh: tuple[int, int]
    cameras: int
    look_interval_s: float


def summary(
    detector: OnnxDetector, threads: int, offered: Offered, seconds: float, figures: Rounds
) -> ThroughputReport:
    """The report of a measurement, with what was measured."""
    return ThroughputReport(
        model=detector.card.name,
        sha256=detector.card.sha256,
        backend=detector.session.backend,
        threads=threads,
        max_batch=detector.max_batch,
        frame_wh=offered.frame_wh,
        cameras=offered.cameras,
        look_interval_s=offered.look_interval_s,
        rounds=len(figures.raw),
        seconds=seconds,
        raw_fps=figures.raw_fps,
        pipeline_fps=figures.pipeline_fps,
        ratio=figures.ratio,
        stage_ms=figures.stage_ms,
        mean_batch=figures.mean_batch,
    )


def parse_size(text: str) -> tuple[int, int]:
    """Width and height from text like 1920x1080; raises ValueError for what no video can have."""
    sides = [int(side) if side.strip().isdecimal() else 0 for side in text.lower().split("x")]
    if len(sides) != 2 or not all(side and side % 2 == 0 for side in sides):
        raise ValueError(f"frame size {text!r} must be even width x height, like 1920x1080")
    return sides[0], sides[1]


def street(size_wh: tuple[int, int], count: int, seed: int = 0) -> list[Image]:
    """Pictures of a camera's size with grain and blocks in them, for runs without a clip."""
    random = np.random.default_rng(seed)
    width, height = size_wh
    frames = []
    for _ in range(count):
        coarse = random.integers(0, 256, (-(-height // 40), -(-width // 40), 3))
        blocks = np.kron(coarse, np.ones((40, 40, 1), dtype=np.int64))[:height, :width]
        grain = random.integers(-8, 9, blocks.shape)
        frames.append(np.clip(blocks + grain, 0, 255).astype(np.uint8))
    return frames
