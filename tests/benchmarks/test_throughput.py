import numpy as np
import pytest

from benchmarks.throughput import (
    PipelineFigures,
    RawSession,
    Spread,
    measure,
    parse_size,
    street,
)
from models.card import ModelCard


class Scripted:
    """Gives the figures it was told to, and notes when it was asked."""

    def __init__(self, name: str, log: list[str], *fps: float) -> None:
        self.name, self.log = name, log
        self.left = [
            PipelineFigures(int(value * 10), 10.0, {"session": 1000 / value, "decode": 2.0}, 4)
            for value in fps
        ]

    def run(self, seconds: float) -> PipelineFigures:
        self.log.append(self.name)
        return self.left.pop(0)


class Counting:
    """A network that only counts its pictures."""

    input_wh = (64, 32)
    max_batch = 3
    backend = "fake:CPU"

    def __init__(self) -> None:
        self.batches: list[np.ndarray] = []

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        self.batches.append(batch.copy())
        return []


def test_medians_spread_and_the_ratio_of_neighbours() -> None:
    log: list[str] = []
    raw, whole = Scripted("raw", log, 100, 50, 80), Scripted("whole", log, 90, 40, 60)
    rounds = measure(raw, whole, 3, 10)
    # Turn about, so that a drift of the machine favours neither.
    assert log == ["raw", "whole", "whole", "raw", "raw", "whole"]
    assert rounds.raw_fps == Spread(80, 50, 100)
    assert rounds.pipeline_fps == Spread(60, 40, 90)
    assert rounds.ratio == Spread(0.8, 0.75, 0.9)
    assert rounds.mean_batch == 4
    assert rounds.stage_ms == {"decode": 2.0, "session": pytest.approx(1000 / 60, abs=1e-3)}
    assert list(rounds.stage_ms) == ["decode", "session"]  # in the order that a frame meets them


def test_the_network_alone() -> None:
    rounds = measure(Scripted("raw", [], 100), None, 1, 10)
    assert rounds.pipeline_fps is None
    assert rounds.ratio is None
    assert rounds.mean_batch is None
    assert "session" in rounds.stage_ms


def test_raw_runs_full_batches_of_letterboxed_frames() -> None:
    card = ModelCard(
        name="x",
        title="x",
        family="yolov8",
        input_wh=(64, 32),
        names=("a",),
        sources=(),
        sha256="0" * 64,
        licence="x",
    )
    session = Counting()
    raw = RawSession(card, session, street((100, 100), 2))
    figures = raw.run(0.0)
    assert figures.frames == 3  # at least one batch, and the one to warm up does not count
    assert len(session.batches) == 2
    batch = session.batches[0]
    assert batch.shape == (3, 3, 32, 64)
    assert (batch[:, :, :, 0] == np.float32(114 / 255)).all()  # a square picture has grey beside it
    assert batch[0] == pytest.approx(batch[2])
    assert figures.mean_batch == 3
    assert figures.stage_ms["session"] == pytest.approx(figures.wall_s * 1000 / 3)


def test_frames_are_of_the_size_and_the_same_every_time() -> None:
    first, second = street((130, 90), 2)
    assert first.shape == (90, 130, 3)
    assert (first != second).any()
    assert (street((130, 90), 1)[0] == first).all()
    assert first.std() > 30


@pytest.mark.parametrize("text", ["1920x1080", "1920X1080", "1920 x 1080"])
def test_sizes_are_read(text: str) -> None:
    assert parse_size(text) == (1920, 1080)


@pytest.mark.parametrize(
    "text", ["1920", "x", "0x10", "-1x5", "1920*1080", "axb", "1921x1080", "2x2x2"]
)
def test_other_words_are_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="must be even width x height"):
        parse_size(text)


def test_nothing_is_measured_in_no_time() -> None:
    assert PipelineFigures(0, 0.0, {}, 0).fps == 0
