import json
from pathlib import Path

import pytest

from benchmarks.event_data import open_clips
from benchmarks.event_scoring import Event
from benchmarks.yolo_names import DataError
from streams.config import ConfigError, dump_camera
from tests.streams.lot import camera

TRUE = {
    "kind": "illegal_parking",
    "zone": "lot",
    "box_xyxy": [200, 80, 280, 130],
    "from_s": 2,
    "to_s": 10.5,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.mp4").touch()
    (tmp_path / "b.mp4").touch()
    (tmp_path / "a.toml").write_text(dump_camera(camera("own", "a.mp4")))
    (tmp_path / "camera.toml").write_text(dump_camera(camera("shared", "a.mp4")))
    return tmp_path


def told(folder: Path, truth: object) -> Path:
    (folder / "truth.json").write_text(truth if isinstance(truth, str) else json.dumps(truth))
    return folder


def test_clips_with_their_cameras_and_truth(folder: Path) -> None:
    endless = TRUE | {"to_s": None, "note": "it never leaves"}
    first, second = open_clips(told(folder, {"b.mp4": [], "a.mp4": [TRUE, endless]}))
    assert first.path == folder / "a.mp4"
    assert first.camera.id == "own"
    assert first.camera_file == folder / "a.toml"
    assert first.truth == (
        Event("illegal_parking", "lot", (200, 80, 280, 130), 2, 10.5),
        Event("illegal_parking", "lot", (200, 80, 280, 130), 2, float("inf")),
    )
    assert second.camera.id == "shared"
    assert second.truth == ()


@pytest.mark.parametrize(
    ("truth", "says"),
    [
        ("{", r"truth\.json: not valid JSON: .*line 1"),
        ([], r"truth\.json: .*dict"),
        ({}, "names no clip"),
        ({"c.mp4": []}, r"there is no clip .*c\.mp4"),
        ({"a.mp4": [TRUE | {"zone": "roof"}]}, r"a\.mp4\[0\]: no rule of .*a\.toml .*'roof'"),
        ({"a.mp4": [TRUE, TRUE | {"kind": "stray_bikes"}]}, r"a\.mp4\[1\]: .*'stray_bikes'"),
        ({"a.mp4": [TRUE | {"box_xyxy": [5, 5, 5, 9]}]}, r"a\.mp4\[0\]: box_xyxy must be"),
        ({"a.mp4": [TRUE | {"to_s": 1}]}, r"a\.mp4\[0\]: to_s must come after"),
        ({"a.mp4": [TRUE | {"from_s": -1}]}, r"a\.mp4\[0\]\.from_s: "),
        ({"a.mp4": [TRUE | {"class": "?"}]}, r"a\.mp4\[0\]\.class: "),
        ({"a.mp4": [{}]}, r"a\.mp4\[0\]\.kind: "),
    ],
)
def test_what_is_wrong_is_named_in_one_line(folder: Path, truth: object, says: str) -> None:
    with pytest.raises(DataError, match=says) as caught:
        open_clips(told(folder, truth))
    assert "\n" not in str(caught.value)


def test_a_folder_without_truth_or_camera(folder: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*truth\.json: No such file"):
        open_clips(folder)
    (folder / "camera.toml").unlink()
    with pytest.raises(DataError, match=r"b\.mp4 has no camera: write .*b\.toml or .*camera\.toml"):
        open_clips(told(folder, {"b.mp4": []}))
    (folder / "a.toml").write_text("id = 5")
    with pytest.raises(ConfigError, match=r"a\.toml:1"):
        open_clips(told(folder, {"a.mp4": []}))
