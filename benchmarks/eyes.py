"""What one look costs, step by step: by size of picture, codec, distance of key pictures, zones.

Processor time of one thread, from the packet to what the network is fed, so that it does not
matter what else the machine does. Where key pictures come often enough a look is one of them;
elsewhere every picture since the last look has to be decoded.
"""

import os
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from benchmarks.feeds.plan import FPS, Film
from models.card import ModelCard
from models.letterbox import Letterbox
from streams.config import Camera
from streams.ring import FrameRing
from streams.video.decoder import Decoder
from streams.video.media_input import VideoInput
from streams.video.picture import to_picture
from vision.detections import Detections
from vision.frame import Picture, enlarged
from vision.motion import MotionGate, cells
from vision.zone import Zone

T = TypeVar("T")
KEYS = 12
"""Key pictures of a film that are measured."""
GOP_PICTURES = 100
"""Pictures decoded in a row where every one has to be."""
HEIGHTS = (1.0, 0.5, 0.25, 0.1)
GATED_S = 4.0
NOTHING = Detections.of([], [], [], ("car",))
GOPS_S = (1.0, 2.0, 4.0, 10.0, 25.0)
INTERVAL_S = 5.0


@dataclass(frozen=True, slots=True)
class Eye:
    """One film; milliseconds of processor time for each picture.

    `key_ms` decodes a key picture alone and `each_ms` a picture in a row; `take_ms` gets its planes
    out, `share_ms` puts them where other processes see them, `gate_ms` compares them with what was
    there, `fit_ms` makes the network's input of them. `enlarge_ms` brings a sub-stream's picture to
    the size of the main stream's, where the steps after it find it; 0 for a main stream.
    """

    width: int
    height: int
    codec: str
    mbit: float
    night: bool
    passing: int
    key_ms: float
    each_ms: float
    take_ms: float
    share_ms: float
    gate_ms: float
    fit_ms: float
    enlarge_ms: float = 0.0

    def look_ms(self, gop_s: float, interval_s: float = INTERVAL_S) -> float:
        """Of a look every `interval_s` at a camera with key pictures `gop_s` apart, no network."""
        rest_ms = self.take_ms + self.enlarge_ms + self.share_ms + self.gate_ms + self.fit_ms
        if gop_s <= interval_s:
            return self.key_ms + rest_ms
        return self.each_ms * FPS * interval_s + rest_ms


def measure_eye(
    film: Film, path: Path, card: ModelCard, main_wh: tuple[int, int] | None = None
) -> Eye:
    """Measure a film, a sub-stream beside pictures of `main_wh` if given.

    Raises SourceError where its file is none.
    """
    camera = Camera(id="film", name=film.name, uri=str(path))
    with VideoInput(camera) as video:
        decoder = Decoder(video.coded, Counter())
        packets = [packet for packet, _ in video.packets()]
        keys = [packet for packet in packets if packet.is_keyframe][:KEYS]
        decoder.key_alone(keys[0], 0.0)
        key_ms, alone = _cost(keys, lambda packet: decoder.key_alone(packet, 0.0))
        each_ms, _ = _cost(packets[:GOP_PICTURES], lambda packet: decoder.feed(packet, 0.0))
        frames = [pictures[0].frame for pictures in alone]
        take_ms, pictures = _cost(frames, to_picture)
    enlarge_ms = 0.0
    if main_wh is not None:
        enlarge_ms, pictures = _cost(pictures, lambda picture: enlarged(picture, main_wh))
    width, height = card.input_wh
    slot, letterbox = np.empty((3, height, width), np.float32), Letterbox(card)
    fit_ms, _ = _cost(pictures, lambda picture: letterbox.write(picture, slot))
    return Eye(
        *film.size_wh, film.codec, film.mbit, film.night, film.passing,
        key_ms, each_ms, take_ms, _share_ms(pictures),
        _cost(pictures, cells)[0], fit_ms, enlarge_ms,
    )  # fmt: skip


def gating(films: Sequence[tuple[Path, str]]) -> list[dict[str, float]]:
    """Share of the looks at films, 4 s apart, that the network is spared, by how much is watched.

    `watched` is the height of a band across the middle that a zone fills, as a share of the
    picture's. Whoever looks sees nothing: what counts is which pictures differ.
    """
    shown = [_keys(path, name) for path, name in films]
    figures = []
    for share in HEIGHTS:
        low, high = 0.5 - share / 2, 0.5 + share / 2
        zone = Zone("band", "no_parking", ((0.0, low), (1.0, low), (1.0, high), (0.0, high)))
        spared = looks = 0
        for pictures in shown:
            gate = MotionGate([zone])
            for number, picture in enumerate(pictures):
                t_s, now = number * GATED_S, cells(picture)
                looks += 1
                if gate.recall(t_s, now) is not None:
                    spared += 1
                else:
                    gate.learn(t_s, now, NOTHING)
        figures.append({"height": share, "spared": round(spared / max(1, looks), 3)})
    return figures


def _keys(path: Path, name: str) -> list[Picture]:
    """Key pictures of a film some 4 s apart."""
    camera = Camera(id="film", name=name, uri=str(path))
    with VideoInput(camera) as video:
        decoder, shown, due_s = Decoder(video.coded, Counter()), list[Picture](), 0.0
        for packet, pts_s in video.packets():
            if packet.is_keyframe and pts_s >= due_s:
                due_s = pts_s + GATED_S
                shown += [to_picture(p.frame) for p in decoder.key_alone(packet, pts_s)]
    return shown


def report(eyes: Sequence[Eye], gates: Sequence[dict[str, float]]) -> dict[str, Any]:
    """Plain JSON values."""
    films = [{k: _rounded(v) for k, v in asdict(eye).items()} for eye in eyes]
    return {"films": films, "gate": list(gates), "fps": FPS, "interval_s": INTERVAL_S}


def _cost(things: Sequence[Any], work: Callable[[Any], T]) -> tuple[float, list[T]]:
    """Milliseconds of this thread for each thing, and what came of it."""
    began_s = time.thread_time()
    made = [work(thing) for thing in things]
    return (time.thread_time() - began_s) * 1000 / max(1, len(things)), made


def _share_ms(pictures: Sequence[Picture]) -> float:
    """What it takes to put the pictures where other processes see them."""
    ring = FrameRing(f"skyeye-eyes-{os.getpid()}", 2 * max(p.nbytes for p in pictures))

    def lend(picture: Picture) -> None:
        slot = ring.write(picture, 0.0)
        if slot is not None:
            ring.release(slot)

    try:
        lend(pictures[0])  # its pages are there from now on
        return _cost(pictures, lend)[0]
    finally:
        ring.close()


def _rounded(value: Any) -> Any:  # noqa: ANN401 - a figure or a word
    return round(value, 3) if isinstance(value, float) else value
