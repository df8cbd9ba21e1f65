"""The pipeline side of the throughput benchmark, and the command around both sides."""

import json
from dataclasses import replace
from pathlib import Path

import av
import pytest
from typer.testing import CliRunner

from benchmarks import node_pipeline, record
from benchmarks.commands import app
from benchmarks.node_pipeline import NodePipeline, PipelineError, film
from benchmarks.throughput import STAGES


@pytest.fixture
def pipeline(tmp_path: Path, card: Path) -> NodePipeline:
    """Two small cameras with five looks a second each."""
    clip = film(tmp_path / "street.mp4", (320, 180), seconds=2, fps=10)
    return NodePipeline(clip, 2, 0.2, str(card), "onnxruntime", 1, 4)


def test_the_film_is_of_the_size_and_has_a_key_picture_every_second(tmp_path: Path) -> None:
    with av.open(film(tmp_path / "a.mp4", (320, 180), seconds=3, fps=5)) as container:
        stream = container.streams.video[0]
        keys = [float(p.pts * p.time_base) for p in container.demux(stream) if p.is_keyframe]
        assert (stream.width, stream.height, stream.codec_context.name) == (320, 180, "h264")
    assert keys == [0, 1, 2]


@pytest.mark.slow
def test_a_node_is_started_measured_and_ended(pipeline: NodePipeline) -> None:
    figures = pipeline.run(2.0)
    assert figures.frames > 0
    assert figures.wall_s >= 2
    assert 1 <= figures.mean_batch <= 4
    assert {"decode", "wait", "analyse"} <= set(figures.stage_ms)


@pytest.mark.slow
def test_a_node_that_cannot_run_is_told(pipeline: NodePipeline, monkeypatch) -> None:
    monkeypatch.setattr(node_pipeline, "START_PATIENCE_S", 20.0)
    with pytest.raises(PipelineError, match="the node has ended"):
        replace(pipeline, backend="tensorrt").run(1.0)


def test_the_network_alone_as_a_table_and_as_json(card: Path, monkeypatch) -> None:
    kept: dict[str, dict] = {}
    monkeypatch.setattr(record, "save", lambda name, value: kept.setdefault(name, value) and name)
    words = ["throughput", "--model", str(card), "--no-pipeline", "--seconds", "0.05"]
    words += ["--frame", "320x180", "--rounds", "2", "--batch", "2", "--threads", "1"]
    shown = CliRunner().invoke(app, words, catch_exceptions=False)
    assert "network alone" in shown.stdout
    assert "pipeline, frames/s" not in shown.stdout
    result = CliRunner().invoke(app, [*words, "--json", "--save"], catch_exceptions=False)
    report = json.loads(result.stdout)
    assert report["raw_fps"]["median"] > 0
    assert report["pipeline_fps"] is report["ratio"] is None
    assert report["frame_wh"] == [320, 180]
    assert (report["rounds"], report["max_batch"], report["threads"]) == (2, 2, 1)
    assert set(report["stage_ms"]) <= set(STAGES)
    saved = kept["throughput-squares-openvino-CPU-180p-every-0.04-s-1-threads"]
    assert json.loads(json.dumps(saved["result"])) == report
