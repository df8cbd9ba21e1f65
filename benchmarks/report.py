"""docs/accuracy.md, written from the committed results and from nothing else."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.report_accuracy import detection, operating, stills, tries
from benchmarks.report_api import is_api
from benchmarks.report_brain import ablations, clips, scenes
from benchmarks.report_eyes import is_eyes
from benchmarks.report_feeds import is_feeds
from benchmarks.report_masking import masking
from benchmarks.report_peers import is_peers
from benchmarks.report_rest import health, ledger, plates, throughput
from benchmarks.report_text import Result, sources
from benchmarks.report_through import is_through

HEAD = """# How right, and how we know

Written by `skyeye bench report` from `benchmarks/results/`; nothing here is typed by hand. The
commands, commits and hashes behind every table are at the end. The pictures and clips belong to
others and are not in this repository; their hash is.

*Intervals are of 95 %.* Where pictures tell their source, whole sources are drawn (cluster
bootstrap), because pictures of one source are alike; elsewhere they are Wilson's. A * marks a
class with fewer than 30 pictures or labels: read its interval, not its figure. What was measured
on pictures that a threshold or a vector was fitted to is said to be so.
"""


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the page: what it is about, and how it is written from the results it takes."""

    title: str
    takes: Callable[[Result], bool]
    write: Callable[[list[Result]], str]


def _named(*prefixes: str) -> Callable[[Result], bool]:
    return lambda result: result.name.startswith(prefixes)


SECTIONS = (
    Section(
        "At the shipped threshold",
        lambda r: (
            r.name.startswith("detection-")
            and bool(r.value.get("operating"))
            and r.precision == "f32"
        ),
        operating,
    ),
    Section("What was tried", lambda r: "tries" in r.value, tries),
    Section("Objects in pictures", _named("detection-"), detection),
    Section("Pictures as still cameras", _named("stills-"), stills),
    Section(
        "Cases in rendered scenes",
        lambda r: r.name.startswith("events-scenes") and not r.value.get("without"),
        scenes,
    ),
    Section(
        "What each piece of the brain is worth",
        lambda r: r.name.startswith("events-scenes") and bool(r.value.get("without")),
        ablations,
    ),
    Section(
        "Cases in real clips",
        lambda r: r.name.startswith("events-") and "total" in r.value,
        clips,
    ),
    Section("The same vehicle, day after day", _named("ledger"), ledger),
    Section("Plates", _named("plates"), plates),
    Section("Heads and plates in masked copies", _named("masking"), masking),
    Section("What cannot be seen", _named("health-"), health),
    Section("Speed", _named("throughput-"), throughput),
)


def load(folder: Path) -> list[Result]:
    """Every result of a folder, by name; raises ValueError naming a file that is none."""
    results = []
    for path in sorted(folder.glob("*.json")):
        try:
            record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            value = record.get("result", record)
            results.append(Result(path.stem, record, dict(value)))
        except (UnicodeDecodeError, json.JSONDecodeError, AttributeError, TypeError) as error:
            raise ValueError(f"{path} is no kept result: {error}") from None
    return results


def write(results: Iterable[Result]) -> str:
    """The page, as Markdown; raises ValueError naming a result that lacks what it should have."""
    # What many live feeds take has a page of its own.
    elsewhere = is_feeds, is_eyes, is_through, is_peers, is_api
    results = [r for r in results if not any(is_told(r) for is_told in elsewhere)]
    parts = [HEAD]
    for section in SECTIONS:
        taken = [result for result in results if section.takes(result)]
        if taken:
            parts.append(f"## {section.title}\n\n{_section(section, taken)}")
    parts.append(f"## Where the figures come from\n\n{sources(results)}")
    return "\n".join(parts)


def _section(section: Section, taken: list[Result]) -> str:
    try:
        return section.write(taken)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        names = ", ".join(result.name for result in taken)
        raise ValueError(
            f"one of the results {names} is not what {section.title!r} is written from: "
            f"{error!r}; measure it again with --save"
        ) from error
