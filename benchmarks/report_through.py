"""The part of docs/performance.md on what saves work and must not change a case."""

from collections.abc import Callable, Sequence

from benchmarks.report_text import Result, number, percent, table

PREFIX = "through-"
TEMPLATE = """## The same cases

<!-- through-cases -->
<!-- /through-cases -->
"""


def is_through(result: Result) -> bool:
    """Whether a result compares cases seen in full and through what saves work."""
    return result.name.startswith(PREFIX)


def cases(results: Sequence[Result]) -> str:
    """One row for each kind and each way of saving work."""
    rows = [
        (
            kind, " + ".join(result.value["through"]), str(told["scenes"]), str(told["cases"]),
            str(told["same"]), str(told["lost"]), str(told["new"]), number(told["start_p95_s"], 1),
            percent(told["recalled"], 0), percent(told["enlarged"], 0),
        )
        for result in results
        for kind, told in result.value["kinds"].items()
    ]  # fmt: skip
    heads = (
        "kind", "through", "scenes", "cases", "the same", "lost", "new",
        "start differs by p95, s", "looks without the network", "looks at the sub-stream",
    )  # fmt: skip
    said = (
        "Rendered scenes (docs/scenes.md) played twice, each look in full and through what saves "
        "work; made-up detections, so that the brain alone is compared. A sub-stream has half the "
        "width of what the brain works on, and is compressed harder.\n\n"
    )
    return said + table(heads, rows)


BLOCKS: dict[str, Callable[[Sequence[Result]], str]] = {"through-cases": cases}
