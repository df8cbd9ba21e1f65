"""Camera health, measured: is what cannot be seen flagged, and only that?

Real clips are shown as they are, then degraded. What "cannot be seen" is not decided by eye: a
detector finds in the degraded picture what it found in the clean one, or it does not.
"""

import copy
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import cv2

from benchmarks.degradations import Degradation, degradations
from benchmarks.yolo_names import DataError
from models.detector import Detector
from streams.config import Camera
from streams.evidence.facts import ModelFacts
from streams.video.source import open_source
from vision.boxes import iou
from vision.detections import Detections
from vision.frame import Image, reduce
from vision.health import CameraHealth, Limits, Reason

SUFFIXES = (".mp4", ".avi", ".mkv", ".mov")
LOOK_S = 0.5
USUAL_LOOKS = 120
"""A minute of clean looks, the clip repeated as needed, from which the usual is learned."""
SHOWN = 12
"""Degraded looks of each clip and severity, a second apart."""
COMPARE_EACH = 3
"""The detector compares every so manieth of them."""
DUSK_STEPS, DUSK_STEP_S = 30, 60.0
FROZEN_S = 20.0
REFERENCE_SCORE, FOUND_SCORE, FOUND_IOU = 0.4, 0.3, 0.5
VISIBLE, INVISIBLE = 0.7, 0.3
"""Recall from which on a severity must be judged, and up to which it must not."""
FEWEST = 8
JUDGE, REFUSE, EITHER = "judge", "refuse", "either"


@dataclass(frozen=True, slots=True)
class Cell:
    """One clip at one severity.

    `recall` is what the detector still finds of at least `FEWEST` things, None where there are
    fewer; `must` what it asks for: "judge", "refuse" or "either"; `reasons` counts looks.
    """

    recall: float | None
    must: str
    looks: int
    reasons: dict[str, int]

    @property
    def refused(self) -> int:
        """Looks not judged."""
        return sum(self.reasons.values())


@dataclass(frozen=True, slots=True)
class Line:
    """One severity of one condition over all clips; `flagged` is the share of looks not judged."""

    condition: str
    severity: float
    recall: float | None
    flagged: float
    clips: dict[str, Cell]


@dataclass(frozen=True, slots=True)
class HealthReport:
    """`false`: share of visible looks that were not judged, `missed`: of invisible ones that were;
    `clean`: share not judged of the clips as they are; `look_ms`: median time of one verdict.
    """

    model: str
    sha256: str
    clean: dict[str, float]
    clean_looks: int
    false: float
    missed: float
    look_ms: float
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Recall:
    """How many of the things seen in clean pictures are seen again."""

    again: int
    total: int

    @property
    def share(self) -> float | None:
        """Recall, None of nothing."""
        return round(self.again / self.total, 3) if self.total else None

    def __add__(self, other: "Recall") -> "Recall":
        return Recall(self.again + other.again, self.total + other.total)


@dataclass(frozen=True, slots=True)
class Clip:
    """The reduced looks of one clip."""

    name: str
    looks: tuple[Image, ...]


def open_health_clips(folder: Path) -> list[Path]:
    """The clips of a folder; raises DataError where there are none."""
    paths = sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise DataError(f"there is no clip in {folder}; put videos in it")
    return paths


def read_clip(path: Path) -> Clip:
    """Every look of a clip, reduced; raises SourceError for one that cannot be read."""
    camera = Camera(id="health", name="health", uri=str(path), look_interval_s=LOOK_S)
    source = open_source(camera, live=False, start_at_s=0.0)
    return Clip(path.name, tuple(reduce(f.image) for f in source.looks(threading.Event())))


def score_health(
    clips: Sequence[Clip],
    detector: Detector,
    model: ModelFacts,
    progress: Callable[[int, int], None] = lambda *_: None,
) -> HealthReport:
    """Show every clip clean, frozen and at every severity."""
    times_ms: list[float] = []
    cameras = [_clean(clip, times_ms) for clip in clips]
    seen = [_sure(detector.detect(_compared(clip))) for clip in clips]
    lines, rows = [], degradations()
    for number, row in enumerate(rows):
        reasons = [
            _show(camera, clip, row) for clip, (camera, _) in zip(clips, cameras, strict=True)
        ]
        recalls = [_recall(c, s, detector, row) for c, s in zip(clips, seen, strict=True)]
        lines.append(_line(row.condition, row.severity, clips, reasons, recalls))
        progress(number + 1, len(rows))
    lines += [_frozen(clips, still) for still in (False, True)]
    return HealthReport(
        model.name,
        model.sha256,
        {c.name: refused for c, (_, refused) in zip(clips, cameras, strict=True)},
        len(clips) * USUAL_LOOKS,
        _flagged(lines, JUDGE),
        round(1 - _flagged(lines, REFUSE), 4),
        round(median(times_ms), 3),
        tuple(lines),
    )


def _clean(clip: Clip, times_ms: list[float]) -> tuple[CameraHealth, float]:
    """A camera that has seen a minute of the clip, and the share of it that it did not judge."""
    camera, refused = CameraHealth(Limits()), 0
    for number, look in enumerate(islice(cycle(clip.looks), USUAL_LOOKS)):
        began_s = time.perf_counter()
        refused += not camera.look(number * LOOK_S, look).judged
        times_ms.append(1000 * (time.perf_counter() - began_s))
    return camera, refused / USUAL_LOOKS


def _show(camera: CameraHealth, clip: Clip, row: Degradation) -> Counter[Reason]:
    """Show a copy of the camera degraded looks, after their dusk if they come gradually."""
    camera, t_s = copy.deepcopy(camera), USUAL_LOOKS * LOOK_S
    looks = cycle(clip.looks)
    for step in range(1, DUSK_STEPS if row.gradual else 0):
        t_s += DUSK_STEP_S
        camera.look(t_s, row.apply(next(looks), step / DUSK_STEPS))
    found: Counter[Reason] = Counter()
    for look in _shown(clip):
        t_s += 1.0
        found[camera.look(t_s, row.apply(look)).reason] += 1
    return found


def _frozen(clips: Sequence[Clip], still: bool) -> Line:
    """One look again and again, a ticking clock on it, after `FROZEN_S`; or the live clip."""
    reasons = []
    for clip in clips:
        camera, found = CameraHealth(Limits(frozen_after_s=FROZEN_S)), Counter[Reason]()
        for number, look in enumerate(islice(cycle(clip.looks), USUAL_LOOKS)):
            t_s = number * LOOK_S
            health = camera.look(t_s, _with_clock(clip.looks[0], t_s) if still else look)
            if t_s > FROZEN_S:
                found[health.reason] += 1
        reasons.append(found)
    must = [Recall(0, FEWEST) if still else Recall(FEWEST, FEWEST)] * len(clips)
    line = _line("frozen" if still else "live", FROZEN_S, clips, reasons, must)
    return replace(line, recall=None)


def _with_clock(image: Image, t_s: float) -> Image:
    image = image.copy()
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(image, f"2026-01-05 10:00:{t_s:04.1f}", (8, 18), font, 0.5, (255, 255, 255), 1)
    return image


def _line(
    condition: str,
    severity: float,
    clips: Sequence[Clip],
    reasons: Sequence[Counter[Reason]],
    recalls: Sequence[Recall],
) -> Line:
    """All clips at one severity; one with few things to find is held to what the rest shows."""
    pooled = sum(recalls, Recall(0, 0))
    cells = {
        clip.name: _cell(recall, recall if recall.total >= FEWEST else pooled, found)
        for clip, recall, found in zip(clips, recalls, reasons, strict=True)
    }
    looks = sum(cell.looks for cell in cells.values())
    refused = sum(cell.refused for cell in cells.values())
    return Line(condition, severity, pooled.share, round(refused / looks, 4), cells)


def _cell(recall: Recall, decisive: Recall, found: Counter[Reason]) -> Cell:
    share, must = decisive.share, EITHER
    if share is not None and share >= VISIBLE:
        must = JUDGE
    elif share is not None and share <= INVISIBLE:
        must = REFUSE
    reasons = {reason.value: n for reason, n in sorted(found.items()) if reason}
    own = recall.share if recall.total >= FEWEST else None
    return Cell(own, must, found.total(), reasons)


def _flagged(lines: Sequence[Line], must: str) -> float:
    """Share of the looks not judged, over all cells that ask for the same."""
    cells = [cell for line in lines for cell in line.clips.values() if cell.must == must]
    looks = sum(cell.looks for cell in cells)
    return round(sum(cell.refused for cell in cells) / looks, 4) if looks else 0.0


def _shown(clip: Clip) -> list[Image]:
    """Looks spread evenly over a clip."""
    return [clip.looks[n * len(clip.looks) // SHOWN] for n in range(SHOWN)]


def _compared(clip: Clip) -> list[Image]:
    return _shown(clip)[::COMPARE_EACH]


def _sure(found: list[Detections]) -> list[Detections]:
    return [one[one.score >= REFERENCE_SCORE] for one in found]


def _recall(clip: Clip, seen: Sequence[Detections], detector: Detector, row: Degradation) -> Recall:
    """What the detector saw in the clean pictures and sees again in the degraded ones."""
    again = 0
    found = detector.detect([row.apply(image) for image in _compared(clip)])
    for before, now in zip(seen, found, strict=True):
        sure = now[now.score >= FOUND_SCORE]
        if len(before) and len(sure):
            again += int((iou(before.xyxy, sure.xyxy) >= FOUND_IOU).any(axis=1).sum())
    return Recall(again, sum(len(before) for before in seen))
