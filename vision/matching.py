"""Which detection shows which place, when either may show only a part of the thing."""

import numpy as np

from vision.appearance import Appearance
from vision.association import assign
from vision.boxes import Boxes, area, as_boxes, covered, iou
from vision.evidence import SAME_SIMILARITY, hidden
from vision.place import Place

PART_INSIDE = 0.8
"""A box of which so much lies in another one may be a part of what that one shows."""
LEAST_PART = 0.15
"""A part is at least so much of the whole, by area."""


def match_whole(places: list[Place], boxes: Boxes, match_iou: float) -> dict[int, int]:
    """Detection row by place row, where the boxes overlap by `match_iou` or more."""
    overlap = iou(as_boxes([p.box for p in places]), boxes)
    return dict(assign(1 - overlap, 1 - match_iou))


def match_parts(
    places: list[Place],
    boxes: Boxes,
    whole: dict[int, int],
    cover: list[float],
    looks: list[Appearance | None],
) -> dict[int, int]:
    """Detection row by place row, where one shows a part of the other.

    Of a thing behind another one only the visible part is detected; of a thing that was found
    there, more is detected once the other leaves. `whole` are the matches that overlap enough:
    these detections are not free, unless they only made a candidate. `cover` is the share of
    each place covered by detections, `looks` what its spot looks like now.
    """
    taken = {column for row, column in whole.items() if places[row].stood}
    rows = [r for r, p in enumerate(places) if p.stood and r not in whole]
    columns = [c for c in range(len(boxes)) if c not in taken]
    if not rows or not columns:
        return {}
    spots, parts = as_boxes([places[r].box for r in rows]), boxes[columns]
    in_spot, round_spot = covered(parts, spots).T, covered(spots, parts)
    shown = area(parts)[None, :] / np.maximum(area(spots)[:, None], 1e-9)
    behind = np.array(
        [
            [hidden(places[r], cover[r] - round_spot[i, j]) for j in range(len(columns))]
            for i, r in enumerate(rows)
        ]
    )
    shrunk = (in_spot >= PART_INSIDE) & (shown >= LEAST_PART) & (shown < 1) & behind
    # A box round several things is no better view of one of them.
    everywhere = as_boxes([p.box for p in places if p.stood])
    alone = (covered(everywhere, parts) >= PART_INSIDE).sum(axis=0) == 1
    grown = (round_spot >= PART_INSIDE) & (shown >= 1) & (shown * LEAST_PART <= 1)
    alike = np.array([_is_alike(places[r].look, looks[r]) for r in rows], bool)
    grown &= alone[None, :] & alike[:, None]
    share = np.where(shrunk, in_spot, np.where(grown, round_spot, 0)).astype(np.float32)
    return {rows[i]: columns[j] for i, j in assign(1 - share, 1 - PART_INSIDE)}


def _is_alike(before: Appearance | None, now: Appearance | None) -> bool:
    return before is not None and now is not None and before.similarity(now) >= SAME_SIMILARITY
