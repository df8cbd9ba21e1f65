"""Boxes that the vectors propose in pictures, with their features, to learn a second look from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.vectors.examples import Example
from benchmarks.vectors.network import Embeddings, Probe, Seen
from benchmarks.vectors.words import Moments
from models.pictures import read_picture
from models.second_look import shared
from models.second_look_features import Features
from vision.boxes import Boxes, as_boxes, iou

KINDS = ("xyxy", "features", "lists", "first", "targets")
MOST = 300
"""Anchors that compete for a class' proposals, the best of them."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """The boxes of one picture.

    `xyxy` (n, 4) float32; `features` (n, D) float32; `lists` (c, n) bool: which classes propose
    the box (none: it is a label); `first` (c, n) float32 its logit in them; `targets` (c, n).
    The last of the features is the embedding of the box' anchor.
    """

    xyxy: Boxes
    features: NDArray[np.float32]
    lists: NDArray[np.bool_]
    first: NDArray[np.float32]
    targets: NDArray[np.float64]


def moments(
    examples: Sequence[Example], names: tuple[str, ...], probe: Probe, progress: Progress
) -> dict[str, Moments]:
    """What the anchors of each source's pictures are like."""
    found: dict[str, Moments] = {}
    for number, example in enumerate(examples, 1):
        seen = probe.see(read_picture(example.path))
        labels = {
            name: (example.targets(name, seen.xyxy) == 1).astype(np.int8)
            for name in names
            if example.shows.get(name)
        }
        found.setdefault(example.source, Moments()).add(seen.embedding, labels)
        progress(number, len(examples))
    return found


def samples(
    example: Example,
    names: tuple[str, ...],
    vectors: Embeddings,
    probe: Probe,
    features: Features,
    count: int,
    overlap: float,
) -> Samples:
    """The `count` best boxes of each class, none overlapping a better one by `overlap`, and the
    labelled boxes."""
    image = read_picture(example.path)
    seen = probe.see(image)
    logits = seen.embedding @ vectors.T + seen.bias[:, None]
    rows = [proposals(seen, logits[:, c], count, overlap) for c in range(len(names))]
    labelled = np.vstack([as_boxes([]), *(example.boxes.get(name, as_boxes([])) for name in names)])
    every = np.vstack([*(seen.xyxy[r] for r in rows), labelled])
    kept, index = shared(every)
    xyxy = every[kept]
    lists = np.zeros((len(names), len(kept)), np.bool_)
    first = np.full((len(names), len(kept)), -np.inf, np.float32)
    start = 0
    for c, some in enumerate(rows):
        at = index[start : start + len(some)]
        lists[c, at] = True
        np.maximum.at(first[c], at, logits[some, c])
        start += len(some)
    targets = np.array([example.targets(name, xyxy) for name in names])
    # A proposal is an anchor; a label takes the anchor that is most like it.
    anchor = iou(xyxy, seen.xyxy).argmax(axis=1)
    made = features.of(image, xyxy, seen.maps, seen.placement)
    return Samples(xyxy, np.hstack([made, seen.embedding[anchor]]), lists, first, targets)


def proposals(
    seen: Seen, logits: NDArray[np.float32], count: int, overlap: float
) -> NDArray[np.intp]:
    """Rows of the best anchors, best first, none overlapping a better one by `overlap`."""
    kept: list[int] = []
    for row in np.argsort(-logits, kind="stable")[:MOST]:
        box = seen.xyxy[row][None]
        if not kept or iou(box, seen.xyxy[kept]).max() <= overlap:
            kept.append(int(row))
        if len(kept) == count:
            break
    return np.array(kept, np.intp)


def write_samples(path: Path, vectors: Embeddings, found: Sequence[Samples]) -> None:
    """Write vectors and samples to a file, as they take a second a picture to make."""
    parts = {kind: [getattr(s, kind) for s in found] for kind in KINDS}
    counts = np.array([len(xyxy) for xyxy in parts["xyxy"]])
    joined = {
        k: np.concatenate(v, axis=int(k in ("lists", "first", "targets"))) for k, v in parts.items()
    }
    np.savez(path, vectors=vectors, counts=counts, **joined)  # type: ignore[arg-type]


def read_samples(path: Path) -> tuple[Embeddings, list[Samples]]:
    """Read what `write_samples` wrote."""
    with np.load(path, allow_pickle=False) as arrays:
        split = np.cumsum(arrays["counts"])[:-1]
        parts = [
            np.split(arrays[k], split, axis=int(k in ("lists", "first", "targets"))) for k in KINDS
        ]
        return arrays["vectors"], [Samples(*some) for some in zip(*parts, strict=True)]
