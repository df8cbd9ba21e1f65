"""What the documents show is what the program reads and writes."""

import json
import re
from pathlib import Path

import pytest

from benchmarks.event_data import open_clips
from streams.config import (
    Camera,
    DetectorConfig,
    RuleConfig,
    ScheduleConfig,
    Site,
    ZoneConfig,
    load_camera,
    load_site,
)
from streams.evidence.completeness import unstated
from streams.evidence.manifest import Manifest, parse_manifest
from streams.evidence.story_checks import story_problems
from streams.standing import StandingConfig
from vision.violation import Violation

FORMATS = Path(__file__).parents[1] / "docs" / "formats.md"
TEXT = FORMATS.read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE)


def rows(title: str) -> set[str]:
    """Names in the first column of the table whose head begins with `title`."""
    table = re.search(
        rf"^\| {title} \|.*?\n\|---.*?\n(.*?)(?:\n\n|\Z)", TEXT, re.DOTALL | re.MULTILINE
    )
    assert table, title
    return {
        name for row in table[1].splitlines() for name in re.findall("`(.+?)`", row.split("|")[1])
    }


@pytest.fixture
def written(tmp_path):
    """Every TOML block as the file that its first line names."""
    found = blocks("toml")
    assert found
    for block in found:
        path = tmp_path / block.partition("\n")[0].removeprefix("# ")
        path.parent.mkdir(exist_ok=True)
        path.write_text(block, encoding="utf-8")
    return tmp_path


def test_the_toml_blocks_are_read_by_the_real_parser(written):
    files = {str(path.relative_to(written)) for path in written.rglob("*.toml")}
    assert files == {"site.toml", "cameras/south-gate.toml"}
    camera = load_camera(written / "cameras" / "south-gate.toml")
    site = load_site(written / "site.toml")
    assert [c.id for c in site.cameras] == ["demo", "south-gate"]
    assert site.cameras[1] == camera
    assert site.cameras[0].uri == str(written / "clips" / "street.mp4")


@pytest.mark.parametrize(
    ("title", "model"),
    [
        ("camera", Camera),
        ("standing", StandingConfig),
        ("zone", ZoneConfig),
        ("rule", RuleConfig),
        ("schedule", ScheduleConfig),
        ("site", Site),
        ("detector", DetectorConfig),
        ("part", Manifest),
    ],
)
def test_every_key_has_its_row(title, model):
    assert rows(title) == set(model.model_fields)


def test_the_manifest_is_one():
    manifest = parse_manifest(blocks("json")[0].encode())
    assert list(story_problems(manifest)) == []
    assert unstated(manifest) == []


def test_a_replay_line_has_the_fields_of_a_violation():
    manifest = parse_manifest(blocks("json")[0].encode())
    lines = [json.loads(line) for line in blocks("jsonl")[0].splitlines()]
    expected = manifest.to_violation().to_json().keys() - {"place_id"} | {"packet"}
    for line in lines:
        assert line.keys() == expected
        assert Violation.from_json({**line, "place_id": ""}).kind == "illegal_parking"


def test_the_truth_is_read_by_the_benchmark(written):
    text = blocks("json")[1]
    for name in json.loads(text):
        (written / name).write_bytes(b"")
    (written / "truth.json").write_text(text, encoding="utf-8")
    camera = (written / "cameras" / "south-gate.toml").read_bytes()
    (written / "camera.toml").write_bytes(camera)
    assert {clip.path.name: len(clip.truth) for clip in open_clips(written)} == {
        "street.mp4": 1,
        "quiet.mp4": 0,
    }
