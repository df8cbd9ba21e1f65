"""Between two looks at a film nothing shows that either of them hides."""

import numpy as np
from hypothesis import given, strategies as st

from vision.boxes import as_boxes, covered
from vision.in_between import bridged

COORDINATES = st.floats(0, 500, width=32)


def test_what_moves_is_hidden_on_its_way() -> None:
    before, after = as_boxes([[0, 0, 20, 20]]), as_boxes([[40, 0, 60, 20]])
    boxes = bridged(before, after)
    for x in range(0, 41, 5):
        assert float(covered(as_boxes([[x, 0, x + 20, 20]]), boxes).max()) > 0.99


def test_things_far_apart_or_of_another_size_are_not_one() -> None:
    before = as_boxes([[0, 0, 20, 20]])
    assert len(bridged(before, as_boxes([[400, 0, 420, 20]]))) == 2
    assert len(bridged(before, as_boxes([[0, 0, 200, 200]]))) == 2
    assert len(bridged(before, as_boxes([]))) == 1
    assert bridged(as_boxes([]), as_boxes([])).shape == (0, 4)


@given(st.lists(st.tuples(COORDINATES, COORDINATES, st.floats(1, 90, width=32)), max_size=5))
def test_both_looks_are_hidden_whole(things: list[tuple[float, float, float]]) -> None:
    boxes = as_boxes([[x, y, x + s, y + s] for x, y, s in things])
    joined = bridged(boxes, boxes + np.float32(5))
    for box in np.concatenate([boxes, boxes + np.float32(5)]):
        assert float(covered(as_boxes(box), joined).max()) > 0.99
