"""Second looks: which boxes get one, which share one, and what becomes of the rest."""

from dataclasses import replace

import numpy as np
import pytest

from models.inputs import ModelError
from models.letterbox import Placement
from models.second_look import Maps, SecondLook, shared, things
from models.second_look_head import BLOCKS, MADE, Head
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
        features = np.zeros((len(xyxy), MADE), np.float32)
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


def proposed(
    boxes: list[list[float]], score: list[float], classes: list[int], told: float = 0.0
) -> Detections:
    """What a first look found; `told` is what the head's vectors say of the grills among them."""
    found = Detections.of(boxes, score, classes, NAMES)
    said = np.zeros((len(boxes), 2), np.float32)
    said[:, 1] = told
    return replace(found, embedding=said)


def of(found: Detections, name: str) -> Detections:
    return found.named(frozenset([name]))


def sigmoid(x: float) -> float:
    return 1 / (1 + np.exp(-x))


def test_each_box_is_scored_for_every_class_that_the_head_knows(second: SecondLook) -> None:
    found = proposed(
        [[0, 0, 20, 20], [100, 0, 120, 20], [60, 0, 80, 20]], [0.9, 0.8, 0.7], [0, 0, 1]
    )
    got = second.at(IMAGE, found, MAPS, PLACED)
    grills, smoke = of(got, "grill"), of(got, "smoke")
    assert len(grills) + len(smoke) == len(got)
    assert grills.xyxy[:, 0].tolist() == [100, 60, 0]
    assert grills.score == pytest.approx([sigmoid(1), sigmoid(0.6), 0.5])
    assert smoke.xyxy[:, 0].tolist() == [0, 60, 100]
    assert smoke.score == pytest.approx([0.5, sigmoid(-0.6), sigmoid(-1)])
    assert got.score.tolist() == sorted(got.score.tolist(), reverse=True)


def test_what_the_detector_told_has_its_say(second: SecondLook) -> None:
    got = second.at(IMAGE, proposed([[100, 0, 120, 20]], [0.9], [1], told=-3), MAPS, PLACED)
    assert of(got, "grill").score == pytest.approx([sigmoid(-2)])
    assert of(got, "smoke").score == pytest.approx([sigmoid(-1)])


def test_a_detector_that_told_nothing_is_refused(second: SecondLook) -> None:
    mute = Detections.of([[0, 0, 9, 9]], [0.9], [0], NAMES)
    with pytest.raises(ModelError, match="says nothing of the head's vectors"):
        second.at(IMAGE, mute, MAPS, PLACED)


def test_only_the_best_proposals_get_a_look_and_the_rest_is_dropped(
    second: SecondLook, ruler: Ruler
) -> None:
    boxes = [[x, 0, x + 9, 9] for x in (10, 30, 50, 70, 90)]
    found = proposed(boxes, [0.9, 0.8, 0.7, 0.6, 0.1], [0, 0, 0, 1, 1])
    got = second.at(IMAGE, found, MAPS, PLACED)
    assert sorted(of(got, "grill").xyxy[:, 0].tolist()) == [10, 30, 70]
    assert ruler.asked[0][:, 0].tolist() == [10, 30, 70]


def test_part_of_a_better_thing_is_no_other_thing(second: SecondLook) -> None:
    line = [[0, 0, 100, 20], [60, 2, 80, 18]]  # a line of washing, and one garment of it
    got = second.at(IMAGE, proposed(line, [0.9, 0.8], [0, 1]), MAPS, PLACED)
    assert of(got, "grill").xyxy[:, 0].tolist() == [60]
    assert of(got, "smoke").xyxy[:, 0].tolist() == [0]


def test_boxes_of_two_classes_at_one_spot_share_a_look(second: SecondLook, ruler: Ruler) -> None:
    found = proposed([[50, 0, 90, 40], [51, 0, 91, 40]], [0.9, 0.8], [0, 1])
    got = second.at(IMAGE, found, MAPS, PLACED)
    assert len(ruler.asked[0]) == 1
    assert got.xyxy[:, 0].tolist() == [50, 50]
    assert got.score == pytest.approx([sigmoid(0.5), sigmoid(-0.5)])


def test_a_class_that_the_head_does_not_know_keeps_its_scores(
    second: SecondLook, ruler: Ruler
) -> None:
    boxes = [[x, 0, x + 9, 9] for x in (10, 20, 30)]
    found = proposed(boxes, [0.9, 0.3, 0.12], [2, 2, 2])
    got = second.at(IMAGE, found, MAPS, PLACED)
    assert got.score == pytest.approx([0.9, 0.3, 0.12])
    assert ruler.asked == []


def test_where_nothing_is_proposed_nothing_is_looked_at(second: SecondLook, ruler: Ruler) -> None:
    for found in (proposed([[0, 0, 9, 9]], [0.19], [0]), Detections.empty(NAMES)):
        assert len(second.at(IMAGE, found, MAPS, PLACED)) == 0
    assert ruler.asked == []


def test_a_chain_of_boxes_is_not_one_box() -> None:
    row = as_boxes([[x, 0, x + 100, 50] for x in (0, 10, 20, 200)])  # neighbours overlap by 0.82
    one, member = shared(row)
    assert one.tolist() == [0, 2, 3]
    assert member.tolist() == [0, 0, 1, 2]


def thing(boxes: list[list[float]], score: list[float]) -> list[list[float]]:
    """Boxes of things and their scores in one row each."""
    xyxy, found = things(as_boxes(boxes), np.array(score, np.float32))
    return [[*box, round(s, 3)] for box, s in zip(xyxy.tolist(), found.tolist(), strict=True)]


def test_neighbours_that_are_about_as_sure_are_one_thing() -> None:
    line = [[0, 0, 20, 20], [30, 0, 50, 20], [60, 0, 80, 20]]  # gaps of half a garment
    assert thing(line, [0.5, 0.8, 0.45]) == [[0, 0, 80, 20, 0.8]]
    assert thing(line, [0.5, 0.8, 0.3]) == [[0, 0, 50, 20, 0.8], [60, 0, 80, 20, 0.3]]
    assert thing([[0, 0, 20, 20], [40, 0, 60, 20]], [0.8, 0.8])[0][:4] == [0, 0, 20, 20]


def test_what_lies_in_a_joined_box_is_part_of_it() -> None:
    round_a_hole = [[0, 0, 40, 10], [0, 24, 40, 34], [10, 12, 30, 22]]
    assert thing(round_a_hole, [0.8, 0.7, 0.1]) == [[0, 0, 40, 34, 0.8]]


def test_of_nothing_there_is_no_thing() -> None:
    assert thing([], []) == []
    assert thing([[1, 2, 3, 4]], [0.0]) == [[1, 2, 3, 4, 0.0]]
