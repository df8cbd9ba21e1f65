"""Stored detections of pictures, as somebody else's program wrote them down."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.yolo_names import DataError
from models.download import sha256_of
from vision.detections import Detections


@dataclass(frozen=True, slots=True)
class Predictions:
    """Detections by file name of the picture, in its pixels.

    `thresholds` are what counts as found, by class; `sha256` is the model's if the file tells it,
    and else the file's.
    """

    model: str
    note: str
    sha256: str
    names: tuple[str, ...]
    thresholds: dict[str, float]
    found: dict[str, Detections]

    def of(self, pictures: Sequence[Path]) -> list[Detections]:
        """The detections of each picture; raises DataError for one that is not there."""
        missing = [path.name for path in pictures if path.name not in self.found]
        if missing:
            raise DataError(
                f"the predictions of {self.model!r} say nothing about {missing[0]} "
                f"({len(missing)} of {len(pictures)} pictures are missing); give [] for a picture "
                "in which nothing was found"
            )
        return [self.found[path.name] for path in pictures]


def read_predictions(path: Path) -> Predictions:
    """Read `{"model", "note", "sha256", "thresholds": {class: t}, "images": {name: [[class, score,
    x1, y1, x2, y2], ...]}}`; every class needs a threshold, note and sha256 may be left out.
    Raises DataError."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        thresholds = {str(name): float(t) for name, t in value["thresholds"].items()}
        names = tuple(thresholds)
        found = {name: _found(rows, names) for name, rows in value["images"].items()}
        model, note = str(value["model"]), str(value.get("note", ""))
        sha256 = str(value.get("sha256", "")) or sha256_of(path)
    except OSError as error:
        raise DataError(f"cannot read predictions {path}: {error.strerror}") from None
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"{path} is not JSON: {error}") from None
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise DataError(
            f"{path}: {error}; predictions hold model, note, thresholds by class, and images: by "
            "file name a list of [class, score, x1, y1, x2, y2], every class with a threshold"
        ) from None
    return Predictions(model, note, sha256, names, thresholds, found)


def _found(rows: list[Any], names: tuple[str, ...]) -> Detections:
    return Detections.of(
        [row[2:6] for row in rows],
        [row[1] for row in rows],
        [names.index(row[0]) for row in rows],
        names,
    )
