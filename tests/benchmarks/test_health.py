"""The health benchmark: what is degraded how, and what is counted as false or missed."""

import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import health, health_command
from benchmarks.commands import app
from benchmarks.degradations import Degradation, bagged, degradations, exposed, painted
from benchmarks.health import (
    EITHER,
    JUDGE,
    REFUSE,
    Clip,
    Recall,
    open_health_clips,
    score_health,
)
from benchmarks.yolo_names import DataError
from streams.evidence.facts import ModelFacts
from tests.vision.street import texture
from vision.detections import Detections

WH = (640, 360)
MODEL = ModelFacts("eye", "0" * 64, "none", "none")


def rendered_clip(name, brightness=1.0):
    rng = np.random.default_rng(2)
    ramp = np.linspace(0.4, 1.3, WH[0])[None, :, None]
    looks = (
        brightness * texture(7, WH, 2.0) * ramp + rng.normal(0, 1, (WH[1], WH[0], 3))
        for _ in range(12)
    )
    return Clip(name, tuple(np.clip(look, 0, 255).astype(np.uint8) for look in looks))


class Eye:
    """Finds two things in every picture that is light enough."""

    names = ("car",)
    max_batch = 4

    def detect(self, images):
        boxes = [(10, 10, 60, 60), (100, 100, 160, 160)]
        return [
            Detections.of(boxes, [0.9] * 2, [0] * 2, self.names)
            if image.mean() > 40
            else Detections.of(np.zeros((0, 4)), [], [], self.names)
            for image in images
        ]


@pytest.fixture
def two_severities(monkeypatch):
    rows = [
        Degradation("dim", 0.5, exposed),
        Degradation("paint", 1.2, painted),
        Degradation("bag", 0.2, bagged),
    ]
    monkeypatch.setattr(health, "degradations", lambda: rows)


def test_what_is_still_found_must_be_judged_and_what_is_not_must_not(two_severities):
    report = score_health([rendered_clip("a"), rendered_clip("b", 0.8)], Eye(), MODEL)
    lines = {line.condition: line for line in report.lines}
    assert report.clean == {"a": 0.0, "b": 0.0}
    assert (lines["dim"].recall, lines["dim"].flagged) == (1.0, 0.0)
    assert (lines["paint"].recall, lines["paint"].flagged) == (0.0, 1.0)
    assert {cell.must for cell in lines["dim"].clips.values()} == {JUDGE}
    assert {cell.must for cell in lines["paint"].clips.values()} == {REFUSE}
    assert lines["frozen"].flagged == 1.0
    assert lines["live"].flagged == 0.0
    blurred = [cell for cell in lines["bag"].clips.values() if cell.must == JUDGE]
    judged = 4 * 12 + 2 * lines["live"].clips["a"].looks  # dim and bag, and the live clip twice
    assert report.false == pytest.approx(sum(cell.refused for cell in blurred) / judged, abs=1e-3)
    assert report.missed == 0.0
    assert json.loads(json.dumps(report.to_json()))["lines"][0]["clips"]["a"]["recall"] == 1.0


def test_a_clip_with_little_to_find_is_held_to_what_the_others_show():
    few, many, half = Recall(0, 2), Recall(9, 10), Recall(6, 12)
    found = [health.Counter({health.Reason.NONE: 12})] * 3
    clips = [rendered_clip("few"), rendered_clip("many"), rendered_clip("half")]
    line = health._line("dim", 0.5, clips, found, [few, many, half])
    assert line.recall == pytest.approx(15 / 24)
    assert line.clips["few"].recall is None
    assert [line.clips[name].must for name in ("few", "many", "half")] == [EITHER, JUDGE, EITHER]


def test_every_condition_leaves_a_picture_and_grows_worse():
    image = rendered_clip("a").looks[0]
    for row in degradations():
        worse = row.apply(image)
        assert (worse.shape, worse.dtype) == (image.shape, image.dtype)
        assert np.abs(worse.astype(float) - image).mean() > 0.2, row.condition
    night = next(row for row in degradations() if row.condition == "night")
    assert image.mean() - night.apply(image, 0.1).mean() < image.mean() - night.apply(image).mean()


def test_the_command_tells_the_table_and_the_figures(two_severities, tmp_path, monkeypatch):
    writer = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter_fourcc(*"MJPG"), 2, WH)
    for look in rendered_clip("a").looks:
        writer.write(look)
    writer.release()
    monkeypatch.setattr(health_command, "open_detector", lambda *_: Eye())
    monkeypatch.setattr(health_command, "model_facts", lambda _: MODEL)
    told = CliRunner().invoke(app, ["health", "--data", str(tmp_path)])
    assert told.exit_code == 0, told.output
    assert "paint" in told.output
    figures = CliRunner().invoke(app, ["health", "--data", str(tmp_path), "--json"])
    assert json.loads(figures.output)["clean"] == {"a.avi": 0.0}


def test_a_folder_without_clips_is_refused(tmp_path):
    with pytest.raises(DataError, match="there is no clip in"):
        open_health_clips(tmp_path)
