"""Learn the street detector from pictures, and say what it makes of those it did not see."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from benchmarks.vectors.examples import Example
from benchmarks.vectors.network import Embeddings, Probe
from benchmarks.vectors.ridge import Ridge, basis
from benchmarks.vectors.samples import Progress, Samples, moments, samples
from benchmarks.vectors.words import vectors
from models.card import ModelCard
from models.second_look_features import Features
from models.second_look_head import BLOCKS, Head
from models.vocabulary import Vocabulary

SHARES = {
    "crop": 3.0,
    "picture": 0.5,
    "p3": 0.0,
    "p4": 1.0,
    "p5": 1.0,
    "p5_around": 1.0,
    "p5_picture": 0.5,
    "embedding": 2.0,
}
"""How much each block of features counts: the look of the thing most, the whole picture least."""
SHAPELESS = ("smoke", "rubbish_pile")
"""Classes to which the embedding counts nothing: it tells the others better and these worse, and
so it is chosen without any one source."""

RARITY = 0.2
"""A camera shows a class a fifth as often as the labelled pictures do: odds are less by that."""
LOWEST_LOGIT = -2.2
"""Of a proposal: a score of 0.10."""
MISSED_DEVIATIONS = 1.645
"""What shows a class but whose logit lies further below their mean is not proposed: 1 of 20."""


@dataclass(frozen=True, slots=True, eq=False)
class Street:
    """What was learned, and the scores (c, n) of each judged example's boxes by models that were
    learned without its source."""

    words: Vocabulary
    head: Head
    samples: tuple[Samples, ...]
    scores: tuple[NDArray[np.float64], ...]


def gather(
    examples: Sequence[Example],
    card: ModelCard,
    features: Features,
    progress: Callable[[str], Progress],
) -> tuple[Embeddings, list[Samples]]:
    """Class vectors from all sources; and each picture's samples, proposed by vectors that were
    learned without its source."""
    names, probe = card.names, Probe(card)
    known = moments(examples, names, probe, progress("vectors"))
    whole = vectors(known, names)
    by_source = {source: vectors(known, names, source) for source, m in known.items() if m.shown}
    told, found = progress("features"), []
    for number, example in enumerate(examples, 1):
        some = by_source.get(example.source, whole)
        found.append(
            samples(example, names, some, probe, features, card.proposals, card.iou_threshold)
        )
        told(number, len(examples))
    return whole, found


def learn(
    examples: Sequence[Example],
    names: tuple[str, ...],
    whole: Embeddings,
    found: Sequence[Samples],
    shares: dict[str, float] = SHARES,
    shapeless: Collection[str] = SHAPELESS,
) -> Street:
    """Fit the second look, and score each source's pictures by a fit without them."""
    every = np.vstack([s.features for s in found])
    counts = [len(s.xyxy) for s in found]
    picture = np.repeat(np.arange(len(found)), counts)
    sources = {name: n for n, name in enumerate(dict.fromkeys(e.source for e in examples))}
    source = np.array([sources[e.source] for e in examples])[picture]
    judged = {sources[e.source] for e in examples if e.judged}
    worth = np.array([e.worth for e in examples])[picture]
    turned = basis(every, tuple(BLOCKS.values()))
    coordinates = turned.apply(every)
    targets = np.hstack([_taught(e, s, names) for e, s in zip(examples, found, strict=True)])
    proposed = np.hstack([s.lists for s in found]).any(axis=0)
    raw = np.full(targets.shape, np.nan)
    fitted = []
    for c, name in enumerate(names):
        without = {"embedding": 0.0} if name in shapeless else {}
        weight = turned.weight([(shares | without)[block] for block in BLOCKS])
        x = coordinates * weight
        ridge = Ridge(x, targets[c], picture, source, worth)
        for number in judged:
            rows = source == number
            raw[c, rows] = x[rows] @ ridge.model(without=number)
        fitted.append(turned.undo(weight * ridge.model()))
    raw[:, ~proposed] = -np.inf
    split = np.cumsum(counts)[:-1]
    by_picture = np.split(raw, split, axis=1)
    lines = [_calibrated(examples, name, c, by_picture) for c, name in enumerate(names)]
    slope, shift = (np.array(v)[:, None] for v in zip(*lines, strict=True))
    scores = [expit(slope * r + shift) for r in by_picture]
    words = _words(names, whole, examples, found)
    return Street(words, _head(names, fitted, lines), tuple(found), tuple(scores))


def _taught(example: Example, samples: Samples, names: tuple[str, ...]) -> NDArray[np.float64]:
    """Targets (c, n) of a picture's boxes, unsure where it is not to be learned from."""
    teaches = names if example.teaches is None else example.teaches
    untaught = np.array([name not in teaches for name in names])
    return np.where(untaught[:, None], np.nan, samples.targets)


def _calibrated(
    examples: Sequence[Example], name: str, c: int, raw: Sequence[NDArray[np.float64]]
) -> tuple[float, float]:
    """Slope and shift that make a picture's best score the chance that it shows the class, were
    the class as rare as before a camera.

    Logistic regression (Platt, 1999) over the judged pictures, each scored by a model that was
    learned without its source.
    """
    rows = [n for n, e in enumerate(examples) if e.judged and name in e.shows]
    best = np.array([raw[n][c].max(initial=-1.0) for n in rows])
    sign = np.array([1.0 if examples[n].shows[name] else -1.0 for n in rows])

    def loss(line: NDArray[np.float64]) -> float:
        return float(np.logaddexp(0, -sign * (line[0] * best + line[1])).sum())

    slope, shift = minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x
    return float(slope), float(shift + np.log(RARITY))


def _words(
    names: tuple[str, ...],
    whole: Embeddings,
    examples: Sequence[Example],
    found: Sequence[Samples],
) -> Vocabulary:
    """The vectors, with biases that let nineteen of twenty boxes that show a class be proposed."""
    bias = []
    for c, name in enumerate(names):
        logits = [
            s.first[c][s.lists[c] & (s.targets[c] == 1)].max(initial=-np.inf)
            for e, s in zip(examples, found, strict=True)
            if e.judged and e.shows.get(name)
        ]
        sure = np.array([v for v in logits if np.isfinite(v)])
        bias.append(LOWEST_LOGIT - (sure.mean() - MISSED_DEVIATIONS * sure.std()))
    numbers = np.arange(len(names), dtype=np.int64)
    return Vocabulary(names, whole, np.array(bias, np.float32), numbers)


def _head(
    names: tuple[str, ...],
    fitted: Sequence[tuple[NDArray[np.float64], float]],
    lines: Sequence[tuple[float, float]],
) -> Head:
    rows, bias = [], []
    for (weights, offset), (slope, shift) in zip(fitted, lines, strict=True):
        rows.append(slope * weights)
        bias.append(slope * offset + shift)
    return Head(names, np.array(rows, np.float32), np.array(bias, np.float32))
