"""`skyeye bench report`: docs/accuracy.md from the kept results."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from benchmarks import record, report

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"
err = Console(stderr=True)


def bench_report(
    target: Annotated[Path, typer.Option("--out", help="The page to write.")] = PAGE,
    results: Annotated[Path, typer.Option(help="Folder of kept results.")] = record.RESULTS,
) -> None:
    """Write docs/accuracy.md from what --save kept."""
    target.write_text(report.write(report.load(results)), encoding="utf-8")
    err.print(f"wrote {target}", soft_wrap=True)
