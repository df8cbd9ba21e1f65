"""The tables of docs/performance.md that set Skyeye beside what a user would run instead."""

from collections.abc import Callable

from benchmarks.report_text import DASH, Result, number, percent, sources, table

NAME = "peers"

TEMPLATE = """## Beside what one would run instead

<!-- peers-cost -->
<!-- /peers-cost -->

<!-- peers-ratios -->
<!-- /peers-ratios -->

### The same coverage, the same sight

<!-- peers-sight -->
<!-- /peers-sight -->

### Where the difference comes from

<!-- peers-stages -->
<!-- /peers-stages -->

### With what

<!-- peers-versions -->
<!-- /peers-versions -->
"""


def is_peers(result: Result) -> bool:
    """Whether a result is a comparison with peers."""
    return result.name == NAME


def cost(result: Result) -> str:
    """What each took."""
    value = result.value
    rows = [
        (
            value["titles"][key],
            f"{peer['feeds']}{' (too many)' if peer['saturated'] else ''}",
            number(peer["feeds_per_core"], 1),
            number(peer["per_feed_core_ms"], 1),
            number(1000 * peer["cpu_s_per_look"], 0) if peer["cpu_s_per_look"] else DASH,
            number(peer["rss_gib"]),
            number(peer["pss_gib"]),
            str(peer["processes"]),
            str(peer["threads"]),
            number(peer["server_per_feed_core_ms"], 1),
            number(peer["others_cores"]),
        )
        for key, peer in value["peers"].items()
    ]
    heads = (
        *("", "feeds", "feeds a core", "core-ms a feed", "CPU-ms a look", "RSS, GiB", "PSS, GiB"),
        *("processes", "threads", "server's core-ms a feed", "cores of others"),
    )
    threads = value["threads"]
    said = (
        f"{value['feeds']} feeds, {value['seconds']:.0f} s each, a look every "
        f"{value['look_interval_s']:g} s, one network file, "
        f"{threads} thread{'s' if threads != 1 else ''} for it, "
        "one after the other on the same machine and against the same server. Skyeye is measured "
        "once it has raised what stands there, and keeps its pre-roll all the time.\n\n"
    )
    left_out = "".join(f"\n{key}: left out, {why}.\n" for key, why in value["skipped"].items())
    return said + table(heads, rows) + left_out


def ratios(result: Result) -> str:
    """How many times the feeds per core."""
    value = result.value
    keys = list(dict.fromkeys(key for of in value["ratios"].values() for key in of))
    titles = value["titles"]
    rows = [
        (titles[node], *(f"× {number(of.get(key), 1)}" for key in keys))
        for node, of in value["ratios"].items()
    ]
    return table(("feeds a core, against", *(titles[key] for key in keys)), rows)


def sight(result: Result) -> str:
    """How often each looked, and whether it saw the same."""
    value = result.value
    rows = [
        (
            value["titles"][key],
            f"{number(peer['per_feed'], 1)} of {number(peer['wanted'], 1)}",
            percent(peer["share"]) + ("" if peer["equal_coverage"] else " (too few)"),
            percent(peer["feeds_looked_at"], 0),
            percent(peer["pictures_share"], 0),
            *(number(peer["interval_s"][k], 1) for k in ("p50", "p95", "max")),
            percent(peer["planted_seen"]),
            ", ".join(peer.get("sees_otherwise_at", ())) or "none",
        )
        for key, peer in value["peers"].items()
    ]
    heads = (
        *("", "looks a feed", "of the rate asked", "feeds looked at", "pictures taken"),
        *("interval p50, s", "p95", "longest", "standing vehicle seen", "sees otherwise at"),
    )
    said = (
        "A vehicle stands in a zone of "
        f"{len(value['planted'])} of the feeds all the time. A feed where somebody sees otherwise "
        "is one where the vehicles in the zones differ from those that Skyeye sees in whole "
        "pictures by more than a tenth and what chance explains. Who drains a feed has to take "
        "every picture: one who takes fewer lags behind and costs more than it seems.\n\n"
    )
    return said + table(heads, rows)


def stages(result: Result) -> str:
    """Core-ms a feed of each stage."""
    value = result.value
    rows = [
        (value["titles"][key], stage, number(ms))
        for key, stages in value["shares_core_ms"].items()
        for stage, ms in stages.items()
        if stage != "other"
    ]
    said = (
        "Core-ms a feed. Skyeye's are its processes; those of the others are one run less another "
        "without that part.\n\n"
    )
    return said + table(("", "stage", "core-ms a feed"), rows) if rows else "Not measured.\n"


def versions(result: Result) -> str:
    """Libraries of each, and how it was measured."""
    value = result.value
    rows = [
        (value["titles"][key], ", ".join(f"{n} {v}" for n, v in sorted(peer["versions"].items())))
        for key, peer in value["peers"].items()
    ]
    return f"{table(('', 'versions'), rows)}\n{sources([result])}"


BLOCKS: dict[str, Callable[[Result], str]] = {
    "peers-cost": cost,
    "peers-ratios": ratios,
    "peers-sight": sight,
    "peers-stages": stages,
    "peers-versions": versions,
}
