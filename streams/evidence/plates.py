"""When the plate of something that stands is read, and what a case then says of it."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from models.plate_reading import LEAST_WIDTH_PX, PlateReading, Unread, vote
from vision.boxes import Box
from vision.frame import Image, Picture
from vision.identity import CONFIDENT, Failure, PlateNote
from vision.violation import Fact

ReadPlate = Callable[[Image], PlateReading | None]
"""Reads the plate in a picture of a vehicle (H, W, 3) BGR; None when there is no time for it."""

AGAIN_S = 10.0
"""A second reading is tried so long after the first, and each further one after twice as long."""
MOST_TRIES = 5
MOST_KEPT = 8
ENOUGH = 2
"""So many readings that agree make another one needless."""
MARGIN = 0.05
"""A vehicle is shown with so much of its box's size around it: bumpers stick out of boxes."""
PLATE_M, WIDEST_M = 0.44, 2.55
"""Width of a plate (GA 36-2018), and of the widest vehicle that roads allow (GB 1589-2016)."""
LARGE_PX = LEAST_WIDTH_PX[1] * WIDEST_M / PLATE_M
"""A vehicle of this width has a legible plate if it shows its front or rear, whichever it is."""
SIDE_ASPECT = 1.5
"""A car's side (4.5 by 1.5 m) is wider than so many times its height: three times where a camera
looks level, 1.9 times where it looks down by 45 degrees and sees its width too."""
EDGE_PX = 2.0
"""A box that comes so close to the edge of the picture may be cut off by it."""


@dataclass(frozen=True, slots=True)
class PlateLook:
    """One attempt at reading a plate; `taken_s` UTC seconds."""

    taken_s: float
    reading: PlateReading

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"taken_s": self.taken_s, **self.reading.to_json()}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        return cls(value["taken_s"], PlateReading.from_json(value))


def read_at(image: Picture, box: Box, read: ReadPlate) -> PlateReading | None:
    """The reading of the vehicle at `box` (source pixels), its own box in the same pixels."""
    x1, y1, x2, y2 = box
    dx, dy = MARGIN * (x2 - x1), MARGIN * (y2 - y1)
    left, top = max(0, int(x1 - dx)), max(0, int(y1 - dy))
    reading = read(image[top : max(top + 1, int(y2 + dy)), left : max(left + 1, int(x2 + dx))])
    return None if reading is None else reading.moved(left, top)


def plate_note(looked: PlateLook, box: Box, size_wh: tuple[int, int]) -> PlateNote:
    """An attempt at the plate of the vehicle at `box`, as the ledger counts it; source pixels."""
    reading, no_plate = looked.reading, looked.reading.reason is Unread.NO_PLATE
    failure = Failure.OTHER
    if reading.reason is Unread.TOO_SMALL or (no_plate and box[2] - box[0] < LARGE_PX):
        failure = Failure.SMALL
    elif no_plate and _faces(box, size_wh):
        failure = Failure.NOT_FOUND
    return PlateNote(reading.text, reading.confidence, looked.taken_s, failure)


def _faces(box: Box, size_wh: tuple[int, int]) -> bool:
    """Whether a vehicle is all in the picture and does not look as one does from its side."""
    x1, y1, x2, y2 = box
    is_whole = min(x1, y1, size_wh[0] - x2, size_wh[1] - y2) >= EDGE_PX
    return is_whole and x2 - x1 <= SIDE_ASPECT * (y2 - y1)


def is_best(looks: Sequence[PlateLook], reading: PlateReading) -> bool:
    """Whether a reading is the surest one so far, so that its picture is the one to show."""
    earlier = (look.reading.confidence for look in looks if look.reading.text)
    return bool(reading.text) and reading.confidence > max(earlier, default=0.0)


def with_look(looks: Sequence[PlateLook], look: PlateLook) -> tuple[PlateLook, ...]:
    """The looks with one more; of a vehicle that stands for weeks the surest ones are kept."""
    kept = [*looks, look]
    if len(kept) > MOST_KEPT:
        kept.remove(min(kept, key=lambda kept_look: kept_look.reading.confidence))
    return tuple(kept)


def wants_look(looks: Sequence[PlateLook], t_s: float) -> bool:
    """Whether another attempt is worth its time at `t_s` (UTC seconds)."""
    texts = Counter(look.reading.text for look in looks if look.reading.text)
    if len(looks) >= MOST_TRIES or max(texts.values(), default=0) >= ENOUGH:
        return False
    return not looks or t_s - looks[-1].taken_s >= AGAIN_S * 2 ** (len(looks) - 1)


def plate_facts(looks: Sequence[PlateLook]) -> dict[str, Fact]:
    """What a case says of the plate: its signs, or why they are not known."""
    read = [look.reading for look in looks if look.reading.text]
    facts = {"plate_readings": Fact(len(read)), "plate_unread": Fact(len(looks) - len(read))}
    signs = vote([reading.signs for reading in read])
    text = "".join(sign.text for sign in signs)
    confidence = min((sign.confidence for sign in signs), default=0.0)
    colour = next((reading.colour for reading in read if reading.text == text), "")
    if not colour or confidence < CONFIDENT:
        reasons = Counter(str(look.reading.reason) for look in looks)
        why = "disagree" if read else max(reasons, key=lambda r: reasons[r], default="not_tried")
        return {"plate_problem": Fact(why), **facts}
    return {
        "plate": Fact(text),
        "plate_colour": Fact(colour),
        "plate_confidence": Fact(round(confidence, 3)),
        "plate_signs": Fact(" ".join(f"{sign.text} {sign.confidence:.2f}" for sign in signs)),
        **facts,
    }


def with_plate(facts: dict[str, Fact], looks: Sequence[PlateLook]) -> dict[str, Fact]:
    """The facts of a violation with those of its plate; a ledger's own count of it has its say."""
    seen = plate_facts(looks)
    if "plate_readings" in facts and facts.get("plate") != seen.get("plate"):
        seen = {"plate_problem": seen["plate_problem"]} if "plate_problem" in seen else {}
    if "plate" in facts:
        seen.pop("plate_problem", None)
    return {**facts, **seen, **{n: f for n, f in facts.items() if n.startswith("plate")}}
