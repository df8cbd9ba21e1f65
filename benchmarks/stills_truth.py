"""What is true of still pictures: Pascal VOC annotations beside them, and what a person saw."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

from benchmarks.class_names import canonical
from benchmarks.voc_to_yolo import VOC_NAMES
from benchmarks.yolo_names import DataError
from vision.boxes import Box

NamedBox = tuple[str, Box]
"""Class name and x1, y1, x2, y2 in pixels."""

LABELLED_NAMES = frozenset(canonical(name) for name in VOC_NAMES)
"""What VOC's annotations say everything about; of other classes they say nothing."""


SEEN = Path(__file__).parent / "stills_seen.toml"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person saw where no label confirms a case: whether the thing is there.

    `of` names the folder of the picture; box is x1, y1, x2, y2 in its pixels.
    """

    of: str
    picture: str
    kind: str
    box: Box
    right: bool
    what: str = ""


def read_seen() -> tuple[Seen, ...]:
    """The cases that somebody looked at."""
    with SEEN.open("rb") as file:
        rows = tomllib.load(file)["cases"]
    return tuple(Seen(**{**row, "box": tuple(row["box"])}) for row in rows)


def read_labels(folder: Path) -> dict[str, list[NamedBox]]:
    """Labelled boxes by the picture's name without suffix; raises DataError for a broken file."""
    return {path.stem: _boxes(path) for path in sorted(folder.rglob("*.xml"))}


def _boxes(path: Path) -> list[NamedBox]:
    try:
        root = ElementTree.parse(path).getroot()  # noqa: S314 - Expat stops endless entities
        return [(thing.findtext("name", "").strip(), _box(thing)) for thing in root.iter("object")]
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"{path} is no Pascal VOC annotation: {error}") from None


def _box(thing: ElementTree.Element) -> Box:
    edges = (thing.findtext(f"bndbox/{edge}", "") for edge in ("xmin", "ymin", "xmax", "ymax"))
    x1, y1, x2, y2 = (float(edge) for edge in edges)
    return x1 - 1, y1 - 1, x2, y2
