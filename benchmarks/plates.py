"""How many number plates are read exactly, wrongly, or not at all."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.degradations import defocused, exposed
from benchmarks.plates_rendered import View, draw_plate, show
from benchmarks.yolo_names import DataError
from models.plate_reading import PlateReading
from vision.frame import Image

TRUTH_FILE = "plates.tsv"
UNREADABLE = "not readable"
"""A truth that begins so: the plate cannot be read with certainty by a person either."""
EXACT, WRONG, ABSTAINED, UNCHECKED = "exact", "wrong", "abstained", "unchecked"

Read = Callable[[Image], PlateReading]

RENDERED: dict[str, tuple[View, ...]] = {
    "plain": (View(),),
    "width, px": tuple(View(width_px=w) for w in (60, 80, 94, 110, 140)),
    "turned, °": tuple(View(yaw=a) for a in (30, 45, 60)),
    "rolled, °": tuple(View(roll=a) for a in (10, 20)),
    "blur, px": tuple(View(blur_px=s) for s in (1, 1.5, 2, 3)),
    "light": tuple(View(gain=g, noise=6) for g in (0.3, 0.1, 0.05)),
    "noise, levels": tuple(View(noise=n) for n in (8, 16, 24)),
}
"""Rendered plates: the named measure changes, everything else stays plain."""

DEGRADED: dict[str, Callable[[Image], Image]] = {
    "0.8 times the size": lambda image: _scaled(image, 0.8),
    "0.6 times the size": lambda image: _scaled(image, 0.6),
    "0.4 times the size": lambda image: _scaled(image, 0.4),
    "blurred by 1/640 of the width": lambda image: defocused(image, 1.0),
    "blurred by 2/640 of the width": lambda image: defocused(image, 2.0),
    "a fifth of the light": lambda image: exposed(image, 0.2, 6.0),
    "a twentieth of the light": lambda image: exposed(image, 0.05, 8.0),
    "noise of 20 levels": lambda image: exposed(image, 1.0, 20.0),
    "mirrored": lambda image: np.asarray(cv2.flip(image, 1), np.uint8),
}
"""What is done to real pictures; a mirrored plate says nothing, and any reading of it is wrong."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a person reads on a plate, "" where nobody can be certain; and its colour."""

    text: str
    colour: str


@dataclass(slots=True)
class Tally:
    """Plates by what came of them; `unchecked` are readings whose truth nobody knows."""

    exact: int = 0
    wrong: int = 0
    abstained: int = 0
    unchecked: int = 0

    def add(self, verdict: str) -> None:
        """Count one."""
        setattr(self, verdict, getattr(self, verdict) + 1)


@dataclass(slots=True)
class PlateReport:
    """The outcome; `conditions` are pictures made worse, with a tally each."""

    tally: Tally = field(default_factory=Tally)
    readings: dict[str, dict[str, Any]] = field(default_factory=dict)
    conditions: dict[str, Tally] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        conditions = {name: asdict(tally) for name, tally in self.conditions.items()}
        more = {"conditions": conditions} if conditions else {}
        return {**asdict(self.tally), "readings": self.readings, **more}

    def without_texts(self) -> dict[str, Any]:
        """The same without what the plates say: that is not to be published."""
        told = ("truth", "text", "guess", "signs")
        kept = {
            name: {key: value for key, value in reading.items() if key not in told}
            for name, reading in self.readings.items()
        }
        return self.to_json() | {"readings": kept}


def read_truth(folder: Path) -> dict[str, Truth]:
    """The plates of a folder's pictures by file name; raises DataError naming file and line."""
    path = folder / TRUTH_FILE
    if not path.is_file():
        raise DataError(
            f"{path} is missing: it names each picture, what its plate says and its colour, "
            "with tabs between"
        )
    truths: dict[str, Truth] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        name, text, colour = ([*line.split("\t"), "", ""])[:3]
        if not text or not (folder / name).is_file():
            what = "no reading" if not text else f"no picture {name!r} beside it"
            raise DataError(f"{path}:{number}: {what}; needed are picture, reading, colour")
        known = not text.startswith(UNREADABLE)
        # "yellow (two rows)": what is in brackets is for people.
        truths[name] = Truth(text.strip() if known else "", colour.split("(")[0].strip())
    return truths


def verdict(reading: PlateReading, truth: str) -> str:
    """What came of a plate that says `truth`, "" where nobody knows."""
    if not reading.text:
        return ABSTAINED
    if not truth:
        return UNCHECKED
    return EXACT if reading.text == truth else WRONG


def score_pictures(
    pictures: Iterable[tuple[str, Image]], truths: Mapping[str, Truth], read: Read, *, degrade: bool
) -> PlateReport:
    """Read every picture, and with `degrade` again in each condition."""
    report = PlateReport()
    for name, image in pictures:
        truth = truths[name]
        reading = read(image)
        came = verdict(reading, truth.text)
        report.tally.add(came)
        about = {"verdict": came, "truth": truth.text, "true_colour": truth.colour}
        report.readings[name] = {**reading.to_json(), **about}
        for condition, worse in DEGRADED.items() if degrade else ():
            says = "-" if condition == "mirrored" else truth.text
            came = verdict(read(worse(image)), says)
            report.conditions.setdefault(condition, Tally()).add(came)
    return report


def score_rendered(
    plates: int, seed: int, read: Read, progress: Callable[[int, int], None]
) -> PlateReport:
    """Read `plates` drawn plates in every rendered condition, the same plates in each."""
    report, done = PlateReport(), 0
    total = plates * sum(len(views) for views in RENDERED.values())
    for measure, views in RENDERED.items():
        for view in views:
            tally = report.conditions.setdefault(_named(measure, view), Tally())
            rng = np.random.default_rng(seed)
            for _ in range(plates):
                plate = draw_plate(rng)
                came = verdict(read(show(plate, view, rng)), plate.text)
                tally.add(came)
                report.tally.add(came)
                done += 1
                progress(done, total)
    return report


def _named(measure: str, view: View) -> str:
    plain = View()
    values = ((asdict(view)[key], value) for key, value in asdict(plain).items() if key != "noise")
    changed = [f"{new:g}" for new, old in values if new != old]
    if not changed and view.noise != plain.noise:
        changed = [f"{view.noise:g}"]
    return " ".join([measure, *changed])


def _scaled(image: Image, factor: float) -> Image:
    """The picture as a camera with fewer pixels would take it."""
    size_wh = (round(image.shape[1] * factor), round(image.shape[0] * factor))
    return np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
