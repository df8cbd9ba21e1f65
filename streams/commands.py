"""`skyeye run` and `skyeye replay`: live cameras, and clips as if they were."""

import json
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from models.card import load_card
from models.commands import progress_bar
from models.fetch import fetch
from models.plates import CARDS
from streams.config import (
    DEFAULT_DETECTORS,
    ConfigError,
    DetectorConfig,
    Site,
    load_camera,
    load_site,
)
from streams.detectors import (
    DetectorSpec,
    check_cameras,
    detector_specs,
    needed_by,
    needed_specs,
)
from streams.node import run_node
from streams.panel import opened
from streams.plates import open_plates, wants_plates
from streams.replay import Line, Replay, ReplayResult
from streams.video.hardware import accelerator

out = Console()
err = Console(stderr=True)

Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
Models = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="Model card, with @SECONDS if it looks more rarely than the camera; may be repeated.",
    ),
]
CameraFile = Annotated[Path, typer.Option("--camera", help="The camera's TOML file.")]
INTERRUPTED = 130


def run(
    site_file: Annotated[Path, typer.Argument(help="The site's TOML file.", metavar="SITE")],
    for_s: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds.", min=1)
    ] = None,
) -> None:
    """Watch a site's cameras until Ctrl-C; `skyeye serve` shows their cases."""
    site = load_site(site_file)
    accelerator(site.decode_on)
    specs = site_specs(site)
    fetch_all(needed_specs(site.cameras, specs))
    if wants_plates(site.cameras):
        fetch_plates()
    raise typer.Exit(run_node(site, specs, duration_s=for_s, plates=open_plates))


def check(
    site_file: Annotated[Path, typer.Argument(help="The site's TOML file.", metavar="SITE")],
    json_: Json = False,
) -> None:
    """Check a site without starting it: its cameras, and which network looks for what."""
    site = load_site(site_file)
    specs = site_specs(site)
    check_cameras(site.cameras, specs)
    names_of = {spec.name: spec.names for spec in specs}
    needed = {camera.id: sorted(needed_by(camera, names_of)) for camera in site.cameras}
    if json_:
        print(json.dumps({"cameras": needed}, ensure_ascii=False))
        return
    table = Table("camera", "rules", "looked at by")
    for camera in site.cameras:
        table.add_row(camera.id, str(len(camera.rules)), ", ".join(needed[camera.id]) or "none")
    out.print(table)


def replay(
    clip: Annotated[Path, typer.Argument(help="A video file.")],
    camera: CameraFile,
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for packets and state.")],
    model: Models = None,
    backend: Annotated[str, typer.Option(help="See `skyeye models`.")] = "auto",
    threads: Annotated[int | None, typer.Option(min=1, help="Processor threads.")] = None,
    start_at: Annotated[
        str | None, typer.Option(help="When the clip begins, as 2026-11-23T08:00:00.")
    ] = None,
    json_: Json = False,
) -> None:
    """Play a clip as if it were its camera, and print what it violates.

    A replay that was interrupted goes on where it was when it is called again.
    """
    watched = load_camera(camera)
    start_at_s = None if start_at is None else _utc_s(start_at)
    specs = needed_specs([watched], detector_specs(chosen(model), backend, threads))
    fetch_all(specs)
    read_plate = None
    if wants_plates([watched]):
        fetch_plates()
        read_plate = open_plates()
    replaying = Replay(clip, watched, out_dir, opened(specs), start_at_s, read_plate=read_plate)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _playing(clip.name) as progress:
        result = replaying.run(_print_line if json_ else lambda _: None, progress, stop)
    if not json_:
        _print_result(result)
    if result.problem:
        err.print(f"skyeye: {result.problem}", style="yellow", soft_wrap=True)
    if not result.finished:
        err.print(f"Stopped at {result.media_s:.1f} s; the same command goes on from there.")
        raise typer.Exit(INTERRUPTED)


def site_specs(site: Site) -> tuple[DetectorSpec, ...]:
    """The detectors of a site; raises CardError."""
    return detector_specs(site.detectors, site.backend, site.threads, site.max_batch)


def chosen(models: list[str] | None) -> list[DetectorConfig]:
    """Detectors as the command line names them: CARD or CARD@SECONDS; the default ones if none."""
    return [_detector(text) for text in models] if models else list(DEFAULT_DETECTORS)


def fetch_all(specs: Sequence[DetectorSpec]) -> None:
    """Fetch what the detectors need, with a bar for each."""
    for spec in specs:
        if spec.card is not None:
            with progress_bar(spec.name) as report:
                fetch(spec.card, report)


def fetch_plates() -> None:
    """Fetch what reads plates, with a bar for each network; raises FetchError."""
    for name in CARDS:
        with progress_bar(name) as report:
            fetch(load_card(name), report)


def _detector(text: str) -> DetectorConfig:
    model, at, seconds = text.rpartition("@")
    if not at:
        return DetectorConfig(model=text)
    try:
        return DetectorConfig(model=model, look_interval_s=float(seconds))
    except ValueError:  # pydantic's are of this kind, too
        raise ConfigError(
            f"--model {text!r} is no detector: write a card's name, or NAME@SECONDS"
        ) from None


def _utc_s(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"--start-at {text!r} is no time: write it as 2026-11-23T08:00:00"
        ) from None
    return (
        moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("Asia/Shanghai"))
    ).timestamp()


@contextmanager
def _playing(name: str) -> Iterator[Any]:
    """Show how far a replay is, on a terminal."""
    columns = TextColumn(f"{name} {{task.completed:.0f}} s"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=err, disable=not sys.stderr.isatty(), transient=True) as shown:
        task = shown.add_task(name, total=None)
        yield lambda at_s: shown.update(task, completed=at_s)


def _print_line(line: Line) -> None:
    print(json.dumps(line, ensure_ascii=False), flush=True)


def _print_result(result: ReplayResult) -> None:
    table = Table("kind", "zone", "from", "raised", "to", "score", title="Violations")
    for line in result.violations:
        times = (line["started_s"], line["raised_s"], line["ended_s"])
        shown = ["stands" if t is None else f"{t:.1f} s" for t in times]
        table.add_row(line["kind"], line["zone"], *shown, f"{line['score']:.2f}")
    speed = result.media_s / result.wall_s if result.wall_s else 0.0
    if result.violations:
        out.print(table)
        out.print("Evidence:", *(line["packet"] for line in result.violations), sep="\n  ")
    else:
        out.print("No violations.")
    out.print(
        f"{result.looks} looks, {result.media_s:.1f} s of video, {speed:.1f} times real time."
    )
