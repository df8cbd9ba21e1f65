"""Detection scores as tables for people."""

from rich.box import SIMPLE
from rich.table import Table

from benchmarks.detection import DetectionReport
from benchmarks.operating_point import Estimate, Share
from benchmarks.tables import figure, mean

IMG = "img: of pictures that have the class, where any box of it will do"
POINT = (
    "at the shipped threshold; boxes match at IoU 0.3; below each the 95 % interval: drawn by "
    "source where the pictures tell theirs, else Wilson's; *: few cases"
)


def detection_table(report: DetectionReport) -> Table:
    """One row a class, most labels first, and the mean over classes that have scores."""
    title = f"{report.model} on {report.images} pictures"
    table = Table("class", title=title, caption=IMG, box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("AP50", "AP50-95", "prec", "recall", "img P", "img R", "labels", "pics"):
        table.add_column(heading, justify="right", no_wrap=True)
    scores = sorted(report.classes.items(), key=lambda item: -item[1].instances)
    for name, s in scores:
        values = (s.ap50, s.ap50_95, s.precision, s.recall, s.image_precision, s.image_recall)
        table.add_row(name, *map(figure, values), str(s.instances), str(s.images))
    means = [
        mean([getattr(s, key) for _, s in scores])
        for key in ("ap50", "ap50_95", "precision", "recall", "image_precision", "image_recall")
    ]
    table.add_section()
    table.add_row("mean", *map(figure, means), str(sum(s.instances for _, s in scores)), "")
    return table


def operating_table(report: DetectionReport) -> Table:
    """One row a class: what its threshold gives, and how far that can be trusted."""
    table = Table("class", title="Operating point", caption=POINT, box=SIMPLE, padding=(0, 1, 0, 0))
    for heading in ("from", "img AP", "AP30", "prec", "recall", "img P", "img R"):
        table.add_column(heading, justify="right", no_wrap=True)
    rows = sorted(report.operating.items(), key=lambda item: -item[1].pictures)
    for name, p in rows:
        shares = (p.precision, p.recall, p.image_precision, p.image_recall)
        cells = [told(v) for v in (p.image_ap, p.ap30, *shares)]
        table.add_row(f"{name}{'*' if p.few else ''}", f"{p.threshold:g}", *cells)
    return table


def detection_notes(report: DetectionReport) -> list[str]:
    """What a reader has to know besides the figures."""
    notes = [report.note] if report.note else []
    if report.sources is not None:
        notes.append(f"The pictures come from {report.sources} sources.")
    few = [name for name, point in report.operating.items() if point.few]
    if few:
        notes.append(f"Few cases, so take the intervals seriously: {', '.join(sorted(few))}.")
    return notes


def told(value: Share | Estimate) -> str:
    """A figure, and below it its interval."""
    if value.value is None:
        return "–"
    interval = value.by_source or (value.wilson if isinstance(value, Share) else None)
    below = "" if interval is None else f"\n{interval[0]:.2f}–{interval[1]:.2f}"
    return f"{value.value:.2f}{below}"
