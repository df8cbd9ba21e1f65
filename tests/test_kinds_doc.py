"""The document of the kinds shows what `kinds.toml` has, and its example works from end to end."""

import re
from dataclasses import fields
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from streams.config import analysis_rules, load_camera
from vision.analyser import CameraAnalyser
from vision.detections import Detections
from vision.frame import Image
from vision.rules.groups import Group
from vision.rules.kinds import KINDS, Kind, parse_kinds
from vision.violation import Violation

TEXT = (Path(__file__).parents[1] / "docs" / "kinds.md").read_text(encoding="utf-8")
SHIPPED = (files("vision.rules") / "kinds.toml").read_text(encoding="utf-8")
COCO = ("person", "dog")
DOG, OWNER = (100.0, 80.0, 140.0, 110.0), (125.0, 50.0, 150.0, 112.0)
PICTURE: Image = np.random.default_rng(0).integers(60, 200, (180, 320, 3), np.uint8)


def block(title: str) -> str:
    """The TOML block below a line that ends with `title`:"""
    found = re.search(
        rf"{re.escape(title)}:\n\n```toml\n(.*?)^```$", TEXT, re.DOTALL | re.MULTILINE
    )
    assert found, title
    return found[1]


def table(title: str) -> list[list[str]]:
    found = re.search(
        rf"^\| {title} \|.*?\n\|---.*?\n(.*?)(?:\n\n|\Z)", TEXT, re.DOTALL | re.MULTILINE
    )
    assert found, title
    return [[cell.strip() for cell in row.split("|")[1:-1]] for row in found[1].splitlines()]


def row(kind: Kind) -> list[str]:
    """A kind as the document's table shows it."""
    days, left_s = divmod(round(kind.dwell_s), 86400)
    dwell = f"{days} d" if days else f"{left_s} s"
    codes = [kind.code_newer or "–", kind.code_older or "–"]
    classes = ", ".join(f"`{name}`" for name in sorted(kind.classes))
    on = "yes" if kind.on else "no"
    return [f"`{kind.name}`", kind.zh, classes, dwell, kind.night, kind.status, on, *codes]


def test_the_table_of_kinds_is_that_of_the_program() -> None:
    assert table("kind") == [row(kind) for kind in KINDS.values()]


@pytest.mark.parametrize(
    ("title", "what", "unsaid"),
    [("key of a kind", Kind, {"name", "things"}), ("key of a group", Group, {"name"})],
)
def test_every_key_is_explained(title: str, what: type, unsaid: set[str]) -> None:
    told = {name for cells in table(title) for name in re.findall("`(.+?)`", cells[0])}
    read = {field.name for field in fields(what)} - unsaid
    assert told == (read | {"group"} if what is Kind else read)


def test_the_example_is_what_the_program_ships_in_fifteen_lines_without_code() -> None:
    kind, rule = block("To `vision/rules/kinds.toml`"), block("To the camera's file")
    lines = [line for line in (kind + rule).splitlines() if line.strip()]
    assert len(lines) <= 15
    shipped = [line.strip() for line in SHIPPED.splitlines()]
    for part in kind.strip().split("\n\n"):
        wanted = part.splitlines()
        begin = shipped.index(wanted[0])
        assert shipped[begin : begin + len(wanted)] == wanted
    assert parse_kinds(kind)["loose_dog"] == KINDS["loose_dog"]


def watch(folder: Path, held_until_s: float) -> list[Violation]:
    """Show two minutes of a dog to a camera with the document's rule; its owner is at it first."""
    file = folder / "camera.toml"
    corners = "[[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]"
    camera = 'id = "park"\nname = "Park"\nuri = "rtsp://camera/1"\n[[zones]]\nname = "lawn"\n'
    zone = f'kind = "square"\npolygon = {corners}\n\n'
    file.write_text(camera + zone + block("To the camera's file"), encoding="utf-8")
    analyser = CameraAnalyser("park", analysis_rules(load_camera(file)))
    raised: list[Violation] = []
    for t_s in range(120):
        held = t_s < held_until_s
        boxes, ids = ([DOG, OWNER], [1, 0]) if held else ([DOG], [1])
        look = Detections.of(boxes, [0.8] * len(ids), ids, COCO)
        raised += analyser.update(1_795_406_400.0 + t_s, look, PICTURE).raised
    return raised


def test_a_dog_alone_is_raised_by_the_example_and_one_with_its_owner_is_not(tmp_path) -> None:
    (alone,) = watch(tmp_path, held_until_s=0)
    assert (alone.kind, alone.zone, alone.started_s) == ("loose_dog", "lawn", 1_795_406_400.0)
    assert alone.facts["object"].value == "dog"
    assert watch(tmp_path, held_until_s=120) == []
