"""Boxes: areas and overlaps as geometry has them."""

import numpy as np
from hypothesis import given, strategies as st

from vision.association import assign
from vision.boxes import area, as_boxes, clip, covered, iou, near, scale, suppress, union

number = st.floats(-500, 500, width=32)
side = st.floats(1, 500, width=32)
boxes = st.lists(
    st.tuples(number, number, side, side).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3])),
    max_size=6,
).map(as_boxes)


def test_nothing_is_an_array_of_no_boxes():
    assert as_boxes([]).shape == (0, 4)
    assert iou(as_boxes([]), as_boxes([[0, 0, 1, 1]])).shape == (0, 1)


def test_overlap_by_hand():
    a, b = as_boxes([[0, 0, 10, 10]]), as_boxes([[5, 0, 15, 10], [20, 20, 30, 30], [0, 0, 5, 5]])
    assert np.allclose(iou(a, b), [[1 / 3, 0, 0.25]])
    assert np.allclose(covered(a, b), [[0.5, 0, 0.25]])
    assert np.allclose(covered(b, a), [[0.5], [0], [1]])


def test_an_inverted_box_has_no_area():
    assert area(as_boxes([[10, 10, 0, 0]])).tolist() == [0]


@given(boxes, boxes)
def test_iou_is_symmetric_and_a_share(a, b):
    overlap = iou(a, b)
    assert np.allclose(overlap, iou(b, a).T, atol=1e-5)
    assert ((overlap >= 0) & (overlap <= 1 + 1e-5)).all()
    assert np.allclose(np.diag(iou(a, a)), 1, atol=1e-3)


@given(boxes)
def test_a_clipped_box_is_in_the_picture(a):
    cut = clip(a, (100, 80))
    assert (cut >= 0).all()
    assert (cut[:, [0, 2]] <= 100).all()
    assert (cut[:, [1, 3]] <= 80).all()


def test_scaling_keeps_the_centre():
    assert scale((10, 20, 30, 60), 2) == (0, 0, 40, 80)


def test_of_boxes_on_one_thing_the_surest_stays():
    same = as_boxes([[0, 0, 10, 10], [1, 0, 11, 10], [50, 50, 60, 60]])
    score = np.array([0.5, 0.9, 0.3], np.float32)
    assert suppress(same, score, 0.6).tolist() == [1, 2]
    assert suppress(same, score, 0.95).tolist() == [1, 0, 2]


@given(boxes, st.floats(0, 0.9))
def test_what_is_kept_does_not_overlap_by_more_than_allowed(a, threshold):
    kept = a[suppress(a, np.linspace(1, 0.5, len(a), dtype=np.float32), threshold)]
    overlap = iou(kept, kept) - np.eye(len(kept))
    assert not len(kept) or overlap.max() <= threshold + 1e-4


def test_near_is_a_share_of_the_size_and_goes_both_ways():
    boxes = as_boxes([[0, 0, 10, 10], [15, 0, 35, 20], [0, 18, 10, 28]])  # sizes 10, 20, 10
    gaps = near(boxes, 0.4)  # 5 of at most 6 px; 8 of at most 4; and over the corner 5 of 6
    assert gaps.tolist() == [[True, True, False], [True, True, True], [False, True, True]]


def test_a_union_holds_all():
    assert union(as_boxes([[3, 4, 5, 6], [1, 5, 4, 9]])) == (1, 4, 5, 9)


def test_pairs_are_the_cheapest_that_are_allowed():
    cost = np.array([[0.1, 0.2], [0.15, 0.9]], np.float32)
    assert sorted(assign(cost, 1.0)) == [(0, 1), (1, 0)]
    assert sorted(assign(cost, 0.12)) == [(0, 0)]
    assert assign(cost, 0.01) == []
    assert assign(np.empty((0, 3), np.float32), 1.0) == []


@given(st.integers(0, 5), st.integers(0, 5), st.integers(0, 99), st.floats(0, 1))
def test_no_pair_is_dearer_than_the_limit_and_none_is_used_twice(n, m, seed, limit):
    cost = np.random.default_rng(seed).random((n, m)).astype(np.float32)
    pairs = assign(cost, limit)
    assert all(cost[pair] <= limit for pair in pairs)
    assert len({r for r, _ in pairs}) == len({c for _, c in pairs}) == len(pairs)
    free = [(r, c) for r in range(n) for c in range(m) if cost[r, c] <= limit]
    taken_r, taken_c = {r for r, _ in pairs}, {c for _, c in pairs}
    assert all(r in taken_r or c in taken_c for r, c in free)
