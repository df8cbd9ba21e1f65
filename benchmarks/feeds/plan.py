"""Which films there are, which camera shows which, and what is planted in them. Pure.

A film that something is planted in has four chapters of CHAPTER_S: the empty street, the arrival,
the thing standing, its departure. The server repeats the first and the third for as long as the
camera's timetable says, so that one film serves a violation, a short stop, and neither.
"""

from dataclasses import dataclass, replace
from itertools import cycle, islice
from typing import Literal

Role = Literal["comes", "stands", "stops", "nothing"]
What = Literal["car", "bike", ""]

FPS = 25
CHAPTER_S = 20.0
ARRIVES_S, LEAVES_S = 12.0, 6.0
"""When the planted thing comes to a stop in its chapter, and when it moves off in the last one."""
DWELL_S = 30.0
"""Longer than a short stop lasts: the rest of one chapter and the beginning of another."""
PLAIN_S = 60.0
STOPS_EVERY_S = 70.0
EMPTY, COMES, STANDS, LEAVES, WHOLE = "empty", "comes", "stands", "leaves", "whole"
LEADS_TO = {COMES: STANDS, LEAVES: EMPTY}
ROLES: tuple[Role, ...] = ("comes", "stands", "stops", "nothing")
KIND = {"car": "illegal_parking", "bike": "stray_bikes"}
ZONE = {"car": "kerb", "bike": "pavement"}

HD, FULL_HD, QUAD_HD = (1280, 720), (1920, 1080), (2560, 1440)
SUB_STREAM_WH = (640, 360)


@dataclass(frozen=True, slots=True)
class Film:
    """A film to be rendered: the same plan gives the same film.

    `gop_s` is the distance of its key pictures. `passing` vehicles drive by a minute; `bays` has
    vehicles and bikes where they may stand, all the time. `filmed_wh`: a larger size that the
    pictures had before they were brought to `size_wh`.
    """

    seed: int
    what: What = ""
    passing: int = 0
    size_wh: tuple[int, int] = FULL_HD
    gop_s: float = 2.0
    mbit: float = 4.0
    codec: Literal["h264", "hevc"] = "h264"
    night: bool = False
    bays: bool = False
    fps: int = FPS
    filmed_wh: tuple[int, int] | None = None

    @property
    def name(self) -> str:
        """What it is called."""
        when = "night" if self.night else "day"
        return f"{self.seed:02d}-{self.what or 'plain'}-{self.size_wh[1]}p-{self.codec}-{when}"

    @property
    def chapters(self) -> dict[str, tuple[int, int]]:
        """First picture and end of each chapter; a whole number of GOPs each."""
        names, seconds = ((EMPTY, COMES, STANDS, LEAVES), CHAPTER_S) if self.what else (
            (WHOLE,), PLAIN_S,
        )  # fmt: skip
        long = round(seconds * self.fps)
        return {name: (n * long, (n + 1) * long) for n, name in enumerate(names)}

    @property
    def gop(self) -> int:
        """Pictures from one key picture to the next."""
        return round(self.gop_s * self.fps)


def _films() -> tuple[Film, ...]:
    """Twenty-four: in each four, one of cars, one of bikes, one with traffic and one still."""
    return (
        Film(0, "car", 4),
        Film(1, "bike", 2, gop_s=4.0),
        Film(2, "", 24),
        Film(3, "", 0, gop_s=4.0),
        Film(4, "car", 12, gop_s=1.0, bays=True),
        Film(5, "bike", 0, codec="hevc"),
        Film(6, "", 30, QUAD_HD),
        Film(7, "", 0, bays=True),
        Film(8, "car", 0, gop_s=4.0),
        Film(26, "bike", 8, HD, mbit=2.0),
        Film(10, "", 20, gop_s=1.0, night=True),
        Film(11, "", 1, gop_s=10.0),
        Film(12, "car", 6, QUAD_HD, gop_s=4.0),
        Film(13, "bike", 4, gop_s=1.0, bays=True),
        Film(14, "", 16, codec="hevc", gop_s=4.0),
        Film(15, "", 0, HD, mbit=2.0),
        Film(16, "car", 3, night=True),
        Film(17, "bike", 3),
        Film(18, "", 24, bays=True, gop_s=4.0),
        Film(19, "", 2, night=True, mbit=2.0),
        Film(20, "car", 10, gop_s=10.0),
        Film(21, "bike", 6, gop_s=4.0, bays=True),
        Film(22, "", 18, mbit=2.0),
        Film(23, "", 0, codec="hevc"),
    )


FILMS = _films()


def sub_stream(film: Film) -> Film:
    """What a camera sends beside its main stream: the same street, as cameras are set at first."""
    return replace(
        film, size_wh=SUB_STREAM_WH, filmed_wh=film.size_wh, mbit=0.5, gop_s=1.0, codec="h264"
    )


@dataclass(frozen=True, slots=True)
class Feed:
    """A camera: its film, where it begins in it, and the chapters that it is to show when.

    `timetable` has seconds since all cameras were live.
    """

    name: str
    film: Film
    role: Role
    chapter: str
    start: int
    timetable: tuple[tuple[float, str], ...]

    @property
    def is_planted(self) -> bool:
        """Whether there is exactly one violation to be raised at it."""
        return self.role in {"comes", "stands"}


def feeds(count: int, last_s: float, films: tuple[Film, ...] = FILMS) -> tuple[Feed, ...]:
    """So many cameras; what comes does so before `last_s` (see `last_arrival_s`).

    Roles go round among the cameras with something planted, and each showing of a film begins at
    another key picture. Arrivals are spread over the time.
    """
    shown = list(islice(cycle(films), count))
    roles, comes = cycle(ROLES), sum(1 for film in shown if film.what) // len(ROLES) + 1
    made, come = list[Feed](), 0
    for number, film in enumerate(shown):
        role: Role = next(roles) if film.what else "nothing"
        chapter, timetable = next(iter(film.chapters)), tuple[tuple[float, str], ...]()
        if role == "comes":
            timetable, come = ((last_s * come / comes, COMES),), come + 1
        elif role == "stands":
            chapter = STANDS
        elif role == "stops":
            timetable = _stops(last_s + CHAPTER_S, number % 4 * 5.0)
        start = number // len(films)
        made.append(Feed(f"feed-{number:03d}", film, role, chapter, start, timetable))
    return tuple(made)


def last_arrival_s(settle_s: float, seconds: float, interval_s: float) -> float:
    """By when the last thing has to be sent so that it is raised within the run, 0 at least."""
    until_raised_s = CHAPTER_S + ARRIVES_S + DWELL_S + 3 * interval_s
    return max(0.0, settle_s + seconds - until_raised_s)


def _stops(until_s: float, from_s: float) -> tuple[tuple[float, str], ...]:
    """Something comes again and again, and never for long."""
    entries, at_s = list[tuple[float, str]](), from_s
    while at_s < until_s:
        entries += [(at_s, COMES), (at_s, LEAVES)]
        at_s += STOPS_EVERY_S
    return tuple(entries)
