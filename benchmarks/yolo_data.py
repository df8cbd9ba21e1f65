"""Pictures and their labelled boxes, as YOLO data sets keep them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.yolo_names import DataError, read_names
from vision.boxes import Boxes, as_boxes

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")

SLACK = 0.01
"""How far outside the picture a label may reach, as a fraction: hand-drawn boxes often do."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """A data set: picture files, each one's label file (None: nothing in it), class names.

    `names` is None where the data has no list of its own.
    """

    folder: Path
    pictures: tuple[Path, ...]
    labels: tuple[Path | None, ...]
    names: tuple[str, ...] | None

    @property
    def files(self) -> tuple[Path, ...]:
        """All that decides a score: pictures and labels."""
        return (*self.pictures, *(path for path in self.labels if path))


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """What is labelled in one picture: `xyxy` (n, 4) pixels, `class_id` (n,) of the data."""

    xyxy: Boxes
    class_id: NDArray[np.int64]


def open_data(folder: Path) -> Labelled:
    """Find pictures and labels under `folder`: `images/` beside `labels/`, or side by side.

    A picture without a label file shows nothing. Raises DataError.
    """
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}")
    pictures = tuple(sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES))
    if not pictures:
        raise DataError(f"{folder} holds no pictures ({', '.join(SUFFIXES)})")
    labels = tuple(_label_of(picture) for picture in pictures)
    if not any(labels):
        raise DataError(
            f"no picture in {folder} has labels; put NAME.txt beside NAME.jpg, or in labels/ "
            "beside images/"
        )
    return Labelled(folder, pictures, labels, read_names(folder))


def read_truth(path: Path, size_wh: tuple[int, int], classes: int) -> Truth:
    """Read one label file against its picture's size.

    A line is `class x y w h` (centre and size) or `class x1 y1 x2 y2 x3 y3 ...` (an outline, of
    which the box around it is taken), in fractions of the picture. Raises DataError naming the
    line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError:
        raise DataError(f"{path} is not text") from None
    rows = [
        _row(line.split(), classes, f"{path}:{number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]
    boxes = as_boxes([box for _, box in rows]) * np.tile(np.array(size_wh, np.float32), 2)
    return Truth(as_boxes(boxes), np.array([c for c, _ in rows], dtype=np.int64))


def _label_of(picture: Path) -> Path | None:
    """`labels/` in place of the last `images/` of the path, or the same folder."""
    places = [picture.with_suffix(".txt")]
    parts = picture.absolute().parts
    if "images" in parts[:-1]:
        at = len(parts) - 2 - parts[-2::-1].index("images")
        places.insert(0, Path(*parts[:at], "labels", *parts[at + 1 :]).with_suffix(".txt"))
    return next((path for path in places if path.is_file()), None)


def _row(words: list[str], classes: int, where: str) -> tuple[int, tuple[float, ...]]:
    """Class and x1, y1, x2, y2 in fractions."""
    try:
        class_id, values = int(words[0]), np.array([float(word) for word in words[1:]])
    except ValueError:
        raise DataError(f"{where}: not numbers: {' '.join(words)[:60]!r}") from None
    if not 0 <= class_id < classes:
        raise DataError(f"{where}: class {class_id} is not one of the {classes} class names")
    outline = len(values) >= 6 and len(values) % 2 == 0
    if len(values) != 4 and not outline:
        raise DataError(f"{where}: {len(words)} values; a box is `class x y w h`")
    if outline:
        low, high = values.reshape(-1, 2).min(axis=0), values.reshape(-1, 2).max(axis=0)
    else:
        low, high = values[:2] - values[2:] / 2, values[:2] + values[2:] / 2
    inside = np.isfinite(values).all() and low.min() >= -SLACK and high.max() <= 1 + SLACK
    if not inside or (high <= low).any():
        raise DataError(
            f"{where}: the box is empty or outside the picture; fractions 0-1 are meant"
        )
    x1, y1, x2, y2 = np.clip([*low, *high], 0, 1).tolist()
    return class_id, (x1, y1, x2, y2)
