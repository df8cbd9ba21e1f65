"""Results as tables for people."""

from rich.box import SIMPLE
from rich.table import Table

from benchmarks.detection import DetectionReport

IMG = "img P, img R: precision and recall of pictures, where any box of the class will do"


def detection_table(report: DetectionReport) -> Table:
    """One row a class, most labels first, and the mean over classes that have scores."""
    title = f"{report.model} on {report.images} pictures, boxes from score {report.threshold:g} up"
    table = Table("class", title=title, caption=IMG, box=SIMPLE)
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


def mean(values: list[float | None]) -> float | None:
    """Mean of those that are there."""
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def figure(value: float | None, digits: int = 3) -> str:
    """A number as text; a dash for none."""
    return "–" if value is None else f"{value:.{digits}f}"
