"""`skyeye bench health`: is what cannot be seen flagged, and only that?"""

import json
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks import health, record
from benchmarks.health import JUDGE, REFUSE, HealthReport, open_health_clips, read_clip
from models.card import DEFAULT
from models.commands import Backend, Json, Threads, progress_bar
from models.detector import open_detector
from streams.panel import model_facts

out = Console()
err = Console(stderr=True)


def bench_health(
    data: Annotated[Path, typer.Option(help="Folder of clips from cameras that see well.")],
    *,
    model: Annotated[str, typer.Option(help="The card whose recall tells what is seen.")] = DEFAULT,
    backend: Backend = "auto",
    threads: Threads = None,
    json_: Json = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result.")] = False,
) -> None:
    """Degrade clips, and compare what is not judged with what a detector no longer sees."""
    paths = open_health_clips(data)
    with progress_bar(model) as fetching:
        detector = open_detector(model, backend, threads, 4, fetching)
    report = health.score_health([read_clip(p) for p in paths], detector, model_facts(detector))
    if save:
        hashed = record.data_sha256(data, paths)
        kept = record.envelope(
            report.to_json(), data_sha256=hashed, model=report.model, sha256=report.sha256
        )
        path = record.save(f"health-{report.model}-{data.resolve().name}", kept)
        err.print(f"kept as {path}", soft_wrap=True)
    if json_:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(health_table(report))


def health_table(report: HealthReport) -> Table:
    """One row for each severity: what is still seen, and what was not judged."""
    clean = sum(report.clean.values()) / len(report.clean)
    title = f"{len(report.clean)} clips, {clean:.1%} of {report.clean_looks} clean looks not judged"
    caption = (
        f"not judged although visible {report.false:.1%}, judged although not {report.missed:.1%}; "
        f"{report.look_ms:.2f} ms a look"
    )
    table = Table("condition", title=title, caption=caption, box=SIMPLE)
    for heading in ("severity", "recall", "not judged", "falsely", "missed"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("reasons")
    for line in report.lines:
        recall = "" if line.recall is None else f"{line.recall:.2f}"
        cells = list(line.clips.values())
        false = sum(cell.refused for cell in cells if cell.must == JUDGE)
        missed = sum(cell.looks - cell.refused for cell in cells if cell.must == REFUSE)
        reasons = sum((Counter(cell.reasons) for cell in cells), Counter[str]())
        told = ", ".join(f"{name} {count}" for name, count in reasons.most_common())
        severity, refused = f"{line.severity:g}", f"{line.flagged:.0%}"
        table.add_row(line.condition, severity, recall, refused, str(false), str(missed), told)
    return table
