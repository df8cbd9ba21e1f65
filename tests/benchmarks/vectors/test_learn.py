"""Learning from samples: what is told of a picture was learned without its source."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from benchmarks.vectors import ridge
from benchmarks.vectors.examples import Example
from benchmarks.vectors.learn import learn
from benchmarks.vectors.network import WIDTH
from benchmarks.vectors.samples import Samples, read_samples, write_samples
from benchmarks.vectors.tries import aps, best
from models.second_look_head import BLOCKS, MADE, Head
from vision.boxes import as_boxes

NAMES = ("grill", "smoke")
D = sum(BLOCKS.values())
RNG = np.random.default_rng(1)
SIGN = RNG.normal(size=(2, D)).astype(np.float32)


def said(head: Head, features: np.ndarray) -> np.ndarray:
    """Scores of the first class, the detector's part done here."""
    told = features[:, MADE:] @ head.vectors[:-1].T
    return head.scores(features[:, :MADE], told)[:, 0]


def sample(shows: tuple[bool, bool]) -> Samples:
    """Three boxes; the first shows what the picture shows."""
    features = RNG.normal(size=(3, D)).astype(np.float32)
    targets = np.full((2, 3), -1.0)
    for c, shown in enumerate(shows):
        if shown:
            features[0] += 0.5 * SIGN[c]
            targets[c, 0] = 1.0
    lists = np.array([[True, True, False], [True, False, True]])
    first = np.where(lists, RNG.normal(size=(2, 3)), -np.inf).astype(np.float32)
    return Samples(as_boxes([[0, 0, 9, 9]] * 3), features, lists, first, targets)


@pytest.fixture(scope="module")
def pictures() -> tuple[list[Example], list[Samples]]:
    examples, found = [], []
    for n in range(40):
        shows = (n % 4 == 0, n % 4 == 1)
        told = dict(zip(NAMES, shows, strict=True))
        examples.append(Example(Path(f"{n}.jpg"), f"source {n % 10}", told))
        found.append(sample(shows))
    return examples, found


@pytest.fixture(scope="module", autouse=True)
def few_directions():
    """Fewer coordinates, so that the small equations are small."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ridge, "KEPT", 12)
        yield


@pytest.fixture(scope="module")
def street(pictures):
    examples, found = pictures
    return learn(examples, NAMES, np.zeros((2, WIDTH), np.float32), found)


def test_pictures_of_unseen_sources_are_told_apart(pictures, street):
    examples, _ = pictures
    assert min(aps(examples, NAMES, best(street)).values()) > 0.9


def listed(found: list[Samples], mask: list) -> list[Samples]:
    """The same, but each eighth picture, which shows a grill, is proposed only where `mask` is."""
    return [s if n % 8 else replace(s, lists=s.lists & mask) for n, s in enumerate(found)]


def test_what_another_class_proposes_is_scored_too(pictures):
    examples, found = pictures
    by_smoke = listed(found, [[False], [True]])
    street = learn(examples, NAMES, np.zeros((2, WIDTH), np.float32), by_smoke)
    assert min(aps(examples, NAMES, best(street)).values()) > 0.9


def test_a_label_that_nothing_proposes_is_not_scored(pictures):
    examples, found = pictures
    bare = listed(found, [False, True, True])
    street = learn(examples, NAMES, np.zeros((2, WIDTH), np.float32), bare)
    assert not any(s[:, 0].any() for s in street.scores[::8])
    assert street.scores[4][0, 0] > 0.5


def test_the_embedding_counts_for_things_with_a_shape(street):
    rows = street.head.weights[:, -BLOCKS["embedding"] :]
    assert (rows[0].any(), rows[1].any()) == (True, False)  # smoke has none


def test_the_head_says_what_was_learned(pictures, street):
    _, found = pictures
    shown = np.array([found[n].features[0] for n in range(0, 40, 4)])
    bare = np.array([s.features[2] for s in found])
    scores = said(street.head, shown)
    assert scores.min() > said(street.head, bare).max()


def test_nineteen_of_twenty_are_proposed(pictures, street):
    _, found = pictures
    shown = np.array([found[n].first[0, 0] for n in range(0, 40, 4)])
    assert ((shown + street.words.bias[0]) >= -2.2).mean() >= 0.9


def test_a_source_that_only_lies_is_not_believed_of_itself(pictures):
    """Labels of one source turned round: its own pictures are told by the others."""
    examples, found = pictures
    turned = [
        Samples(s.xyxy, s.features, s.lists, s.first, -s.targets) if e.source == "source 0" else s
        for e, s in zip(examples, found, strict=True)
    ]
    street = learn(examples, NAMES, np.zeros((2, WIDTH), np.float32), turned)
    shown = street.scores[0][0, 0]  # by its features a grill, whatever its source said
    assert shown > np.median([s[0].max() for s in street.scores])


def test_what_a_picture_does_not_teach_is_not_learned_from_it(pictures):
    examples, found = pictures
    lies = [replace(s, targets=-s.targets) for s in found]
    painted = [replace(e, judged=False, source="painted", teaches=("smoke",)) for e in examples]
    street = learn([*examples, *painted], NAMES, np.zeros((2, WIDTH), np.float32), [*found, *lies])
    told = aps(examples, NAMES, best(street))
    assert told["grill"] > 0.9
    assert told["smoke"] < 0.9


def test_samples_are_kept(tmp_path, pictures):
    _, found = pictures
    vectors = np.ones((2, WIDTH), np.float32)
    write_samples(tmp_path / "samples.npz", vectors, found)
    whole, read = read_samples(tmp_path / "samples.npz")
    assert (whole == vectors).all()
    assert len(read) == len(found)
    for kind in ("xyxy", "features", "lists", "first", "targets"):
        assert np.array_equal(getattr(read[7], kind), getattr(found[7], kind))
