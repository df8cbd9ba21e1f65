"""`skyeye bench feeds`: many live cameras on this machine, and what looking at them takes."""

import json
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import record
from benchmarks.feeds import films, rtsp_server
from benchmarks.feeds.plan import Film, feeds as planned, last_arrival_s, sub_stream
from benchmarks.feeds.run import SETTLE_S, Say, Wanted, measure
from models.card import load_card
from models.commands import Json
from streams.commands import fetch_all, fetch_plates
from streams.config import DetectorConfig
from streams.detectors import detector_specs

out = Console()
err = Console(stderr=True)


def bench_feeds(
    count: Annotated[int, typer.Option("--feeds", min=1, help="Cameras.")] = 16,
    seconds: Annotated[float, typer.Option(min=10, help="How long is measured.")] = 60.0,
    interval: Annotated[float, typer.Option(min=0.2, help="Seconds between looks.")] = 5.0,
    model: Annotated[str, typer.Option(help="The one detector: a card's name.")] = "yolo11n-wide",
    site: Annotated[
        Path | None, typer.Option(help="TOML with further keys of a site: threads, say.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--films", help="Where the films are kept.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Films made at a time.")] = 1,
    *,
    sub_streams: Annotated[
        bool, typer.Option("--sub-streams", help="Each camera has a smaller stream to look at.")
    ] = False,
    json_: Json = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result.")] = False,
) -> None:
    """Serve rendered films as so many RTSP cameras, and measure a node that looks at them."""
    if reason := rtsp_server.missing():
        raise OSError(
            f"{reason}: install python3-gi, gir1.2-gst-rtsp-server-1.0, "
            "gstreamer1.0-plugins-base, -good and -bad"
        )
    keys = {} if site is None else tomllib.loads(site.read_text(encoding="utf-8"))
    fetch_all(detector_specs([DetectorConfig(model=model)]))
    fetch_plates()
    feeds = planned(count, last_arrival_s(SETTLE_S, seconds, interval))
    with _progress() as say:
        shown = [feed.film for feed in feeds]
        shown += [sub_stream(film) for film in shown] if sub_streams else []
        made = _films(shown, folder or films.films_dir(), jobs, say)
        wanted = Wanted(seconds, interval, keys | {"detectors": [{"model": model}]}, sub_streams)
        result = measure(feeds, made, wanted, say)
    kept = _record(result, model, made)
    if save:
        name = f"feeds-{count}" + ("-sub-streams" if sub_streams else "")
        err.print(f"kept as {record.save(name, kept)}", soft_wrap=True)
    if json_:
        print(json.dumps(kept, ensure_ascii=False, indent=1))
    else:
        show(result)


def show(result: dict[str, Any]) -> None:
    """Print what matters of a result."""
    table = Table("measured", "", title=f"{result['feeds']} feeds, {result['seconds']:.0f} s")
    for key in SHOWN:
        value = result[key]
        table.add_row(key, f"{value:.3f}" if isinstance(value, float) else str(value))
    stages = Table("process", "cores", "CPU-s per feed-minute", "RSS, GiB", title="Stages")
    for name, stage in result["stages"].items():
        cells = (stage[key] for key in ("cpu_cores", "cpu_s_per_feed_minute", "rss_gib"))
        stages.add_row(name, *(f"{cell:.3f}" for cell in cells))
    out.print(table, stages)


SHOWN = (
    "connect_s", "looks", "unchanged", "interval_p50_s", "interval_p95_s", "interval_max_s",
    "age_p50_s", "age_p95_s", "age_max_s", "cpu_cores", "per_feed_core_ms", "cpu_s_per_look",
    "server_cpu_cores", "server_per_feed_core_ms", "idle", "saturated", "rss_gib", "pss_gib",
    "rss_growth", "drops", "planted", "raised", "doubled", "false", "missed",
)  # fmt: skip


def _films(shown: Sequence[Film], folder: Path, jobs: int, say: Say) -> dict[str, Path]:
    """The files of the films that are shown, by name; made where they are lacking."""
    wanted = list(dict.fromkeys(shown))
    paths = films.make_films(wanted, folder, jobs, lambda done, of: say("films", done, of))
    return {film.name: path for film, path in zip(wanted, paths, strict=True)}


def _record(result: dict[str, Any], model: str, made: dict[str, Path]) -> dict[str, Any]:
    """The result with its circumstances around it, all on one level."""
    files = sorted(made.values())
    around = record.envelope(
        {},
        data_sha256=record.data_sha256(files[0].parent, files),
        model=model,
        sha256=load_card(model).sha256,
    )
    del around["result"]
    return {**result, **around}


@contextmanager
def _progress() -> Iterator[Say]:
    """A line on standard error that says what goes on."""
    with err.status("") as line:
        yield lambda what, done, of: line.update(f"{what} {done}/{of}")
