"""What each piece of the street detector is worth, by leaving it out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.ranking import image_ap
from benchmarks.vectors.examples import Example
from benchmarks.vectors.learn import SHARES, Street, learn
from benchmarks.vectors.network import Embeddings
from benchmarks.vectors.samples import Samples

NETWORK = ("p3", "p4", "p5", "p5_around", "p5_picture", "embedding")

TRIES: dict[str, dict[str, float]] = {
    "all of it": {},
    "crop and picture only": dict.fromkeys(NETWORK, 0.0),
    "the network's maps and embedding only": dict.fromkeys(("crop", "picture"), 0.0),
    "without the whole picture": dict.fromkeys(("picture", "p5_picture"), 0.0),
    "without surroundings": dict.fromkeys(("picture", "p5_picture", "p5_around"), 0.0),
    "the crop only": dict.fromkeys(SHARES, 0.0) | {"crop": 1.0},
    "without the embedding": {"embedding": 0.0},
    "without p4": {"p4": 0.0},
    "with p3": {"p3": 1.0},
}

SUBSETS: dict[str, Callable[[Example], bool]] = {
    "without rendered pictures": lambda e: not _is_rendered(e),
    "without distant pictures": lambda e: not _is_distant(e),
    "without either": lambda e: not (_is_rendered(e) or _is_distant(e)),
    "photos only": lambda e: e.labelled and not (_is_rendered(e) or _is_distant(e)),
}


def tries(
    examples: Sequence[Example],
    names: tuple[str, ...],
    whole: Embeddings,
    found: list[Samples],
    input_px: int,
) -> dict[str, Any]:
    """Image-level AP by class of each try, every source left out in turn."""
    examples = [replace(e, judged=e.judged and e.labelled) for e in examples]
    first = [np.where(s.lists, s.first, -np.inf).max(axis=1) for s in found]
    rows = [{"what": "vectors alone (no second look)", "ap": aps(examples, names, first)}]
    for what, shares in TRIES.items():
        street = learn(examples, names, whole, found, SHARES | shares)
        rows.append({"what": what, "ap": aps(examples, names, best(street))})
        if not shares:
            own = best(street, own=True)
            rows.append({"what": "each class' own proposals", "ap": aps(examples, names, own)})
    street = learn(examples, names, whole, found, shapeless=())
    rows.append({"what": "the embedding for every class", "ap": aps(examples, names, best(street))})
    every = [replace(e, teaches=None) for e in examples]
    street = learn(every, names, whole, found)
    what = "all rendered and distant washing"
    rows.append({"what": what, "ap": aps(every, names, best(street))})
    for what, kept in SUBSETS.items():
        some = [n for n, e in enumerate(examples) if kept(e)]
        street = learn([examples[n] for n in some], names, whole, [found[n] for n in some])
        rows.append({"what": what, "ap": aps([examples[n] for n in some], names, best(street))})
    return {
        "what": "Average precision by class, picture by picture, each scored without its source. "
        f"Input {input_px} px; {len(examples)} pictures, {sum(e.judged for e in examples)} of "
        "them photographs that are scored.",
        "tries": rows,
    }


def _is_rendered(example: Example) -> bool:
    return example.source.startswith("rendered")


def _is_distant(example: Example) -> bool:
    return example.labelled and not example.judged and not _is_rendered(example)


def best(street: Street, own: bool = False) -> list[NDArray[np.float64]]:
    """Each picture's best score by class; of its `own` proposals only, if so."""
    return [
        np.where(s.lists | (not own), scores, 0.0).max(axis=1, initial=0.0)
        for s, scores in zip(street.samples, street.scores, strict=True)
    ]


def aps(
    examples: Sequence[Example], names: tuple[str, ...], scores: Sequence[NDArray[np.float64]]
) -> dict[str, float | None]:
    """Image-level AP over the labelled pictures that are judged."""
    found = {}
    for c, name in enumerate(names):
        rows = [n for n, e in enumerate(examples) if e.judged and name in e.shows]
        score = np.array([scores[n][c] for n in rows])
        holds = np.array([examples[n].shows[name] for n in rows])
        ap = image_ap(score, holds, np.ones(len(rows)))
        found[name] = None if ap is None else round(ap, 3)
    return found
