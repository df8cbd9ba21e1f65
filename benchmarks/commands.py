"""`skyeye bench`: how right and how fast it is, measured the same way every time."""

import json
import tempfile
from collections.abc import Callable, Iterable
from datetime import datetime
from math import ceil
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from benchmarks import events, record, voc_to_yolo
from benchmarks.api.command import bench_api, bench_kills
from benchmarks.counting import counting
from benchmarks.detection_command import bench_detection
from benchmarks.distant import bench_distant
from benchmarks.event_data import TRUTH_FILE, open_clips
from benchmarks.events import EventReport
from benchmarks.eyes_command import bench_eyes
from benchmarks.feeds.command import bench_feeds
from benchmarks.health_command import bench_health
from benchmarks.ledger_command import bench_ledger
from benchmarks.masking_command import bench_masking
from benchmarks.node_pipeline import NodePipeline, film
from benchmarks.peers.command import bench_peers
from benchmarks.plates_command import bench_plates
from benchmarks.rendered import bench_rendered
from benchmarks.report_command import bench_report
from benchmarks.scenes.command import (
    Calm,
    Jobs,
    Kinds,
    LookInterval,
    Scenes,
    Seeds,
    Through,
    Without,
    bench_calm,
    bench_scenes,
    bench_through,
)
from benchmarks.stills_command import bench_stills
from benchmarks.tables import event_notes, event_table, throughput_table
from benchmarks.throughput import (
    Offered,
    RawSession,
    ThroughputReport,
    measure,
    parse_size,
    street,
    summary,
)
from benchmarks.vectors.command import bench_learn
from models.card import DEFAULT
from models.commands import Backend, Json, Threads, progress_bar
from models.detector import open_detector
from models.machine import usable_threads
from streams.commands import Models, chosen, fetch_all
from streams.detectors import detector_specs, needed_specs
from streams.panel import opened

app = typer.Typer(no_args_is_help=True, help="Measure accuracy and speed on your own data.")
out = Console()
err = Console(stderr=True)

Model = Annotated[str, typer.Option(help="A card's name, or the path of a card's TOML file.")]
Batch = Annotated[int, typer.Option(min=1, max=256, help="Pictures of one run of the network.")]
LOCAL = ZoneInfo("Asia/Shanghai")
A_MONDAY = datetime(2026, 1, 5, 10, tzinfo=LOCAL)
"""Ten in the morning of a working day: rules with hours need some time, and always the same."""

OVERLOAD = 1.5
"""A pipeline is offered so many times what the network can take, so that it never waits."""

Report = EventReport | ThroughputReport

Save = Annotated[bool, typer.Option("--save", help="Keep the result with its circumstances.")]


@app.command("events")
def bench_events(
    data: Annotated[
        Path | None, typer.Option(help="Folder of clips, camera files and truth.json.")
    ] = None,
    *,
    scenes: Scenes = False,
    seeds: Seeds = 20,
    kinds: Kinds = "",
    jobs: Jobs = 2,
    without: Without = "",
    look_interval: LookInterval = None,
    calm: Calm = False,
    through: Through = "",
    model: Models = None,
    backend: Backend = "auto",
    threads: Threads = None,
    batch: Batch = 8,
    start_at: Annotated[datetime, typer.Option(help="When every clip begins.")] = A_MONDAY,
    keep: Annotated[
        Path | None, typer.Option("--out", help="Keep the packets here, or a scene's truth.")
    ] = None,
    json_: Json = False,
    save: Save = False,
) -> None:
    """Score the violations raised in clips, or in rendered scenes, against what truly happened."""
    if scenes and through:
        bench_through(kinds, seeds, jobs, through, counting, as_json=json_, save=save)
        return
    if scenes and calm:
        bench_calm(kinds, seeds, jobs, counting, as_json=json_, save=save)
        return
    if scenes:
        bench_scenes(
            kinds, seeds, jobs, without, keep, counting,
            look_interval_s=look_interval, as_json=json_, save=save,
        )  # fmt: skip
        return
    if data is None:
        raise typer.BadParameter("give a folder of clips, or --scenes", param_hint="--data")
    clips = open_clips(data)
    specs = detector_specs(chosen(model), backend, threads, batch)
    specs = needed_specs([clip.camera for clip in clips], specs)
    fetch_all(specs)
    panel = opened(specs)
    facts = panel.networks.together
    with tempfile.TemporaryDirectory(prefix="skyeye-bench-") as scratch, counting("clips") as done:
        start_at_s = start_at.replace(tzinfo=start_at.tzinfo or LOCAL).timestamp()
        play = events.player(panel, keep or Path(scratch), start_at_s)
        report = events.score_events(clips, play, facts, done)
    for name, problem in report.problems.items():
        err.print(f"{name}: {problem}", soft_wrap=True)
    if save:
        files = {data / TRUTH_FILE, *(c.path for c in clips), *(c.camera_file for c in clips)}
        _save(f"events-{report.model}-{data.resolve().name}", report, data, files)
    _show(report.to_json(), json_, lambda: out.print(event_table(report), *event_notes(report)))


@app.command("throughput")
def bench_throughput(
    *,
    model: Model = DEFAULT,
    backend: Backend = "auto",
    threads: Threads = None,
    batch: Batch = 8,
    frame: Annotated[str, typer.Option(help="Camera picture, width x height.")] = "1920x1080",
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured.")] = 5,
    seconds: Annotated[float, typer.Option(min=0.01, help="Length of one measurement.")] = 10,
    cameras: Annotated[
        int | None, typer.Option(min=1, help="More than the network can take by default.")
    ] = None,
    look_interval: Annotated[
        float, typer.Option(min=0.04, help="Seconds between looks; 0.04 is every picture.")
    ] = 0.04,
    pipeline: Annotated[bool, typer.Option(help="Measure the pipeline too.")] = True,
    json_: Json = False,
    save: Save = False,
) -> None:
    """Measure the network alone against the whole pipeline, in turn."""
    frame_wh = parse_size(frame)
    with progress_bar(model) as fetching:
        detector = open_detector(model, backend, threads, batch, fetching)
    raw = RawSession(detector.card, detector.session, street(frame_wh, batch))
    with tempfile.TemporaryDirectory(prefix="skyeye-bench-") as folder:
        node = None
        if pipeline:
            clip = film(Path(folder) / "street.mp4", frame_wh)
            count = cameras or ceil(OVERLOAD * raw.run(1.0).fps * look_interval)
            node = NodePipeline(clip, count, look_interval, model, backend, threads, batch)
        with counting("rounds") as progress:
            figures = measure(raw, node, rounds, seconds, progress)
    count = node.cameras if node else 0
    offered = Offered(frame_wh, count, look_interval)
    report = summary(detector, threads or usable_threads(), offered, seconds, figures)
    if save:
        size = f"{frame_wh[1]}p-every-{look_interval:g}-s-{report.threads}-threads"
        _save(f"throughput-{report.model}-{report.backend.replace(':', '-')}-{size}", report)
    _show(report.to_json(), json_, lambda: out.print(throughput_table(report)))


app.command("detection")(bench_detection)
app.command("stills")(bench_stills)
app.command("report")(bench_report)
app.command("plates")(bench_plates)
app.command("masking")(bench_masking)
app.command("ledger")(bench_ledger)
app.command("health")(bench_health)
app.command("feeds")(bench_feeds)
app.command("eyes")(bench_eyes)
app.command("peers")(bench_peers)
app.command("api")(bench_api)
app.command("kills")(bench_kills)
app.command("rendered")(bench_rendered)
app.command("distant")(bench_distant)
app.command("learn")(bench_learn)


@app.command("voc-to-yolo")
def convert_voc(
    annotations: Annotated[Path, typer.Option(help="Folder of VOC .xml files.")],
    pictures: Annotated[Path, typer.Option(help="Folder of the pictures they name.")],
    target: Annotated[Path, typer.Option("--out", help="Folder to write the data set to.")],
    *,
    difficult: Annotated[bool, typer.Option(help="Keep objects marked difficult.")] = True,
) -> None:
    """Turn Pascal VOC annotations into a YOLO data set for `detection`."""
    count = voc_to_yolo.convert(annotations, pictures, target, difficult=difficult)
    out.print(f"{count} pictures in {target}", soft_wrap=True)


def _save(name: str, report: Report, data: Path | None = None, files: Iterable[Path] = ()) -> None:
    """Keep a result with all that decided it."""
    hashed = None if data is None else record.data_sha256(data, files)
    envelope = record.envelope(
        report.to_json(), data_sha256=hashed, model=report.model, sha256=report.sha256
    )
    err.print(f"kept as {record.save(name, envelope)}", soft_wrap=True)


def _show(value: dict[str, Any], as_json: bool, table: Callable[[], None]) -> None:
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False))
    else:
        table()
