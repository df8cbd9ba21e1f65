"""`skyeye bench rendered`: labelled pictures of painted washing and grills on real streets.

Pictures of either are few and mostly close-ups. These show them as a street camera does; what
they are worth for learning is for the vectors' cross-validation on photographs to say.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import typer

from benchmarks.labelled_folder import Labelled, Labels, write_labelled
from models.pictures import read_picture
from scenery.bunting import flag, pennants
from scenery.grill import SHAPES, grill
from scenery.painting import Colour, Rng
from scenery.washing import wash
from vision.boxes import Box
from vision.frame import Image

CLASSES = ("hanging_laundry", "barbecue_grill", "smoke")
SUFFIXES = (".jpg", ".jpeg", ".png")
BARE = 0.25
"""A share of pictures gets nothing that is asked for,"""
DRESSED = 0.4
"""and a share flags or pennants, which are easily taken for washing."""


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """A picture and what was painted into it; `street` is the file it was painted on."""

    image: Image
    labels: Labels
    street: Path


def bench_rendered(
    streets: Annotated[list[Path], typer.Option("--on", help="Folders of pictures to paint on.")],
    target: Annotated[Path, typer.Option("--out", help="Folder to write the pictures to.")],
    count: Annotated[int, typer.Option(min=1, help="How many pictures.")] = 60,
    seed: Annotated[int, typer.Option(help="Another seed, other pictures.")] = 0,
) -> None:
    """Paint washing, grills and smoke on pictures of streets that show none, with labels."""
    paths = sorted(p for s in streets for p in s.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        raise ValueError(f"{', '.join(map(str, streets))}: no pictures ({', '.join(SUFFIXES)})")
    write_labelled(target, CLASSES, labelled(rendered(paths, count, seed)))
    typer.echo(f"{count} pictures in {target}")


def rendered(paths: list[Path], count: int, seed: int) -> Iterator[Rendered]:
    """So many pictures, each painted on one of the files; the same seed gives the same."""
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        path = paths[int(rng.integers(len(paths)))]
        image = _street(rng, read_picture(path))
        labels = _paint(rng, image, bare=rng.uniform() < BARE)
        yield Rendered(_filmed(rng, image), labels, path)


def labelled(pictures: Iterator[Rendered]) -> Iterator[Labelled]:
    """The pictures as they are written: each street is a source."""
    for number, picture in enumerate(pictures):
        about = {
            "positive_classes": sorted({name for name, _ in picture.labels}),
            "uncertain_classes": [],
            "negative": not picture.labels,
            "boxes_incomplete": False,
            "source_repo": f"rendered:{picture.street.parent.name}",
            "notes": f"painted on {picture.street.name}",
        }
        yield Labelled(f"rendered_{number:04d}", picture.image, picture.labels, about)


def _street(rng: Rng, image: Image) -> Image:
    """Part of the picture at a camera's size, perhaps mirrored."""
    h, w = image.shape[:2]
    share = rng.uniform(0.55, 1.0)
    y, x = (int(rng.uniform(0, side * (1 - share))) for side in (h, w))
    part = image[y : y + int(h * share), x : x + int(w * share)]
    scale = rng.uniform(640, 1100) / max(part.shape[:2])
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    sized = cv2.resize(part, None, fx=scale, fy=scale, interpolation=how)
    return np.ascontiguousarray(sized[:, ::-1] if rng.uniform() < 0.5 else sized, np.uint8)


def _paint(rng: Rng, image: Image, *, bare: bool) -> Labels:
    labels: Labels = []
    if rng.uniform() < DRESSED:
        _dress(rng, image)
    if bare:
        return labels
    which = rng.uniform()
    if which < 0.6:
        for _ in range(int(rng.integers(1, 3))):
            labels += _washing(rng, image, labels)
    if which > 0.45:
        labels += _grill(rng, image)
    return labels


def _dress(rng: Rng, image: Image) -> None:
    """Flags or pennants above the ground; they get no label."""
    h, w = image.shape[:2]
    long = h * rng.uniform(0.03, 0.15)
    left, y = rng.uniform(-0.05, 0.6) * w, rng.uniform(0.02, 0.5) * h
    light = _light(image, (left, y, left + 2 * long, y + long))
    if rng.uniform() < 0.5:
        right = left + max(4 * long, rng.uniform(0.3, 0.8) * w)
        slope = rng.uniform(-0.15, 0.15) * (right - left)
        pennants(rng, image, (left, y), (right, y + slope), long, light)
        return
    for n in range(int(rng.integers(1, 4))):
        flag(rng, image, (left + n * rng.uniform(2, 5) * long, y), 1.5 * long, light)


def _washing(rng: Rng, image: Image, taken: Labels) -> Labels:
    """A line somewhere above the ground; nothing if it would hang over another one."""
    h, w = image.shape[:2]
    long = h * float(rng.choice([rng.uniform(0.05, 0.1), rng.uniform(0.08, 0.25)]))
    left = rng.uniform(-0.05, 0.6) * w
    right = min(left + max(2.2 * long, rng.uniform(0.15, 0.7) * w), 1.05 * w)
    y = rng.uniform(0.05, 0.6) * h
    a, b = (left, y), (right, y + rng.uniform(-0.06, 0.06) * (right - left))
    wall_px = long * rng.uniform(0.03, 0.15) if rng.uniform() < 0.7 else 0.0
    line = wash(rng, a, b, long, wall_px, _light(image, (left, y, right, y + long)))
    if any(_touch(line.box, box) for _, box in taken):
        return []
    line.on(image, float(rng.uniform(0, 60)))
    return [("hanging_laundry", line.box)]


def _grill(rng: Rng, image: Image) -> Labels:
    h, w = image.shape[:2]
    high = h * rng.uniform(0.1, 0.3)
    x, y = rng.uniform(0.12, 0.88) * w, rng.uniform(0.7, 0.98) * h
    smokes = float(rng.choice([0.0, rng.uniform(0.4, 1.0)]))
    shape = SHAPES[int(rng.integers(len(SHAPES)))]
    light = _light(image, (x - high / 2, y - high, x + high / 2, y))
    painted = grill(rng, shape, (x, y), high, smokes, light)
    painted.on(image, float(rng.uniform(0, 60)))
    smoke = [("smoke", painted.smoke.box)] if painted.smoke else []
    return [("barbecue_grill", painted.box), *smoke]


def _light(image: Image, box: Box) -> Colour:
    """Light on what is painted into `box`: as bright, and half as tinted, as what is there."""
    x1, y1, x2, y2 = (max(0, int(v)) for v in box)
    mean = image[y1 : y2 + 2, x1 : x2 + 2].reshape(-1, 3).mean(axis=0)
    level = np.clip(0.45 + 0.55 * mean.mean() / 120, 0.35, 1.05)
    tint = np.clip(np.sqrt(mean / max(float(mean.mean()), 1.0)), 0.85, 1.15)
    b, g, r = (float(v) for v in level * tint)
    return b, g, r


def _filmed(rng: Rng, image: Image) -> Image:
    """The picture after a camera's lens and sensor."""
    soft = cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.3, 1.0)))
    noisy = soft + rng.normal(0, rng.uniform(1, 6), soft.shape)
    return np.asarray(np.clip(noisy * rng.uniform(0.75, 1.1), 0, 255), np.uint8)


def _touch(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
