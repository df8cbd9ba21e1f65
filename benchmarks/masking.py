"""How many heads and number plates are hidden in masked copies, and how much of the picture goes.

VOC marks people, not heads, so a head is taken to be at the top in the middle of a person's box;
that is told apart by how large somebody is and whether they stand. Plates are read before and
after.
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
from numpy.typing import NDArray

from benchmarks.yolo_names import DataError
from models.plate_reading import PlateReading
from vision.boxes import Boxes, as_boxes, clip
from vision.concealment import UPRIGHT, Concealed, Sights, conceal
from vision.frame import Image
from vision.mosaic import hidden

ENOUGH = 0.9
"""A head counts as hidden if this share of its proxy is."""
SIZES_PX = {"up to 40 px high": 40, "40 to 100 px": 100, "100 px and more": 10**6}
HEAD_TOP = {True: 0.18, False: 0.35}
"""Share of a person's height that the head has at the top, upright or not."""
HEAD_SIDE = {True: 0.25, False: 0.3}
"""How far it is to either side of the middle, as a share of the width."""

Find = Callable[[Image], Sights]
Read = Callable[[Image], PlateReading]


@dataclass(slots=True)
class Count:
    """How many there are, and how many of them are hidden."""

    all: int = 0
    hidden: int = 0

    def add(self, *, is_hidden: bool) -> None:
        """Count one more."""
        self.all += 1
        self.hidden += is_hidden


@dataclass(slots=True)
class MaskingReport:
    """What was hidden; `people` by size, `posture` by whether their box is upright.

    `painted` is the share of all pictures' pixels that was painted over; `missed` names the
    pictures in which a head shows. Plates: `plates_read` before, `plates_left` after.
    """

    pictures: int = 0
    people: dict[str, Count] = field(default_factory=lambda: {name: Count() for name in SIZES_PX})
    posture: dict[str, Count] = field(
        default_factory=lambda: {"upright": Count(), "sits, rides or cut off": Count()}
    )
    hard: Count = field(default_factory=Count)
    painted: float = 0.0
    missed: dict[str, int] = field(default_factory=dict)
    plate_pictures: int = 0
    plates_read: int = 0
    plates_left: int = 0

    @property
    def heads(self) -> Count:
        """All people, those that VOC marks as difficult left out."""
        counts = self.people.values()
        return Count(sum(c.all for c in counts), sum(c.hidden for c in counts))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"heads": asdict(self.heads), **asdict(self)}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in a picture; `is_hard` as VOC marks what is hardly to be made out."""

    box: tuple[float, float, float, float]
    is_hard: bool


def read_people(annotation: Path) -> list[Person]:
    """The people of a VOC annotation; raises DataError naming the file."""
    try:
        # Expat 2.4.1 and later stop entities that grow without end.
        root = ElementTree.parse(annotation).getroot()  # noqa: S314
        return [
            _person(thing) for thing in root.iter("object") if thing.findtext("name") == "person"
        ]
    except (ElementTree.ParseError, ValueError) as error:
        raise DataError(f"{annotation}: not a VOC annotation: {error}") from None


def score_people(
    report: MaskingReport, pictures: Iterable[tuple[str, Image, list[Person]]], find: Find
) -> None:
    """Mask each picture and see whose head is hidden."""
    painted_px = all_px = 0
    for name, image, people in pictures:
        concealed = conceal(find(image), None, keep_plate=False)
        mask = painted_mask(concealed, image)
        painted_px, all_px = painted_px + int(mask.sum()), all_px + mask.size
        report.pictures += 1
        for person in people:
            _count(report, name, person, mask)
    report.painted = round(painted_px / max(all_px, 1), 4)


def score_plates(report: MaskingReport, images: Iterable[Image], find: Find, read: Read) -> None:
    """Read each picture's plate, mask the picture, and try again."""
    for image in images:
        report.plate_pictures += 1
        before = read(image)
        concealed = conceal(find(image), None, keep_plate=False)
        masked = image
        for boxes in (concealed.guessed, concealed.plates):
            masked = hidden(masked, boxes, 1)
        report.plates_read += bool(before.text)
        report.plates_left += bool(read(masked).text)


def painted_mask(concealed: Concealed, image: Image) -> NDArray[np.bool_]:
    """Which pixels of a picture are painted over, (H, W)."""
    height, width = image.shape[:2]
    mask = np.zeros((height, width), dtype=bool)
    parts = np.concatenate([concealed.heads, concealed.plates, concealed.guessed])
    for x1, y1, x2, y2 in clip(parts, (width, height)):
        mask[int(np.floor(y1)) : int(np.ceil(y2)), int(np.floor(x1)) : int(np.ceil(x2))] = True
    return mask


def head_proxy(box: tuple[float, float, float, float]) -> Boxes:
    """Where the head of a person is likely to be, (1, 4)."""
    x1, y1, x2, y2 = box
    upright = y2 - y1 >= UPRIGHT * (x2 - x1)
    centre, side = (x1 + x2) / 2, HEAD_SIDE[upright] * (x2 - x1)
    return as_boxes([centre - side, y1, centre + side, y1 + HEAD_TOP[upright] * (y2 - y1)])


def _count(report: MaskingReport, name: str, person: Person, mask: NDArray[np.bool_]) -> None:
    x1, y1, x2, y2 = head_proxy(person.box)[0].round().astype(int)
    part = mask[max(0, y1) : max(y2, y1 + 1), max(0, x1) : max(x2, x1 + 1)]
    is_hidden = bool(part.size) and float(part.mean()) >= ENOUGH
    if person.is_hard:
        report.hard.add(is_hidden=is_hidden)
        return
    height = person.box[3] - person.box[1]
    size = next(name for name, most in SIZES_PX.items() if height < most)
    report.people[size].add(is_hidden=is_hidden)
    upright = height >= UPRIGHT * (person.box[2] - person.box[0])
    report.posture["upright" if upright else "sits, rides or cut off"].add(is_hidden=is_hidden)
    if not is_hidden:
        report.missed[name] = report.missed.get(name, 0) + 1


def _person(thing: ElementTree.Element) -> Person:
    x1, y1, x2, y2 = (
        float(thing.findtext(f"bndbox/{edge}") or "nan")
        for edge in ("xmin", "ymin", "xmax", "ymax")
    )
    if not x1 < x2 or not y1 < y2:
        raise ValueError("a person has no box")
    return Person((x1 - 1, y1 - 1, x2, y2), thing.findtext("difficult", "0").strip() == "1")
