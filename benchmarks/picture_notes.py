"""What a data set says about its pictures besides boxes: `labels.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.yolo_names import DataError

NOTES_FILE = "labels.json"


@dataclass(frozen=True, slots=True)
class PictureNote:
    """One picture: where it comes from, which classes nobody is sure of, whether boxes are missing.

    A class in `uncertain` is not scored in this picture; with `boxes_incomplete` the classes that
    are in it are scored for the whole picture, not for its boxes.
    """

    source: str | None = None
    uncertain: frozenset[str] = frozenset()
    boxes_incomplete: bool = False


PLAIN = PictureNote()


def read_notes(folder: Path) -> dict[str, PictureNote]:
    """Notes by file name of the picture; empty where the data has none. Raises DataError."""
    path = folder / NOTES_FILE
    if not path.is_file():
        return {}
    try:
        images = json.loads(path.read_text(encoding="utf-8"))["images"]
        return {Path(image["image"]).name: _note(image) for image in images}
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    except (KeyError, TypeError, AttributeError) as error:
        raise DataError(
            f"{path}: {error}; needed is images, a list of objects with at least image, the "
            "picture's file name"
        ) from None


def _note(image: dict[str, Any]) -> PictureNote:
    return PictureNote(
        image.get("source_repo"),
        frozenset(image.get("uncertain_classes", ())),
        bool(image.get("boxes_incomplete", False)),
    )
