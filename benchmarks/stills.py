"""Pictures shown as if still cameras filmed them: what would become a case that is none?"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.class_names import canonical
from benchmarks.stills_truth import LABELLED_NAMES, NamedBox, Seen
from models.detector import Detector
from vision.analyser import CameraAnalyser
from vision.boxes import Box, as_boxes, iou
from vision.detections import Detections, merge
from vision.frame import Image
from vision.rules.kinds import KINDS, Kind
from vision.rules.rule import Rule
from vision.violation import Violation
from vision.zone import Zone

DWELL_S = 60.0
LOOK_S = 10.0
SLOW_LOOK_S = 60.0
"""The first detector looks every ten seconds, the others once a minute, as on a node."""
SHOWN_S = 600.0
START_S = 1_767_578_400.0
"""Ten in the morning of 2026-01-05 in China: a working day, and always the same."""
MATCH_IOU = 0.3
WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))

SAME_IOU = 0.5
"""A case is one that a person looked at if the boxes agree so well."""

RIGHT, FALSE, LOOK = "right", "false", "look"
"""The thing is there; it is not; neither labels nor a person tell, so somebody has to look."""


@dataclass(frozen=True, slots=True)
class StillCase:
    """A case raised by a picture that never changes; box in its pixels.

    `by` is who says so, "labels" or "person"; `what` is what the person saw.
    """

    picture: str
    kind: str
    score: float
    box: tuple[int, int, int, int]
    verdict: str
    by: str = "labels"
    what: str = ""


@dataclass(frozen=True, slots=True)
class StillsReport:
    """What the pictures of some folders led to.

    `judged` counts pictures of which at least one look was judged; the others are too dark, blank
    or blurred to conclude anything.
    """

    detectors: dict[str, str]
    kinds: tuple[str, ...]
    pictures: dict[str, int]
    judged: dict[str, int]
    cases: dict[str, list[StillCase]]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return asdict(self) | {"kinds": list(self.kinds), "dwell_s": DWELL_S, "shown_s": SHOWN_S}


def kinds_for(names: Iterable[str]) -> tuple[Kind, ...]:
    """The kinds that a camera judges by places and whose classes some detector names."""
    known = frozenset(names)
    return tuple(
        k for k in KINDS.values() if k.judged_by == "place" and not k.classes.isdisjoint(known)
    )


def see(detectors: Sequence[Detector], image: Image) -> list[Detections]:
    """What each detector sees in a picture."""
    return [detector.detect([image])[0] for detector in detectors]


def show(name: str, image: Image, seen: Sequence[Detections]) -> tuple[list[Violation], bool]:
    """Play a still picture to the brain; the cases raised, and whether it was ever judged.

    `seen` is what each detector sees, the first of which looks at every look.
    """
    zone = Zone("whole picture", "public_place", WHOLE)
    names = [class_name for found in seen for class_name in found.names]
    rules = [Rule(kind, zone, min(DWELL_S, kind.dwell_s), 1) for kind in kinds_for(names)]
    analyser = CameraAnalyser(name, rules)
    raised: list[Violation] = []
    judged = False
    for t_s in np.arange(0.0, SHOWN_S + LOOK_S, LOOK_S).tolist():
        slow_due = t_s % SLOW_LOOK_S == 0
        looks = [found for row, found in enumerate(seen) if row == 0 or slow_due]
        findings = analyser.update(START_S + t_s, merge(looks), image)
        raised += findings.raised
        judged |= findings.judged
    return raised, judged


def case(
    picture: str,
    violation: Violation,
    truth: Sequence[NamedBox] | None,
    seen: Sequence[Seen] = (),
) -> StillCase:
    """Hold a case against the labels of its picture, if there are any.

    Labels are not complete, so what they do not confirm is held against what a person has `seen`
    in the pictures of its folder.
    """
    x1, y1, x2, y2 = (round(v) for v in violation.box_xyxy)
    verdict = _verdict(violation.kind, violation.box_xyxy, truth)
    told = StillCase(picture, violation.kind, round(violation.score, 3), (x1, y1, x2, y2), verdict)
    if verdict == RIGHT:
        return told
    for row in seen:
        same = (row.picture, row.kind) == (picture, violation.kind)
        if same and iou(as_boxes([row.box]), as_boxes([told.box]))[0, 0] >= SAME_IOU:
            verdict = RIGHT if row.right else FALSE
            return replace(told, verdict=verdict, by="person", what=row.what)
    return told


def _verdict(kind: str, box: Box, truth: Sequence[NamedBox] | None) -> str:
    """Whether the thing that the kind is about is labelled at a box.

    A box round several things is right if it holds one of them.
    """
    classes = {canonical(name) for name in KINDS[kind].classes}
    if truth is None or classes.isdisjoint(LABELLED_NAMES):
        return LOOK
    things = as_boxes([b for name, b in truth if canonical(name) in classes])
    if not len(things):
        return FALSE
    inside = _share_inside(things, box)
    alike = iou(as_boxes([box]), things).max()
    return RIGHT if alike >= MATCH_IOU or inside >= 0.5 else FALSE


def _share_inside(things: np.typing.NDArray[np.float32], box: Box) -> float:
    """The largest share of a thing that lies within a box."""
    low, high = np.maximum(things[:, :2], box[:2]), np.minimum(things[:, 2:], box[2:])
    part = np.prod(np.clip(high - low, 0, None), axis=1)
    whole = np.prod(things[:, 2:] - things[:, :2], axis=1)
    return float((part / np.maximum(whole, 1)).max())


def pictures_of(folder: Path, suffixes: Sequence[str]) -> tuple[Path, ...]:
    """The pictures below a folder, in order; raises ValueError where there are none."""
    found = tuple(sorted(p for p in folder.rglob("*") if p.suffix.lower() in suffixes))
    if not found:
        raise ValueError(f"{folder} holds no pictures ({', '.join(suffixes)})")
    return found
