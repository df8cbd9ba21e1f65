"""`skyeye bench peers`: what a user would run instead, on the same feeds."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import record
from benchmarks.feeds import films, rtsp_server
from benchmarks.feeds.run import Say
from benchmarks.peers import environment
from benchmarks.peers.run import SETTLE_S, Setup, ffmpeg, measure, standing
from benchmarks.peers.trial import Timing
from models.card import load_card
from models.commands import Json
from models.fetch import fetch
from streams.commands import fetch_plates

NAME = "peers"
MODEL = "yolo11n-wide"
out = Console()
err = Console(stderr=True)


def bench_peers(
    count: Annotated[int, typer.Option("--feeds", min=1, help="Cameras.")] = 8,
    seconds: Annotated[float, typer.Option(min=10, help="How long each is measured.")] = 60.0,
    interval: Annotated[float, typer.Option(min=0.2, help="Seconds between looks.")] = 5.0,
    threads: Annotated[int, typer.Option(min=1, help="Threads of everybody's network.")] = 1,
    folder: Annotated[
        Path | None, typer.Option("--films", help="Where the films are kept.")
    ] = None,
    *,
    parts: Annotated[bool, typer.Option(help="Measure peers without a part too.")] = True,
    json_: Json = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result.")] = False,
) -> None:
    """Measure ultralytics, OpenCV with supervision, an expert's pipe and Skyeye, in turn."""
    if reason := rtsp_server.missing():
        raise OSError(
            f"{reason}: install python3-gi, gir1.2-gst-rtsp-server-1.0, "
            "gstreamer1.0-plugins-base, -good and -bad"
        )
    if not ffmpeg():
        err.print("There is no ffmpeg here, so the expert's pipe is left out; install ffmpeg.")
    card = load_card(MODEL)
    network = fetch(card)
    fetch_plates()
    feeds, shelf = standing(count), folder or films.films_dir()
    shown = list(dict.fromkeys(feed.film for feed in feeds))
    with _progress() as say:
        python = environment.make(lambda what: say(what, 0, 1))
        paths = films.make_films(shown, shelf, 1, lambda done, of: say("films", done, of))
        made = {film.name: path for film, path in zip(shown, paths, strict=True)}
        setup = Setup(card, network, python, interval, threads, Timing(SETTLE_S, seconds))
        result = measure(feeds, made, setup, say, parts=parts)
    kept = record.envelope(
        result,
        data_sha256=record.data_sha256(shelf, made.values()),
        model=card.name,
        sha256=card.sha256,
    )
    if save:
        err.print(f"kept as {record.save(NAME, kept)}", soft_wrap=True)
    if json_:
        print(json.dumps(kept, ensure_ascii=False, indent=1))
    else:
        show(result)


def show(result: dict[str, Any]) -> None:
    """Print what matters of a result."""
    table = Table(
        *("", "feeds", "feeds a core", "CPU-ms a look", "looks a feed", "interval p95, s"),
        *("longest", "vehicle seen", "RSS, GiB", "processes", "threads"),
        title=f"{result['feeds']} feeds, a look every {result['look_interval_s']:g} s",
    )
    for key, peer in result["peers"].items():
        table.add_row(result["titles"][key], *cells(peer))
    out.print(table)
    for node, against in result["ratios"].items():
        told = ", ".join(f"{times:.1f} x {result['titles'][k]}" for k, times in against.items())
        out.print(f"{result['titles'][node]}: {told}", soft_wrap=True)
    for key, reason in result["skipped"].items():
        out.print(f"{key}: {reason}")


def cells(peer: dict[str, Any]) -> tuple[str, ...]:
    """One peer's row, behind its name."""
    look, spread, seen = peer["cpu_s_per_look"], peer["interval_s"], peer["planted_seen"]
    return (
        str(peer["feeds"]) + (" (saturated)" if peer["saturated"] else ""),
        f"{peer['feeds_per_core']:.1f}",
        "–" if look is None else f"{1000 * look:.0f}",
        f"{peer['per_feed']:.1f} of {peer['wanted']:.1f}"
        + ("" if peer["equal_coverage"] else " (too few)"),
        f"{spread['p95']:.1f}",
        f"{spread['max']:.1f}",
        "–" if seen is None else f"{100 * seen:.0f} %",
        f"{peer['rss_gib']:.2f}",
        str(peer["processes"]),
        str(peer["threads"]),
    )


@contextmanager
def _progress() -> Iterator[Say]:
    """A line on standard error that says what goes on."""
    with err.status("") as line:
        yield lambda what, done, of: line.update(f"{what} {done}/{of}")
