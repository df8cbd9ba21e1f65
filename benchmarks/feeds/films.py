"""Films as files: encoded once, kept by what they show, with an index for the server."""

import hashlib
import json
import multiprocessing
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av

from benchmarks.feeds.plan import LEADS_TO, Film
from benchmarks.feeds.street import pictures
from models.fetch import cache_dir

VERSION = 1
"""Another number, other films: to be raised when what a plan looks like is changed."""
NICE = 10
ENCODERS = {"h264": "libx264", "hevc": "libx265"}
DIGITS = 12

Progress = Callable[[int, int], None]


def films_dir() -> Path:
    """Where films are kept if nothing else is said."""
    return cache_dir() / "films"


def make_films(films: Iterable[Film], folder: Path, jobs: int, progress: Progress) -> list[Path]:
    """Make those films that are not there yet; returns their files in order. Raises OSError."""
    films = list(films)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [film_path(film, folder) for film in films]
    lacking = [(f, p) for f, p in zip(films, paths, strict=True) if not index_path(p).exists()]
    progress(len(films) - len(lacking), len(films))
    if lacking:
        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(min(jobs, len(lacking)), os.nice, (NICE,)) as pool:
            for done, _ in enumerate(pool.imap_unordered(_make, lacking), 1):
                progress(len(films) - len(lacking) + done, len(films))
    return paths


def film_path(film: Film, folder: Path) -> Path:
    """The file of a film; another plan has another name."""
    told = {key: value for key, value in asdict(film).items() if value is not None}
    plan = json.dumps({"version": VERSION, **told}, sort_keys=True)
    return folder / f"{film.name}-{hashlib.sha256(plan.encode()).hexdigest()[:DIGITS]}.mp4"


def index_path(path: Path) -> Path:
    """Where the index of a film lies; it is written last."""
    return path.with_suffix(".json")


def write_film(film: Film, path: Path) -> None:
    """Render, encode and index a film; raises OSError."""
    part = path.with_suffix(".part")
    with av.open(str(part), "w", format="mp4") as container:
        added = container.add_stream(
            ENCODERS[film.codec], rate=Fraction(film.fps), options=_coding(film)
        )
        stream = cast("av.VideoStream", added)
        stream.width, stream.height = film.size_wh
        stream.pix_fmt, stream.time_base = "yuv420p", Fraction(1, film.fps)
        if film.codec == "hevc":
            stream.codec_context.codec_tag = "hvc1"
        for number, planes in enumerate(pictures(film)):
            frame = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    index = _index(film, part)
    part.replace(path)
    index_path(path).write_text(json.dumps(index), encoding="utf-8")


def _make(job: tuple[Film, Path]) -> None:
    write_film(*job)


def _coding(film: Film) -> dict[str, str]:
    """As a camera codes: a steady rate, no B pictures, a key picture every `gop_s`."""
    rate = f"{round(film.mbit * 1000)}k"
    common = {"preset": "superfast", "b": rate, "maxrate": rate, "bufsize": rate, "threads": "2"}
    if film.codec == "hevc":
        gop = f"keyint={film.gop}:min-keyint={film.gop}:scenecut=0:open-gop=0:bframes=0"
        return common | {"x265-params": f"log-level=error:pools=2:repeat-headers=0:{gop}"}
    whole = "sliced-threads=0:slices=1:ipratio=1.1"  # a picture is one slice, as cameras send it
    gops = {"g": str(film.gop), "keyint_min": str(film.gop), "sc_threshold": "0", "bf": "0"}
    return common | gops | {"x264-params": whole}


def _index(film: Film, path: Path) -> dict[str, Any]:
    """Where each coded picture lies in the file, and what the server has to know of it."""
    with av.open(str(path), format="mp4") as container:
        stream = container.streams.video[0]
        packets = [packet for packet in container.demux(stream) if packet.size]
        extradata = bytes(stream.codec_context.extradata or b"").hex()
    keys = [number for number, packet in enumerate(packets) if packet.is_keyframe]
    end = max(end for _, end in film.chapters.values())
    if keys != list(range(0, end, film.gop)):
        raise OSError(f"{path}: the encoder put key pictures where they do not belong: {keys}")
    return {
        "codec": film.codec,
        "size_wh": film.size_wh,
        "fps": film.fps,
        "gop": film.gop,
        "extradata": extradata,
        "units": [(packet.pos, packet.size) for packet in packets],
        "chapters": film.chapters,
        "leads_to": LEADS_TO if film.what else {},
    }
