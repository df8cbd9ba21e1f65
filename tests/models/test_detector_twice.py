"""A detector whose card asks for a second look, with networks small enough to follow."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from models.card import ModelCard
from models.detector import OnnxDetector
from models.inputs import ModelError
from models.second_look import SecondLook
from models.second_look_head import BLOCKS, Head
from models.vocabulary import Vocabulary
from tests.models.test_second_look_features import Eye, features

NAMES = ("grill", "smoke")
RED = (0, 0, 255)


class World:
    """YOLO-World on 128 x 128: proposes a grill left, a weaker one right, and smoke on the left."""

    input_wh, max_batch, backend = (128, 128), 2, "none"

    def __init__(self, maps: bool = True, rows: int = 4, told: float = 5.0) -> None:
        self.maps, self.rows, self.told = maps, rows, told

    def run(self, batch: np.ndarray) -> list[np.ndarray]:
        n = len(batch)
        boxes = np.array([[32, 96], [64, 64], [40, 40], [40, 40]], np.float32)
        first = [[1.0, -2.0], [-1.0, -9.0]]  # .73 .12; .27 0
        # What the anchors say of the head's one row, and of a row of zeros.
        logits = np.array([*first, [5.0, self.told], [5.0, 5.0]][: self.rows], np.float32)
        rows = zip((128, 256, 512), (16, 8, 4), strict=True)
        maps = [np.full((n, c, side, side), c, np.float32) for c, side in rows]
        return [np.stack([boxes] * n), np.stack([logits] * n), *(maps if self.maps else [])]


@pytest.fixture
def card(make_card, tmp_path: Path) -> ModelCard:
    Vocabulary(NAMES, np.zeros((2, 512), np.float32), np.zeros(2, np.float32), np.arange(2)).save(
        tmp_path / "words.npz"
    )
    head().save(tmp_path / "head.npz")
    return make_card(
        family="yolo_world",
        names=NAMES,
        vocabulary="words.npz",
        input_wh=(128, 128),
        second_look="head.npz",
        features="eye",
        proposal_threshold=0.11,
        home=tmp_path,
    )


def head() -> Head:
    """Grills are red: the head looks at the crop, and at nothing else but what the network says."""
    rows = np.zeros((1, sum(BLOCKS.values())), np.float32)
    rows[0, 0] = 4
    return Head(("grill",), rows, np.zeros(1, np.float32))


def detector(card: ModelCard, eye: Eye, world: World | None = None) -> OnnxDetector:
    """With the head as its card has it."""
    second = SecondLook(card, head(), features(eye))
    return OnnxDetector(card, world or World(), 0.2, second)


def street() -> np.ndarray:
    """Red on the right, as far as the crops go."""
    image = np.zeros((128, 128, 3), np.uint8)
    image[:, 64:] = RED
    return image


def test_the_second_look_turns_the_first_ones_opinion(card: ModelCard) -> None:
    eye = Eye()
    (found,) = detector(card, eye).detect([street()])
    assert [found.name(row) for row in range(len(found))] == ["grill", "smoke"]
    assert found.xyxy[0] == pytest.approx([76, 44, 116, 84])
    assert found.score == pytest.approx([1 / (1 + np.exp(-4)), 0.2689], abs=0.03)
    assert eye.runs == [3]  # the picture, and the place on the left once for both classes


def test_each_picture_of_a_batch_gets_its_own(card: ModelCard) -> None:
    dark = np.zeros((128, 128, 3), np.uint8)
    two = detector(card, Eye())
    found = two.detect([street(), dark, street()[:, ::-1]])
    assert [f.xyxy[0, 0] for f in found] == pytest.approx([76, 12, 12])
    assert [f.name(0) for f in found] == ["grill", "smoke", "grill"]
    assert two.times.session_ms > 0


def test_nothing_proposed_costs_nothing(card: ModelCard) -> None:
    eye = Eye()
    strict = dataclasses.replace(card, proposal_threshold=0.9)
    (found,) = detector(strict, eye).detect([street()])
    assert [found.name(row) for row in range(len(found))] == ["smoke"]
    assert eye.runs == []


def test_a_network_without_maps_is_refused(card: ModelCard) -> None:
    with pytest.raises(ModelError, match="gives no tensor where"):
        detector(card, Eye(), World(maps=False)).detect([street()])


def test_the_networks_own_word_counts_less_what_it_adds_to_every_logit(card: ModelCard) -> None:
    (found,) = detector(card, Eye(), World(told=2.0)).detect([street()])
    assert found.name(0) == "grill"
    assert found.score[0] == pytest.approx(1 / (1 + np.exp(-1)), abs=0.03)  # 4 by the crop, -3


def test_the_card_hands_the_network_both_vocabulary_and_head(card: ModelCard) -> None:
    given = card.given
    assert given is not None
    assert {name: array.shape for name, array in given.items()} == {
        "vectors": (4, 512),
        "bias": (4,),
    }


def test_without_a_second_look_the_first_one_counts(card: ModelCard) -> None:
    plain = dataclasses.replace(card, second_look="", features="")
    (found,) = OnnxDetector(plain, World(rows=2)).detect([street()])
    assert found.embedding is None
    assert found.score == pytest.approx([0.731, 0.269, 0.119], abs=1e-3)
