"""docs/performance.md: prose written by hand, tables written anew from the kept results.

What lies between `<!-- NAME -->` and `<!-- /NAME -->` is a block, written from the results of one
benchmark; its prefix tells which.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from benchmarks import report_eyes, report_feeds, report_peers, report_through
from benchmarks.report_text import Result, sources

TEMPLATE = f"""# How much one machine can watch

{report_feeds.TEMPLATE}
{report_eyes.TEMPLATE}
{report_through.TEMPLATE}
{report_peers.TEMPLATE}
## Where the figures come from

<!-- all-sources -->
<!-- /all-sources -->
"""
BLOCK = re.compile(r"^<!-- ((?:feeds|eyes|through|peers|all)-\w+) -->$", re.MULTILINE)
NONE = "Not measured yet.\n"


@dataclass(frozen=True, slots=True)
class _Source:
    """Some results in the order in which they are told, and the blocks written from them."""

    results: list[Result]
    blocks: Mapping[str, Callable[[list[Result]], str]]


def refresh(page: str, results: Iterable[Result]) -> str:
    """The page with every block written anew; raises ValueError for a block that is not known or
    not closed, and for a result that lacks what it should have."""
    known = _sources(list(results))
    for name in BLOCK.findall(page):
        source = next((s for s in known if name in s.blocks), None)
        if source is None:
            names = ", ".join(name for s in known for name in s.blocks)
            raise ValueError(f"nothing is known of the block {name!r}; known: {names}")
        block = re.compile(rf"^<!-- {name} -->$.*?^<!-- /{name} -->$", re.DOTALL | re.MULTILINE)
        if not block.search(page):
            raise ValueError(f"the block {name!r} has no end: write <!-- /{name} -->")
        written = f"<!-- {name} -->\n{_written(name, source)}<!-- /{name} -->"
        page = block.sub(lambda _, text=written: text, page)  # type: ignore[misc]
    return page


def _sources(results: list[Result]) -> tuple[_Source, ...]:
    runs = sorted(
        filter(report_feeds.is_feeds, results), key=lambda result: int(result.value["feeds"])
    )
    eyes = list(filter(report_eyes.is_eyes, results))
    through = list(filter(report_through.is_through, results))
    peers = list(filter(report_peers.is_peers, results))
    return (
        _Source(runs, report_feeds.BLOCKS),
        _Source(eyes, _of_one(report_eyes.BLOCKS)),
        _Source(through, report_through.BLOCKS),
        _Source(peers, _of_one(report_peers.BLOCKS)),
        _Source([*runs, *eyes, *through], {"all-sources": sources}),
    )


def _of_one(
    blocks: Mapping[str, Callable[[Result], str]],
) -> dict[str, Callable[[list[Result]], str]]:
    """Blocks that are written from the only result of their kind."""
    return {name: lambda results, w=write: w(results[0]) for name, write in blocks.items()}  # type: ignore[misc]


def _written(name: str, source: _Source) -> str:
    if not source.results:
        return NONE
    try:
        return source.blocks[name](source.results)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        names = ", ".join(result.name for result in source.results)
        raise ValueError(
            f"one of the results {names} is not what {name!r} is written from: {error!r}; "
            "measure it again with --save"
        ) from error
