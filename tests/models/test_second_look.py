"""Second looks: which boxes get one, which share one, and what becomes of the rest."""

import numpy as np
import pytest

from models.letterbox import Placement
from models.second_look import Maps, SecondLook, shared
from models.second_look_head import BLOCKS, Head
from models.vocabulary import Vocabulary
from vision.boxes import Boxes, as_boxes
from vision.detections import Detections
from vision.frame import Image

NAMES = ("grill", "smoke", "stall")
IMAGE = np.zeros((100, 200, 3), np.uint8)
PLACED = Placement((200, 100), (128, 64), 0, 32)
MAPS = Maps(*(np.zeros((c, 2, 2), np.float32) for c in (128, 256, 512)))


class Ruler:
    """Features whose first number is the box's left edge, in hundreds of pixels."""

    def __init__(self) -> None:
        self.asked: list[Boxes] = []

    def of(self, image: Image, xyxy: Boxes, maps: Maps, placement: Placement) -> np.ndarray:
        assert (image is IMAGE, placement) == (True, PLACED)
        self.asked.append(xyxy)
        features = np.zeros((len(xyxy), sum(BLOCKS.values())), np.float32)
        features[:, 0] = xyxy[:, 0] / 100
        return features


@pytest.fixture
def ruler() -> Ruler:
    return Ruler()


@pytest.fixture
def second(make_card, tmp_path, ruler: Ruler) -> SecondLook:
    """Grills are likelier on the right, smoke on the left; nobody knows about stalls."""
    Vocabulary(NAMES, np.zeros((3, 4), np.float32), np.zeros(3, np.float32), np.arange(3)).save(
        tmp_path / "words.npz"
    )
    weights = np.zeros((2, sum(BLOCKS.values())), np.float32)
    weights[:, 0] = -1, 1
    head = Head(("smoke", "grill"), weights, np.zeros(2, np.float32))
    card = make_card(
        family="yolo_world",
        names=NAMES,
        vocabulary="words.npz",
        second_look="head.npz",
        features="some",
        proposals=2,
        proposal_threshold=0.2,
        home=tmp_path,
    )
    return SecondLook(card, head, ruler)


def sigmoid(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def test_each_box_is_scored_for_the_class_that_proposed_it(second: SecondLook) -> None:
    found = Detections.of(
        [[0, 0, 20, 20], [100, 0, 120, 20], [60, 0, 80, 20]], [0.9, 0.8, 0.7], [0, 0, 1], NAMES
    )
    got = second.at(IMAGE, found, MAPS, PLACED)
    assert got.xyxy[:, 0].tolist() == [100, 0, 60]
    assert [got.name(row) for row in range(3)] == ["grill", "grill", "smoke"]
    assert got.score == pytest.approx([sigmoid(1), 0.5, sigmoid(-0.6)])


def test_only_the_best_proposals_get_a_look_and_the_rest_is_dropped(
    second: SecondLook, ruler: Ruler
) -> None:
    boxes = [[x, 0, x + 9, 9] for x in (10, 20, 30, 40, 50)]
    found = Detections.of(boxes, [0.9, 0.8, 0.7, 0.6, 0.1], [0, 0, 0, 1, 1], NAMES)
    got = second.at(IMAGE, found, MAPS, PLACED)
    assert sorted(got.xyxy[:, 0].tolist()) == [10, 20, 40]
    assert ruler.asked[0][:, 0].tolist() == [10, 20, 40]


def test_part_of_a_better_thing_is_no_other_thing(second: SecondLook) -> None:
    line = [[0, 0, 100, 20], [60, 2, 80, 18]]  # a line of washing, and one garment of it
    found = Detections.of(line, [0.9, 0.8], [0, 0], NAMES)
    assert second.at(IMAGE, found, MAPS, PLACED).xyxy[:, 0].tolist() == [60]
    other = Detections.of(line, [0.9, 0.8], [0, 1], NAMES)
    assert len(second.at(IMAGE, other, MAPS, PLACED)) == 2


def test_boxes_of_two_classes_at_one_spot_share_a_look(second: SecondLook, ruler: Ruler) -> None:
    found = Detections.of([[50, 0, 90, 40], [51, 0, 91, 40]], [0.9, 0.8], [0, 1], NAMES)
    got = second.at(IMAGE, found, MAPS, PLACED)
    assert len(ruler.asked[0]) == 1
    assert got.xyxy[:, 0].tolist() == [50, 51]  # the boxes stay their own
    assert got.score == pytest.approx([sigmoid(0.5), sigmoid(-0.5)])


def test_a_class_that_the_head_does_not_know_keeps_its_scores(
    second: SecondLook, ruler: Ruler
) -> None:
    boxes = [[x, 0, x + 9, 9] for x in (10, 20, 30)]
    found = Detections.of(boxes, [0.9, 0.3, 0.12], [2, 2, 2], NAMES)
    got = second.at(IMAGE, found, MAPS, PLACED)
    assert got.score == pytest.approx([0.9, 0.3, 0.12])
    assert ruler.asked == []


def test_where_nothing_is_proposed_nothing_is_looked_at(second: SecondLook, ruler: Ruler) -> None:
    weak = Detections.of([[0, 0, 9, 9]], [0.19], [0], NAMES)
    for found in (weak, Detections.empty(NAMES)):
        assert len(second.at(IMAGE, found, MAPS, PLACED)) == 0
    assert ruler.asked == []


def test_a_chain_of_boxes_is_not_one_box() -> None:
    row = as_boxes([[x, 0, x + 100, 50] for x in (0, 10, 20, 200)])  # neighbours overlap by 0.82
    one, member = shared(row)
    assert one.tolist() == [0, 2, 3]
    assert member.tolist() == [0, 0, 1, 2]
