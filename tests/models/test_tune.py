import json
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from models import tune_command
from models.card import load_card
from models.commands import app
from models.detector import open_detector
from models.download import sha256_of
from models.machine import Machine
from models.session import BackendError, precisions
from models.tune import Tuner
from models.tuning import Setup, kept_setup
from vision.frame import Image

QUICK = ("--rounds", "1", "--seconds", "0")


@pytest.fixture
def card_file(tmp_path: Path, squares: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "squares.toml"
    path.write_text(
        f'title = "Squares"\nfamily = "yolov8"\ninput_wh = [128, 96]\nnames = ["first", "third"]\n'
        f'licence = "Apache-2.0"\nsha256 = "{sha256_of(squares)}"\nsources = ["file:squares.onnx"]'
    )
    return path


@pytest.fixture
def red() -> Image:
    image = np.zeros((192, 256, 3), np.uint8)
    image[32:64, 64:96] = (0, 0, 255)
    return image


@pytest.fixture
def folder(tmp_path: Path, red: Image) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "red.png").write_bytes(cv2.imencode(".png", red)[1].tobytes())
    (folder / "notes.txt").write_text("no picture")
    return folder


def run(*words: str | Path, samples: object = None) -> str:
    result = CliRunner().invoke(app, [str(w) for w in words], obj=samples, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_tuning_is_kept_and_followed(card_file: Path, folder: Path) -> None:
    report = json.loads(run("tune", card_file, "--pictures", folder, *QUICK, "--json"))
    tried = {
        (t["trial"]["setup"]["backend"], t["trial"]["setup"]["precision"]): t
        for t in report["precisions"]
    }
    assert {("openvino", "f32"), ("onnxruntime", "f32")} <= tried.keys()
    assert all(t["agreement"]["of"] == 1 for t in tried.values())
    assert [t["setup"]["max_batch"] for t in report["batches"]] == [1, 2, 4, 8, 16]
    assert ("openvino bf16" in report["not_tried"]) == ("bf16" not in precisions("openvino"))
    kept = kept_setup(load_card(card_file))
    assert kept == Setup(**report["chosen"])
    session = open_detector(str(card_file)).session
    assert session.backend.startswith(kept.backend)
    assert session.max_batch == kept.max_batch


def test_a_dry_run_keeps_nothing(card_file: Path, red: Image) -> None:
    text = run("tune", card_file, "--dry-run", *QUICK, samples=lambda: [red, red])
    assert "chosen: " in text
    assert "not kept" in text
    assert kept_setup(load_card(card_file)) is None


def test_without_pictures_the_remedy_is_told(card_file: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--pictures"):
        run("tune", card_file)
    with pytest.raises(ValueError, match="no pictures in"):
        run("tune", card_file, "--pictures", tmp_path / "none")


def test_pictures_that_show_nothing_tell_nothing(card_file: Path, red: Image) -> None:
    with pytest.raises(ValueError, match="finds nothing in the 1 pictures"):
        run("tune", card_file, *QUICK, samples=lambda: [np.zeros_like(red)])


def test_what_does_not_start_is_told(card_file: Path, red: Image) -> None:
    def open_(setup: Setup):
        if setup.precision == "fp16":
            raise BackendError("no device")
        return open_detector(str(card_file), setup.backend, 1, setup.max_batch)

    machine = Machine("cpu", (), 1, (), {})
    tuner = Tuner(load_card(card_file), machine, [red], open_, lambda _: None, 1, 0.0)
    setups = [Setup("openvino", "f32", 1, 1, 8), Setup("tensorrt", "fp16", 1, 1, 8)]
    report = tuner.tune(setups, {"openvino int8": "no onnx"})
    assert report.not_tried == {"openvino int8": "no onnx", "tensorrt fp16": "no device"}
    assert report.chosen.backend == "openvino"


def test_a_precision_that_disagrees_is_never_chosen(card_file: Path, red: Image) -> None:
    """However fast it is: here one that sees nothing."""

    class Blind:
        session = SimpleNamespace(run=lambda batch: [])

        def detect(self, images):
            return [plain.detect([image])[0][:0] for image in images]

    plain = open_detector(str(card_file), "openvino", 1, 16)
    machine = Machine("cpu", (), 1, (), {})
    tuner = Tuner(
        load_card(card_file),
        machine,
        [red],
        lambda setup: Blind() if setup.precision == "bf16" else plain,
        lambda _: None,
        1,
        0.0,
    )
    setups = [Setup("openvino", name, 1, 1, 8) for name in ("f32", "bf16")]
    report = tuner.tune(setups, {})
    assert report.precisions[1].trial.speed_ratio > 1
    assert not report.precisions[1].good
    assert report.chosen.precision == "f32"


def test_eight_bits_are_tried_where_onnx_is(card_file: Path, folder: Path) -> None:
    pytest.importorskip("onnx", reason="the package onnx is optional")
    report = json.loads(run("tune", card_file, "--pictures", folder, *QUICK, "--json"))
    assert "int8" in {t["trial"]["setup"]["precision"] for t in report["precisions"]}


def test_eight_bits_are_left_where_onnx_is_not(card_file: Path, red: Image, monkeypatch) -> None:
    monkeypatch.setattr(tune_command, "why_not", lambda _: "no onnx")
    setups, not_tried = tune_command._setups(load_card(card_file), Path("model.onnx"), [red])
    assert not_tried["onnxruntime int8"] == "no onnx"
    assert setups[0].precision == "f32"
