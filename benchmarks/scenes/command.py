"""`skyeye bench events --scenes`: scenes played, scored, shown and kept."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Annotated, Any

import cv2
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from benchmarks import record
from benchmarks.scenes.ablation import PIECES
from benchmarks.scenes.calm import CALM_KINDS
from benchmarks.scenes.false_alarms import CalmReport, run_calm
from benchmarks.scenes.play import SAVERS
from benchmarks.scenes.run import PACED, SCRIPTS, Progress, ScenesReport, make, run_scenes
from benchmarks.scenes.score import CONDITIONS, SceneScore
from benchmarks.scenes.through import ThroughReport, run_through

Scenes = Annotated[bool, typer.Option("--scenes", help="Play rendered scenes instead of clips.")]
Seeds = Annotated[int, typer.Option(min=1, help="Scenes of each kind.")]
Kinds = Annotated[str, typer.Option(help="Kinds of scenes, separated by commas; all by default.")]
Jobs = Annotated[int, typer.Option(min=1, help="Processes that play scenes.")]
Without = Annotated[
    str, typer.Option(help=f"Pieces of the brain to switch off: {', '.join(PIECES)}.")
]
Through = Annotated[
    str,
    typer.Option(help=f"Compare cases with those seen through: {', '.join(SAVERS)}."),
]
LookInterval = Annotated[
    float | None,
    typer.Option(min=0.5, help=f"Seconds between looks, for scenes of {' and '.join(PACED)}."),
]
Calm = Annotated[
    bool, typer.Option("--calm", help="Play days without an event; --seeds says how many.")
]
STILLS = 12
"""Pictures of each scene that `--out` keeps, evenly spread."""

Counting = Callable[[str], AbstractContextManager[Progress]]
out = Console()
err = Console(stderr=True)


def bench_scenes(
    kinds: str,
    seeds: int,
    jobs: int,
    without: str,
    keep: Path | None,
    counting: Counting,
    *,
    look_interval_s: float | None = None,
    as_json: bool,
    save: bool,
) -> None:
    """Play scenes of the kinds named, and show how right the brain was about them."""
    chosen = _chosen(kinds, tuple(SCRIPTS), "--kinds")
    pieces = _chosen(without, PIECES, "--without") if without else ()
    if look_interval_s is not None and (unpaced := [k for k in chosen if k not in PACED]):
        raise typer.BadParameter(
            f"scenes of {unpaced[0]} have their own; add --kinds {','.join(PACED)}",
            param_hint="--look-interval",
        )
    if keep is not None:
        _write(keep, chosen, seeds)
    with counting("scenes") as progress:
        report = run_scenes(chosen, seeds, jobs, pieces, progress, look_interval_s)
    if save:
        some = "" if chosen == tuple(SCRIPTS) else "-" + "-".join(chosen)
        pace = "" if look_interval_s is None else f"-every-{look_interval_s:g}-s"
        off = "".join(f"-without-{piece}" for piece in pieces)
        _save(f"events-scenes{some}{pace}{off}", report.to_json())
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(scenes_table(report), starts_table(report), conditions_table(report))
        out.print(*scenes_notes(report), sep="\n", soft_wrap=True)


def bench_calm(
    kinds: str, seeds: int, jobs: int, counting: Counting, *, as_json: bool, save: bool
) -> None:
    """Play days without an event and show what was raised all the same."""
    chosen = _chosen(kinds, CALM_KINDS, "--kinds")
    with counting("days") as progress:
        report = run_calm(chosen, seeds, jobs, progress)
    if save:
        some = "" if chosen == CALM_KINDS else "-" + "-".join(chosen)
        _save(f"events-scenes-calm{some}", report.to_json())
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(calm_table(report))
        out.print(*scenes_notes(report), sep="\n", soft_wrap=True)


def bench_through(
    kinds: str,
    seeds: int,
    jobs: int,
    through: str,
    counting: Counting,
    *,
    as_json: bool,
    save: bool,
) -> None:
    """Play scenes with and without what saves work, and show whether their cases are the same."""
    chosen, savers = (
        _chosen(kinds, tuple(SCRIPTS), "--kinds"),
        _chosen(through, SAVERS, "--through"),
    )
    with counting("scenes") as progress:
        report = run_through(chosen, seeds, jobs, savers, progress)
    if save:
        _save("through-" + "-".join(savers), report.to_json())
    if as_json:
        typer.echo(json.dumps(report.to_json(), ensure_ascii=False))
    else:
        out.print(through_table(report))


def through_table(report: ThroughReport) -> Table:
    """One row a kind."""
    title = f"Cases of {report.seeds} scenes of each kind through {', '.join(report.through)}"
    table = Table("kind", title=title, box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("cases", "same", "lost", "new", "start p95, s", "recalled", "enlarged"):
        table.add_column(heading, justify="right", no_wrap=True)
    for kind, s in report.kinds.items():
        counts = (str(n) for n in (s.cases, s.same, s.lost, s.new))
        table.add_row(kind, *counts, *_shares(s.start_p95_s, s.recalled, s.enlarged, digits=2))
    return table


def calm_table(report: CalmReport) -> Table:
    """One row a kind."""
    title = f"{report.camera_days:g} camera-days without an event, {report.coverage:.1%} judged"
    caption = "at most: of 95 %"
    table = Table("kind", title=title, caption=caption, box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("false", "at night", "a day", "at most"):
        table.add_column(heading, justify="right", no_wrap=True)
    for kind, s in report.calm.items():
        counts = (str(s.count), str(s.at_night))
        table.add_row(kind, *counts, *_shares(s.per_camera_day, s.at_most))
    return table


def scenes_table(report: ScenesReport) -> Table:
    """One row a kind."""
    off = f" without {', '.join(report.without)}" if report.without else ""
    title = f"{report.seeds} rendered scenes of each kind{off}"
    caption = "twice: second cases of one event; a day: false alarms by camera-day"
    table = Table("kind", title=title, caption=caption, box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("true", "raised", "prec", "recall", "F1", "twice", "false", "a day"):
        table.add_column(heading, justify="right", no_wrap=True)
    for kind, s in report.kinds.items():
        counts = (str(s.truth), str(s.raised))
        wrong = (str(s.doubled), str(s.false_alarms))
        rate = _shares(s.false_alarms_per_camera_day, digits=2)
        table.add_row(kind, *counts, *_shares(s.precision, s.recall, s.f1), *wrong, *rate)
    return table


def starts_table(report: ScenesReport) -> Table:
    """How right the starts are, what AI City's track 4 would give, and how much was judged."""
    caption = "start: absolute error in s; in time: within one look and 2 s; S4: AI City, track 4"
    table = Table("kind", caption=caption, box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("start", "p95", "in time", "S4", "covered", "days"):
        table.add_column(heading, justify="right", no_wrap=True)
    for kind, s in report.kinds.items():
        starts = _shares(s.start_median_s, s.start_p95_s, digits=1)
        shares = _shares(s.start_within, s.s4, s.coverage)
        table.add_row(kind, *starts, *shares, f"{s.camera_days:.1f}")
    return table


def conditions_table(report: ScenesReport) -> Table:
    """F1 and the number of true events of each kind in each condition."""
    table = Table("F1 (events)", *CONDITIONS, box=SIMPLE, padding=(0, 1, 0, 0))
    for kind, scores in report.conditions.items():
        table.add_row(kind, *(_condition(scores.get(name)) for name in CONDITIONS))
    return table


def scenes_notes(report: ScenesReport | CalmReport) -> list[str]:
    """One line for each thing that went wrong; `--out` keeps pictures to look at."""
    return [
        f"{w.what}: {w.kind} seed {w.seed}: {w.zone} {list(w.box)}, {w.from_s:g} to {w.to_s:g} s"
        for w in report.wrong
    ]


def _save(name: str, result: dict[str, Any]) -> None:
    kept = record.envelope(result, data_sha256=None, model=None, sha256=None)
    err.print(f"kept as {record.save(name, kept)}", soft_wrap=True)


def _condition(score: SceneScore | None) -> str:
    return "–" if score is None else f"{_shares(score.f1)[0]} ({score.truth})"


def _shares(*values: float | None, digits: int = 3) -> list[str]:
    return ["–" if value is None else f"{value:.{digits}f}" for value in values]


def _chosen(text: str, known: tuple[str, ...], option: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    unknown = [name for name in names if name not in known]
    if unknown:
        raise typer.BadParameter(
            f"{unknown[0]!r} is unknown; choose from {', '.join(known)}", param_hint=option
        )
    return names or known


def _write(folder: Path, kinds: tuple[str, ...], seeds: int) -> None:
    """Keep each scene's truth and some pictures of it."""
    for kind in kinds:
        for seed in range(seeds):
            place = folder / f"{kind}-{seed:02d}"
            place.mkdir(parents=True, exist_ok=True)
            scene = make(kind, seed)
            scene.truth.write(place / "truth.json")
            looks = list(scene.looks())
            for t_s in looks[:: max(1, len(looks) // STILLS)]:
                cv2.imwrite(str(place / f"{int(t_s):07d}.jpg"), scene.picture(t_s))
