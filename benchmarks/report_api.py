"""docs/api.md: prose written by hand, tables written anew from what `skyeye bench api` and `kills`
have kept."""

import re
from collections.abc import Callable, Iterable, Mapping

from benchmarks.report_text import Result, number, sources, table

BLOCK = re.compile(r"^<!-- ((?:api|kills)-\w+) -->$", re.MULTILINE)
NONE = "Not measured yet.\n"


def is_api(result: Result) -> bool:
    """Whether it is one of these results."""
    return result.name.startswith(("api-", "kills-"))


def refresh(page: str, results: Iterable[Result]) -> str:
    """The page with every block written anew; raises ValueError for one that is not closed."""
    kept = sorted(filter(is_api, results), key=lambda result: result.name)
    for name in BLOCK.findall(page):
        block = re.compile(rf"^<!-- {name} -->$.*?^<!-- /{name} -->$", re.DOTALL | re.MULTILINE)
        if name not in _BLOCKS or not block.search(page):
            raise ValueError(f"the block {name!r} is not known or has no end: <!-- /{name} -->")
        written = f"<!-- {name} -->\n{_BLOCKS[name](kept) or NONE}<!-- /{name} -->"
        page = block.sub(lambda _, text=written: text, page)  # type: ignore[misc]
    return page


def _named(results: list[Result], prefix: str) -> list[Result]:
    return [result for result in results if result.name.startswith(prefix)]


def _answers(results: list[Result]) -> str:
    return "\n".join(
        table(
            ["question", "half within, ms", "95 % within, ms"],
            [
                (one["name"], number(one["p50_ms"], 0), number(one["p95_ms"], 0))
                for one in result.value["timings"]
            ],
        )
        for result in _named(results, "api-")
    )


def _rates(results: list[Result]) -> str:
    return "".join(map(_told, _named(results, "api-")))


def _told(result: Result) -> str:
    value, rates = result.value, result.value["rates"]
    whole = sum(bool(plan["read_whole"]) for plan in value["plans"])
    busy = max(value["load_average"])
    hardware = result.record["hardware"]
    return (
        f"{value['cases']:,} cases in PostgreSQL {value['settings']['server_version']}, "
        f"{value['database_bytes'] / 1e9:.1f} GB, on {hardware['cores']} cores of "
        f"{hardware['cpu']}; the load average was up to {busy:.0f}, of which other programs made "
        f"most where it is above 2. {rates['packets']} sealed packets were taken in at "
        f"{rates['ingested_per_s']:.0f} cases a second ({rates['ingest_cpu_ms']:.1f} ms of a core "
        f"in the program for each), and {rates['step_processes']} processes took "
        f"{rates['steps_per_s']:.0f} steps a second. Of {len(value['plans'])} queries on the "
        f"large tables {whole} read one of them to its end.\n"
    )


def _kills(results: list[Result]) -> str:
    found = _named(results, "kills-")
    if not found:
        return ""
    rows = [
        (
            result.name.removeprefix("kills-"),
            *(str(result.value[name]) for name in ("kills", "cases", "filed", "purged")),
            *(str(len(result.value[name])) for name in ("lost", "doubled", "broken")),
        )
        for result in found
    ]
    names = ["killed on", "kills", "cases", "filed", "purged", "lost", "doubled", "broken chains"]
    return table(names, rows)


_BLOCKS: Mapping[str, Callable[[list[Result]], str]] = {
    "api-answers": _answers,
    "api-rates": _rates,
    "kills-table": _kills,
    "api-sources": sources,
}
