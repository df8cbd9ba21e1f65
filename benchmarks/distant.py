"""`skyeye bench distant`: labelled photographs shown small, as a camera shows what is far away.

Photographs are taken near what they are of. Scaled down and set among pictures of other places,
they show the same things as a street camera does. What that is worth for learning is for the
cross-validation on the photographs themselves to say.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import cv2
import numpy as np
import typer

from benchmarks.labelled_folder import Labelled, write_labelled
from models.pictures import read_picture
from scenery.painting import Rng
from vision.boxes import Box
from vision.frame import Image

SIZE_WH = (1280, 960)
SHARES = (0.35, 0.6)
"""Of the picture's width or height, whichever it fills first."""
SUFFIXES = (".jpg", ".jpeg", ".png")


def bench_distant(
    photos: Annotated[Path, typer.Option(help="Folder of labelled pictures with labels.json.")],
    among: Annotated[list[Path], typer.Option(help="Folders of pictures of other places.")],
    target: Annotated[Path, typer.Option("--out", help="Folder to write the pictures to.")],
    times: Annotated[int, typer.Option(min=1, help="How often each photograph is shown.")] = 1,
    seed: Annotated[int, typer.Option(help="Another seed, other pictures.")] = 0,
) -> None:
    """Show labelled photographs small, among every second one of the pictures of other places."""
    others = [p for folder in among for p in places(folder)]
    table = json.loads((photos / "labels.json").read_text(encoding="utf-8"))
    classes = tuple(table["classes"])
    write_labelled(target, classes, distant(photos, table, others, times, seed))
    typer.echo(f"{times * len(table['images'])} pictures in {target}")


def places(folder: Path) -> list[Path]:
    """Every second picture below a folder; the rest is never shown, and can be judged by."""
    found = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)[1::2]
    if not found:
        raise ValueError(f"{folder} needs two pictures at least ({', '.join(SUFFIXES)})")
    return found


def distant(
    photos: Path, table: dict[str, Any], others: list[Path], times: int, seed: int
) -> Iterator[Labelled]:
    """Each photograph of a `labels.json` so many times; the same seed gives the same."""
    classes = table["classes"]
    for number, about in enumerate(table["images"]):
        path = photos / about["image"]
        image, labels = read_picture(path), _labels(photos, path.stem, classes)
        for time in range(times):
            rng = np.random.default_rng((seed, number, time))
            among = [others[row] for row in rng.integers(len(others), size=4).tolist()]
            canvas = _places(among)
            x, y, part = _small(rng, image)
            mirrored = bool(rng.integers(2))
            h, w = part.shape[:2]
            canvas[y : y + h, x : x + w] = part[:, ::-1] if mirrored else part
            boxes = [(name, _moved(box, (x, y), (w, h), mirrored)) for name, box in labels]
            told = about | {"among": [other.name for other in among]}
            yield Labelled(f"distant_{time}_{path.stem}", canvas, boxes, told)


def _labels(photos: Path, stem: str, classes: list[str]) -> list[tuple[str, Box]]:
    """Boxes in shares of the picture."""
    file = photos / "labels" / f"{stem}.txt"
    found: list[tuple[str, Box]] = []
    for line in file.read_text(encoding="utf-8").splitlines() if file.is_file() else ():
        number, x, y, w, h = (float(v) for v in line.split()[:5])
        found.append((classes[int(number)], (x - w / 2, y - h / 2, x + w / 2, y + h / 2)))
    return found


def _places(four: list[Path]) -> Image:
    """Four other places, two by two."""
    w, h = (side // 2 for side in SIZE_WH)
    canvas = np.zeros((2 * h, 2 * w, 3), np.uint8)
    for n, path in enumerate(four):
        y, x = n // 2 * h, n % 2 * w
        part = cv2.resize(read_picture(path), (w, h), interpolation=cv2.INTER_AREA)
        canvas[y : y + h, x : x + w] = part
    return canvas


def _small(rng: Rng, image: Image) -> tuple[int, int, Image]:
    """A picture scaled down, and where its corner shall be."""
    h, w = image.shape[:2]
    factor = rng.uniform(*SHARES) * min(SIZE_WH[0] / w, SIZE_WH[1] / h)
    wide, high = max(1, int(w * factor)), max(1, int(h * factor))
    how = cv2.INTER_AREA if factor < 1 else cv2.INTER_LINEAR
    part = cv2.resize(image, (wide, high), interpolation=how)
    x, y = int(rng.integers(SIZE_WH[0] - wide + 1)), int(rng.integers(SIZE_WH[1] - high + 1))
    return x, y, np.asarray(part, np.uint8)


def _moved(box: Box, at: tuple[int, int], wh: tuple[int, int], mirrored: bool) -> Box:
    x1, y1, x2, y2 = box
    if mirrored:
        x1, x2 = 1 - x2, 1 - x1
    (x, y), (w, h) = at, wh
    return x + x1 * w, y + y1 * h, x + x2 * w, y + y2 * h
