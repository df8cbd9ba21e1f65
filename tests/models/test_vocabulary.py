"""Vocabularies: vectors that stand for classes."""

from pathlib import Path

import numpy as np
import pytest

from models.vocabulary import Vocabulary, VocabularyError


def make(**changes: object) -> Vocabulary:
    parts: dict = {
        "names": ("grill", "smoke"),
        "vectors": np.array([[1, 0], [0, 1], [1, 1]], np.float32),
        "bias": np.array([0, 1, -1], np.float32),
        "class_of": np.array([0, 1, 0]),
    }
    return Vocabulary(**(parts | changes))


def test_a_vocabulary_is_read_back_as_it_was(tmp_path: Path) -> None:
    words = make()
    words.save(tmp_path / "words.npz")
    again = Vocabulary.load(tmp_path / "words.npz")
    assert again.names == words.names
    assert again.sha256 == words.sha256
    assert {n: v.tolist() for n, v in again.inputs.items()} == {
        "vectors": [[1, 0], [0, 1], [1, 1]],
        "bias": [0, 1, -1],
    }


def test_another_bias_is_another_vocabulary() -> None:
    assert make().sha256 != make(bias=np.array([0, 1, -1.5], np.float32)).sha256


def test_a_class_scores_what_the_best_of_its_vectors_says() -> None:
    logits = np.array([[0, -9], [-9, -9], [-9, 2]], np.float32)  # (vectors, anchors)
    scores = make().by_class(logits[None])[0]
    assert scores.shape == (2, 2)
    assert scores[0] == pytest.approx([0.5, 0.8808], abs=1e-3)
    assert scores[1].max() < 1e-3


@pytest.mark.parametrize(
    "changes",
    [
        {"bias": np.zeros(2, np.float32)},
        {"class_of": np.array([0, 1])},
        {"class_of": np.array([0, 0, 0])},
        {"class_of": np.array([0, 1, 2])},
        {"vectors": np.zeros(3, np.float32)},
    ],
)
def test_arrays_that_do_not_agree_are_refused(changes: dict) -> None:
    with pytest.raises(VocabularyError):
        make(**changes)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    path = tmp_path / "words.npz"
    path.write_bytes(b"PK nothing")
    with pytest.raises(VocabularyError, match=r"words\.npz"):
        Vocabulary.load(path)
