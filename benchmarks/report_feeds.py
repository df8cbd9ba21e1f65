"""The tables of docs/performance.md on many live feeds, from runs of `skyeye bench feeds`."""

import re
from collections.abc import Callable
from typing import Any

from benchmarks.report_text import DASH, Result, number, percent, table

PREFIX = "feeds-"
PACKETS_PER_S = 25
DEMUX_S, KEY_PICTURE_S, NETWORK_S = 8e-6, 0.013, 0.02
"""Processor seconds of a packet, of a key picture decoded and scaled, and of a picture inferred, as
each was measured alone before there was a pipeline to measure."""

TEMPLATE = """## How cost grows with feeds

<!-- feeds-linearity -->
<!-- /feeds-linearity -->

## Looks

<!-- feeds-looks -->
<!-- /feeds-looks -->

## Where the time goes

<!-- feeds-stages -->
<!-- /feeds-stages -->

## Memory

<!-- feeds-memory -->
<!-- /feeds-memory -->

## Cases against the truth

<!-- feeds-truth -->
<!-- /feeds-truth -->
"""


def is_feeds(result: Result) -> bool:
    """Whether a result is of many live feeds."""
    return result.name.startswith(PREFIX)


def linearity(runs: list[Result]) -> str:
    """What a run took, a row a number of feeds."""
    rows = [
        (
            _feeds(v),
            f"{v['seconds']:.0f}",
            number(v["cpu_cores"], 3),
            number(v["per_feed_core_ms"], 2),
            number(1000 * v["cpu_s_per_look"], 1) if v["cpu_s_per_look"] else DASH,
            number(v["server_cpu_cores"], 3),
            number(v["server_per_feed_core_ms"], 2),
            percent(v["idle"], 0),
            number(v["connect_s"], 0),
        )
        for v in _values(runs)
    ]
    heads = (
        *("feeds", "seconds", "cores", "core-ms a feed", "CPU-ms a look", "server's cores"),
        *("server's core-ms a feed", "machine idle", "connected after, s"),
    )
    return _machines(runs) + table(heads, rows)


def looks(runs: list[Result]) -> str:
    """How often, and how late."""
    rows = [
        (
            _feeds(v),
            number(v["look_interval_s"], 1),
            str(v["looks"]),
            percent(v["unchanged"] / v["looks"], 0) if v["looks"] else DASH,
            *(number(v[f"interval_{k}_s"], 1) for k in ("p50", "p95", "max")),
            *(number(v[f"age_{k}_s"]) for k in ("p50", "p95", "max")),
            ", ".join(f"{n} {reason}" for reason, n in v["drops"].items()) or "none",
        )
        for v in _values(runs)
    ]
    heads = (
        *("feeds", "wanted every, s", "looks", "unchanged", "interval p50, s", "p95", "longest"),
        *("age at decision p50, s", "p95", "oldest", "dropped"),
    )
    return table(heads, rows)


def stages(runs: list[Result]) -> str:
    """The largest run by process, predicted and measured."""
    value = runs[-1].value
    per_s = value["looks"] / value["seconds"]
    inferred_per_s = (value["looks"] - value["unchanged"]) / value["seconds"]
    predicted = {
        "decode": value["feeds"] * PACKETS_PER_S * DEMUX_S + per_s * KEY_PICTURE_S,
        "infer": inferred_per_s * NETWORK_S,
    }
    measured: dict[str, list[float]] = {}
    for name, stage in value["stages"].items():
        sums = measured.setdefault(re.sub(r"-\d+$", "", name), [0.0, 0.0, 0.0])
        for n, key in enumerate(("cpu_cores", "cpu_s_per_feed_minute", "rss_gib")):
            sums[n] += stage[key]
    rows = [
        (name, number(predicted.get(name), 3), *(number(figure, 3) for figure in measured[name]))
        for name in sorted(measured, key=lambda name: -measured[name][0])
    ]
    said = (
        f"{_feeds(value)} feeds, {per_s:.1f} looks a second, {inferred_per_s:.1f} inferred. "
        f"Predicted: {DEMUX_S * 1e6:.0f} µs "
        f"for each of {PACKETS_PER_S} packets a second, {KEY_PICTURE_S * 1e3:.0f} ms for a key "
        f"picture and {NETWORK_S * 1e3:.0f} ms for the network.\n\n"
    )
    heads = ("process", "predicted cores", "cores", "CPU-s a feed-minute", "RSS, GiB")
    return said + table(heads, rows)


def memory(runs: list[Result]) -> str:
    """How much, and whether it grows."""
    rows = [
        (
            _feeds(v),
            f"{v['seconds']:.0f}",
            number(v["rss_gib"]),
            number(v["pss_gib"]),
            percent(v["rss_growth"]),
        )
        for v in _values(runs)
    ]
    note = (
        "RSS is the sum over the processes, shared memory counted in each; PSS counts it once.\n\n"
    )
    heads = ("feeds", "seconds", "RSS, GiB", "PSS, GiB", "growth after two minutes")
    return note + table(heads, rows)


def truth(runs: list[Result]) -> str:
    """What was planted and what was raised."""
    keys = ("planted", "raised", "doubled", "false")
    rows = [
        (_feeds(v), *(str(v[key]) for key in keys), number(v["late_s"]["p95"], 1))
        for v in _values(runs)
    ]
    return table(("feeds", *keys, "start late by p95, s"), rows)


BLOCKS: dict[str, Callable[[list[Result]], str]] = {
    "feeds-linearity": linearity,
    "feeds-looks": looks,
    "feeds-stages": stages,
    "feeds-memory": memory,
    "feeds-truth": truth,
}


def _feeds(value: dict[str, Any]) -> str:
    """How many, and whether each has a sub-stream."""
    return str(value["feeds"]) + (" with sub-streams" if value.get("sub_streams") else "")


def _values(runs: list[Result]) -> list[dict[str, Any]]:
    return [run.value for run in runs]


def _machines(runs: list[Result]) -> str:
    """On what it was measured, and with what."""
    told = {
        f"{r.record['hardware']['cores']} cores of {r.record['hardware']['cpu']}, "
        f"{r.record['hardware']['memory_bytes'] / 2**30:.0f} GiB; {r.record['model']['name']}"
        for r in runs
    }
    return (
        f"{'; '.join(sorted(told))}. The server runs on the same machine and is counted apart.\n\n"
    )
