import json
import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import average_precision, record
from benchmarks.commands import app
from models.download import FetchError, sha256_of

RED, BLUE = (0, 0, 255), (255, 0, 0)

KEYS = {
    "ap50",
    "ap50_95",
    "precision",
    "recall",
    "image_precision",
    "image_recall",
    "instances",
    "images",
}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three pictures: a car, a bus and some laundry, nothing (but a blue square)."""
    folder = tmp_path / "data"
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True)
    (folder / "data.yaml").write_text("names: [laundry, CAR, bus]\n")
    write(folder / "images" / "a.png", (2, 1, RED))
    write(folder / "images" / "b.png", (5, 4, BLUE))
    write(folder / "images" / "c.png", (0, 0, BLUE))
    (folder / "labels" / "a.txt").write_text(line(1, 2, 1))
    (folder / "labels" / "b.txt").write_text(line(2, 5, 4) + line(0, 1, 1))
    return folder


def write(path: Path, *cells: tuple[int, int, tuple[int, int, int]]) -> None:
    image = np.zeros((192, 256, 3), np.uint8)
    for x, y, colour in cells:
        image[y * 32 : (y + 1) * 32, x * 32 : (x + 1) * 32] = colour
    path.write_bytes(cv2.imencode(".png", image)[1].tobytes())


def line(class_id: int, x: int, y: int) -> str:
    return f"{class_id} {(x + 0.5) / 8:.6f} {(y + 0.5) / 6:.6f} {1 / 8:.6f} {1 / 6:.6f}\n"


def bench(*words: str | Path):
    return CliRunner().invoke(app, ["detection", *map(str, words)], catch_exceptions=True)


def test_json_holds_exactly_what_is_promised(data: Path, card: Path) -> None:
    result = bench("--data", data, "--model", card, "--backend", "onnxruntime", "--json")
    assert result.exit_code == 0, result.output
    report = json.loads(result.stdout)
    assert list(report)[:4] == ["model", "sha256", "images", "classes"]
    assert report["model"] == "squares"
    assert report["images"] == 3
    assert report["sha256"] == sha256_of(card.with_name("squares.onnx"))
    assert set(report["classes"]) == {"CAR", "bus", "laundry"}
    assert all(set(score) == KEYS for score in report["classes"].values())
    car, bus = report["classes"]["CAR"], report["classes"]["bus"]
    assert car | {"ap50_95": None} == {
        "ap50": 1.0,
        "ap50_95": None,
        "precision": 1.0,
        "recall": 1.0,
        "image_precision": 1.0,
        "image_recall": 1.0,
        "instances": 1,
        "images": 1,
    }
    assert bus["precision"] == bus["image_precision"] == 0.5
    assert bus["recall"] == 1
    assert report["classes"]["laundry"]["ap50"] is None
    assert report["classes"]["laundry"]["instances"] == 1
    assert result.stderr == "squares has no name for: laundry; not scored\n"


def test_a_table_for_people(data: Path, card: Path) -> None:
    result = bench("--data", data, "--model", card)
    assert result.exit_code == 0, result.output
    assert "laundry" in result.stdout
    assert "0.500" in result.stdout


def test_without_names_the_labels_use_the_models(data: Path, card: Path) -> None:
    (data / "data.yaml").unlink()
    (data / "labels" / "a.txt").write_text(line(0, 2, 1))
    (data / "labels" / "b.txt").write_text(line(1, 5, 4))
    result = bench("--data", data, "--model", card, "--json")
    report = json.loads(result.stdout)
    assert "numbers are taken as squares's own" in result.stderr.replace("\n", " ")
    assert set(report["classes"]) == {"car", "bus"}
    assert report["classes"]["car"]["ap50"] == 1


def test_classes_without_labels_show_their_false_alarms(data: Path, card: Path) -> None:
    (data / "labels" / "b.txt").write_text("")
    report = json.loads(bench("--data", data, "--model", card, "--json").stdout)
    bus = report["classes"]["bus"]
    assert (bus["precision"], bus["recall"], bus["ap50"], bus["instances"]) == (0, None, None, 0)


def test_names_that_mean_the_same_are_one_class(data: Path, card: Path) -> None:
    (data / "data.yaml").write_text("names: [Car, CAR, bus]\n")
    report = json.loads(bench("--data", data, "--model", card, "--json").stdout)
    assert set(report["classes"]) == {"Car", "bus"}
    assert report["classes"]["Car"]["instances"] == 2


def test_broken_files_are_named_in_one_line(data: Path, card: Path) -> None:
    (data / "labels" / "a.txt").write_text("1 0.5\n")
    error = bench("--data", data, "--model", card).exception
    assert isinstance(error, ValueError)
    assert "a.txt:1: 2 values" in str(error)
    (data / "images" / "a.png").write_bytes(b"no picture")
    error = bench("--data", data, "--model", card).exception
    assert isinstance(error, ValueError)
    assert str(error).startswith(str(data / "images" / "a.png"))


def test_the_missing_scorer_is_named_with_its_remedy(
    data: Path, card: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(average_precision.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(average_precision.ScorerMissingError, match=r"skyeye\[bench\]"):
        average_precision.check_scorer()


def test_a_result_is_kept_with_its_circumstances(
    data: Path, card: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, dict] = {}
    monkeypatch.setattr(record, "save", lambda name, value: kept.setdefault(name, value) and name)
    result = bench("--data", data, "--model", card, "--save", "--json")
    assert result.exit_code == 0, result.output
    assert list(kept) == ["detection-squares-data"]
    envelope = kept["detection-squares-data"]
    assert envelope["result"] == json.loads(result.stdout)
    assert envelope["model"]["name"] == "squares"
    assert len(envelope["data_sha256"]) == 64


@pytest.mark.slow
def test_the_default_model_on_real_pictures(tmp_path: Path) -> None:
    """A labelled picture set as a developer keeps it, in VOC's format."""
    near = Path(__file__).parents[3] / "shared"
    voc = Path(os.environ.get("SKYEYE_SHARED", near)) / "data/images/voc100/data/database"
    if not voc.is_dir():
        pytest.skip(f"no pictures at {voc}")
    converted = CliRunner().invoke(
        app,
        [
            *("voc-to-yolo", "--annotations", str(voc / "gts" / "pascalvoc_format")),
            *("--pictures", str(voc / "images"), "--out", str(tmp_path)),
        ],
    )
    assert converted.exit_code == 0, converted.output
    result = bench("--data", tmp_path, "--json")
    if isinstance(result.exception, FetchError):
        pytest.skip(str(result.exception))
    report = json.loads(result.stdout)
    assert report["images"] == 100
    assert report["classes"]["person"]["instances"] == 91
    assert report["classes"]["person"]["ap50"] > 0.8
    assert report["classes"]["bus"]["image_recall"] == 1
