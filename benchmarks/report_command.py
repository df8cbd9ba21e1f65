"""`skyeye bench report`: docs/accuracy.md, and tables of other pages, from the kept results."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import record, report, report_api, report_performance

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"
PERFORMANCE, API = "performance.md", "api.md"
err = Console(stderr=True)


def bench_report(
    target: Annotated[
        Path, typer.Option("--out", help=f"The page to write; {PERFORMANCE} lies beside it.")
    ] = PAGE,
    results: Annotated[Path, typer.Option(help="Folder of kept results.")] = record.RESULTS,
) -> None:
    """Write docs/accuracy.md, and the tables of the pages beside it, from what --save kept."""
    kept, performance = report.load(results), target.with_name(PERFORMANCE)
    page = report_performance.TEMPLATE
    if performance.exists():
        page = performance.read_text(encoding="utf-8")
    pages = {target: report.write(kept), performance: report_performance.refresh(page, kept)}
    if (api := target.with_name(API)).exists():
        pages[api] = report_api.refresh(api.read_text(encoding="utf-8"), kept)
    for path, text in pages.items():
        path.write_text(text, encoding="utf-8")
        err.print(f"wrote {path}", soft_wrap=True)
