import numpy as np
import pytest

from models.inputs import ModelError
from models.outputs import MOST_FOUND, decode
from models.second_look_head import BLOCKS, Head
from models.vocabulary import Vocabulary

NAMES = ("car", "bike")


def yolov8_tensor(*objects: tuple[float, ...], anchors: int = 20) -> np.ndarray:
    """(1, 6, anchors) with centre x, y, w, h, car score, bike score in the first columns."""
    raw = np.zeros((1, 6, anchors), np.float32)
    for column, values in enumerate(objects):
        raw[0, :, column] = values
    return raw


def test_yolov8_reads_centres_and_the_best_class(make_card) -> None:
    raw = yolov8_tensor((50, 40, 20, 10, 0.3, 0.8), (100, 90, 8, 6, 0.6, 0.1))
    (found,) = decode([raw], 1, make_card(names=NAMES), 0.1)
    assert found.xyxy.tolist() == [[40, 35, 60, 45], [96, 87, 104, 93]]
    assert found.score == pytest.approx([0.8, 0.6])
    assert found.class_id.tolist() == [1, 0]


def test_yolov8_suppresses_within_a_class_only(make_card) -> None:
    raw = yolov8_tensor(
        (50, 50, 20, 20, 0.9, 0), (51, 50, 20, 20, 0.8, 0), (50, 50, 20, 20, 0, 0.7)
    )
    (found,) = decode([raw], 1, make_card(names=NAMES), 0.1)
    assert found.score == pytest.approx([0.9, 0.7])
    assert found.class_id.tolist() == [0, 1]


def test_yolo_world_takes_an_anchor_for_more_than_one_thing(make_card, tmp_path) -> None:
    vectors = np.zeros((3, 4), np.float32)
    words = Vocabulary(NAMES, vectors, np.zeros(3, np.float32), np.array([0, 1, 1]))
    words.save(tmp_path / "words.npz")
    card = make_card(family="yolo_world", names=NAMES, vocabulary="words.npz", home=tmp_path)
    boxes = np.array([[[50.0], [40], [20], [10]]], np.float32)
    logits = np.array([[[0.0], [-9.0], [2.0]]], np.float32)
    (found,) = decode([boxes, logits], 1, card, 0.1)
    assert found.xyxy.tolist() == [[40, 35, 60, 45]] * 2
    assert found.class_id.tolist() == [1, 0]
    assert found.score == pytest.approx([0.8808, 0.5], abs=1e-3)
    with pytest.raises(ModelError, match="check the card"):
        decode([boxes, logits[:, :2]], 1, card, 0.1)


def test_what_a_second_look_asks_of_an_anchor_is_told_of_its_box(make_card, tmp_path) -> None:
    words = Vocabulary(NAMES, np.zeros((2, 512), np.float32), np.zeros(2, np.float32), np.arange(2))
    words.save(tmp_path / "words.npz")
    rows = np.zeros((1, sum(BLOCKS.values())), np.float32)
    Head(NAMES[:1], rows, np.zeros(1, np.float32)).save(tmp_path / "head.npz")
    asks = {"vocabulary": "words.npz", "second_look": "head.npz", "features": "eye"}
    card = make_card(family="yolo_world", names=NAMES, home=tmp_path, **asks)
    boxes = np.array([[[50.0, 90, 20], [40, 80, 20], [20, 20, 20], [10, 10, 10]]], np.float32)
    first = [[0.0, 2, -9], [-9, -9, 1]]
    asked, nothing = [4.0, 5, 6], [1.0, 3, 2]  # the head's row, and the row of zeros
    (found,) = decode([boxes, np.array([[*first, asked, nothing]], np.float32)], 1, card, 0.1)
    assert found.class_id.tolist() == [0, 1, 0]
    assert found.told is not None
    assert found.told.tolist() == [[2], [4], [3]]


def test_the_cards_overlap_decides(make_card) -> None:
    half = yolov8_tensor((50, 50, 20, 20, 0.9, 0), (56, 50, 20, 20, 0.8, 0))  # IoU 0.54
    (loose,) = decode([half], 1, make_card(names=NAMES, iou_threshold=0.6), 0.1)
    (tight,) = decode([half], 1, make_card(names=NAMES, iou_threshold=0.5), 0.1)
    assert (len(loose.score), len(tight.score)) == (2, 1)


def test_pictures_of_a_batch_are_kept_apart(make_card) -> None:
    first, second = yolov8_tensor((9, 9, 4, 4, 0.9, 0)), yolov8_tensor((30, 30, 4, 4, 0, 0.5))
    empty = yolov8_tensor()
    found = decode([np.concatenate([first, empty, second])], 3, make_card(names=NAMES), 0.1)
    assert [len(f.score) for f in found] == [1, 0, 1]
    assert found[2].class_id.tolist() == [1]
    assert found[1].xyxy.shape == (0, 4)


def test_scores_below_the_lowest_are_gone(make_card) -> None:
    raw = yolov8_tensor((9, 9, 4, 4, 0.0999, 0), (30, 30, 4, 4, 0.1001, 0))
    (found,) = decode([raw], 1, make_card(names=NAMES), 0.1)
    assert found.score == pytest.approx([0.1001])


def test_a_crowd_is_cut_to_the_best(make_card) -> None:
    n = MOST_FOUND + 50
    raw = np.zeros((1, 6, n), np.float32)
    raw[0, 0] = np.arange(n) * 10
    raw[0, 2:4] = 4
    raw[0, 4] = np.linspace(0.2, 0.9, n)
    (found,) = decode([raw], 1, make_card(names=NAMES), 0.1)
    assert len(found.score) == MOST_FOUND
    assert found.score[0] == pytest.approx(0.9)


def test_yolo26_is_end_to_end(make_card) -> None:
    raw = np.zeros((2, 300, 6), np.float32)
    raw[0, :3] = [[1, 2, 30, 40, 0.4, 1], [1, 2, 31, 41, 0.9, 1], [5, 5, 9, 9, 0.05, 0]]
    found = decode([raw], 2, make_card(family="yolo26", names=NAMES), 0.1)
    # Both boxes stay: a network without suppression of its own meant them both.
    assert found[0].xyxy.tolist() == [[1, 2, 31, 41], [1, 2, 30, 40]]
    assert found[0].class_id.tolist() == [1, 1]
    assert len(found[1].score) == 0


def test_yolox_decodes_its_grid(make_card) -> None:
    card = make_card(family="yolox", names=NAMES, input_wh=(64, 32))
    cells = 8 * 4 + 4 * 2 + 2 * 1
    raw = np.zeros((1, cells, 7), np.float32)
    raw[0, 8 + 3] = [0.5, 0.25, np.log(2), np.log(3), 0.9, 0.5, 0]  # stride 8, column 3, row 1
    raw[0, 32 + 4 + 1] = [0, 0, 0, 0, 0.5, 0, 0.8]  # stride 16, column 1, row 1
    raw[0, 40 + 1] = [0.5, 0.5, 0, 0, 1, 0.3, 0]  # stride 32, column 1
    (found,) = decode([raw], 1, card, 0.1)
    assert found.score == pytest.approx([0.45, 0.4, 0.3])
    assert found.class_id.tolist() == [0, 1, 0]
    # Centre (3.5, 1.25) cells of 8 px, 16 x 24 px; (1, 1) of 16; (1.5, 0.5) of 32.
    expected = [[20, -2, 36, 22], [8, 8, 24, 24], [32, 0, 64, 32]]
    assert found.xyxy == pytest.approx(np.array(expected), abs=1e-4)


def test_picodet_counts_rows_per_picture(make_card) -> None:
    rows = np.array(
        [
            [0, 0.5, 1, 1, 9, 9],
            [1, 0.9, 2, 2, 8, 8],
            [-1, 0.9, 0, 0, 0, 0],
            [1, 0.7, 3, 3, 7, 7],
            [0, 0.02, 0, 0, 5, 5],
        ],
        np.float32,
    )
    counts = np.array([3, 0, 2], np.int32)
    found = decode([rows, counts], 3, make_card(family="picodet", names=NAMES), 0.1)
    assert [f.class_id.tolist() for f in found] == [[1, 0], [], [1]]
    assert found[0].xyxy.tolist() == [[2, 2, 8, 8], [1, 1, 9, 9]]


@pytest.mark.parametrize(
    ("family", "outputs"),
    [
        ("yolov8", [np.zeros((1, 84, 20), np.float32)]),
        ("yolov8", [np.zeros((1, 300, 6), np.float32)]),
        ("yolov8", []),
        ("yolo26", [np.zeros((1, 6, 20), np.float32)]),
        ("yolox", [np.zeros((1, 10, 7), np.float32)]),
        ("picodet", [np.zeros((5, 6), np.float32)]),
        ("picodet", [np.zeros((5, 6), np.float32), np.array([9])]),
    ],
)
def test_another_familys_tensors_are_refused(make_card, family: str, outputs: list) -> None:
    with pytest.raises(ModelError, match="'squares'"):
        decode(outputs, 1, make_card(family=family, names=NAMES), 0.1)
