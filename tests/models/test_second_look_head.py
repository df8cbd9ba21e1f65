"""Heads of a second look: a file, its checks, and the scores it gives."""

from pathlib import Path

import numpy as np
import pytest

from models.second_look_head import BLOCKS, MADE, Head, HeadError

WIDTH = sum(BLOCKS.values())


def make(**changes: object) -> Head:
    weights = np.zeros((2, WIDTH), np.float32)
    weights[0, 0], weights[1, -1] = 1, -1
    parts: dict = {"names": ("grill", "smoke"), "weights": weights, "bias": np.zeros(2, np.float32)}
    return Head(**(parts | changes))


def test_a_head_is_read_back_as_it_was(tmp_path: Path) -> None:
    head = make(bias=np.array([0.5, -2], np.float32))
    head.save(tmp_path / "head.npz")
    again = Head.load(tmp_path / "head.npz")
    assert (again.names, again.blocks, again.sha256) == (head.names, head.blocks, head.sha256)
    assert again.weights.dtype == np.float32
    assert again.bias.tolist() == [0.5, -2]


def test_half_precision_on_disk_will_do(tmp_path: Path) -> None:
    make(weights=make().weights.astype(np.float16)).save(tmp_path / "head.npz")
    assert Head.load(tmp_path / "head.npz").sha256 == make().sha256


def test_a_score_is_the_sigmoid_of_a_row_of_weights() -> None:
    features, told = np.zeros((3, MADE), np.float32), np.zeros((3, 2), np.float32)
    features[1, 0], told[2, 1] = 2, -2
    assert make().scores(features, told) == pytest.approx(
        np.array([[0.5, 0.5], [0.8808, 0.5], [0.5, 0.1192]]), abs=1e-4
    )
    assert make().scores(features[:0], told[:0]).shape == (0, 2)
    far = make().scores(features * 1e6, told * 1e6)
    assert far[1:].tolist() == [[1, 0.5], [0.5, pytest.approx(0)]]


def test_the_detector_is_handed_the_rows_over_its_embedding_and_one_of_zeros() -> None:
    vectors = make().vectors
    assert vectors.shape == (3, BLOCKS["embedding"])
    assert (vectors[1, -1], np.abs(vectors).sum()) == (-1, 1)


def test_whatever_decides_is_in_the_hash() -> None:
    changed = (
        make(bias=np.ones(2, np.float32)),
        make(weights=make().weights * 2),
        make(names=("grill", "stall")),
    )
    assert len({make().sha256, *(head.sha256 for head in changed)}) == 4


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"names": ("grill", "grill")}, "each one once"),
        ({"names": ()}, "names must be given"),
        ({"names": ("grill",)}, "1 classes need weights"),
        ({"weights": np.zeros((2, WIDTH - 1), np.float32)}, "need weights"),
        ({"weights": np.full((2, WIDTH), np.nan, np.float32)}, "finite"),
        ({"bias": np.zeros(3, np.float32)}, "and bias"),
        ({"blocks": ("crop", "p5")}, "its features are crop, p5"),
    ],
)
def test_parts_that_do_not_agree_are_refused(changes: dict, what: str) -> None:
    with pytest.raises(HeadError, match=what):
        make(**changes)


def test_a_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_bytes(b"PK nothing")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.savez(tmp_path / "other.npz", names=np.array(["grill"]))
    np.savez(tmp_path / "odd.npz", **dict.fromkeys(("names", "weights", "bias", "blocks"), 1.0))
    for name in ("text", "empty", "other", "odd", "gone"):
        with pytest.raises(HeadError, match=rf"cannot use .*{name}\.npz"):
            Head.load(tmp_path / f"{name}.npz")
