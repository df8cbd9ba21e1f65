"""Results as tables for people."""

from rich.box import SIMPLE
from rich.table import Table

from benchmarks.event_scoring import EventScore
from benchmarks.events import EventReport
from benchmarks.throughput import ThroughputReport

START = "start ±: error of the stated start, median (worst); false/h: by camera-hour"


def event_table(report: EventReport) -> Table:
    """One row a kind, and all of them together."""
    hours = report.media_s / 3600
    title = f"{report.model} on {report.clips} clips, {hours:.2f} camera-hours"
    table = Table("kind", title=title, caption=START, box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("true", "raised", "prec", "recall", "F1", "start ± s", "false/h"):
        table.add_column(heading, justify="right", no_wrap=True)
    for name, s in report.kinds.items():
        table.add_row(name, *_event_cells(s))
    table.add_section()
    table.add_row("all", *_event_cells(report.total))
    return table


def event_notes(report: EventReport) -> list[str]:
    """One line for each thing that went wrong, to look at in the clip."""
    wrong = (("missed", report.missed), ("false alarm", report.false_alarms))
    return [
        f"{what}: {clip}: {e.kind} in {e.zone}, {e.from_s:.1f} to {e.to_s:.1f} s"
        for what, by_clip in wrong
        for clip, events in by_clip.items()
        for e in events
    ]


def throughput_table(report: ThroughputReport) -> Table:
    """The network alone, the pipeline, their ratio, and where a frame's time goes."""
    width, height = report.frame_wh
    title = (
        f"{report.model} on {report.backend}, {report.threads} threads, batch {report.max_batch}, "
        f"{width} x {height}; {report.rounds} rounds of {report.seconds:g} s"
    )
    table = Table("measured", "median", "lowest", "highest", title=title, box=SIMPLE)
    rows = (
        ("network alone, frames/s", report.raw_fps, 1),
        ("pipeline, frames/s", report.pipeline_fps, 1),
        ("pipeline / network", report.ratio, 3),
    )
    for name, spread, digits in rows:
        if spread is not None:
            values = (spread.median, spread.lowest, spread.highest)
            table.add_row(name, *(figure(value, digits) for value in values))
    table.add_section()
    for stage, ms in report.stage_ms.items():
        table.add_row(f"{stage}, ms per frame", figure(ms, 2))
    if report.mean_batch is not None:
        table.add_row("mean batch", figure(report.mean_batch, 2))
    return table


def _event_cells(score: EventScore) -> list[str]:
    start = score.start_error
    return [
        *(str(n) for n in (score.truth, score.raised)),
        *(figure(value) for value in (score.precision, score.recall, score.f1)),
        "–" if start is None else f"{start.median_abs_s:.1f} ({start.max_abs_s:.1f})",
        figure(score.false_alarms_per_camera_hour, 1),
    ]


def mean(values: list[float | None]) -> float | None:
    """Mean of those that are there."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def figure(value: float | None, digits: int = 3) -> str:
    """A number as text; a dash for none."""
    return "–" if value is None else f"{value:.{digits}f}"
