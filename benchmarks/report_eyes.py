"""The parts of docs/performance.md on what one look costs, from `skyeye bench eyes`, with plots."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import mean

from benchmarks.eyes import GOPS_S, Eye
from benchmarks.report_text import Result, number, percent, table

NAME = "eyes"
TEMPLATE = """## What one look costs

<!-- eyes-sizes -->
<!-- /eyes-sizes -->

<!-- eyes-gops -->
<!-- /eyes-gops -->

<!-- eyes-zones -->
<!-- /eyes-zones -->
"""


def is_eyes(result: Result) -> bool:
    """Whether a result tells what looks cost."""
    return result.name == NAME


def sizes(result: Result) -> str:
    """Each step by size and codec, and a plot of a look at a key picture."""
    rows, plotted = [], []
    for (height, codec), eyes in sorted(_by_kind(result).items()):
        steps = ("key_ms", "each_ms", "take_ms", "enlarge_ms", "share_ms", "gate_ms", "fit_ms")
        figures = [mean(getattr(eye, step) for eye in eyes) for step in steps]
        look_ms = mean(eye.look_ms(1.0) for eye in eyes)
        name = f"{height}p {codec}" + (" sub-stream" if eyes[0].enlarge_ms else "")
        rows.append((name, str(len(eyes)), *(number(ms) for ms in figures), number(look_ms, 1)))
        plotted.append((name, look_ms))
    heads = (
        *("picture", "films", "key picture decoded", "every picture decoded", "planes taken"),
        *("enlarged", "shared", "gate", "fitted", "a look without network"),
    )
    said = (
        "Milliseconds of processor time for each picture, means over the films of a kind; a "
        "sub-stream's is enlarged to 1080p.\n\n"
    )
    return said + table(heads, rows) + "\n" + plot("A look without the network, ms", plotted)


def gops(result: Result) -> str:
    """A feed's cost by the distance of its key pictures."""
    eyes = [e for (height, codec), es in _by_kind(result).items() for e in es
            if (height, codec) == (1080, "h264")]  # fmt: skip
    interval_s = result.value["interval_s"]
    rows = [
        (f"{gop_s:g} s", number(ms, 1), number(ms / max(gop_s, interval_s), 2), number(all_ms, 0))
        for gop_s in GOPS_S
        for ms in [mean(e.look_ms(1.0) for e in eyes)]
        for all_ms in [mean(e.look_ms(gop_s, interval_s) for e in eyes) / interval_s]
    ]
    heads = (
        "key pictures every", "ms a look at key pictures", "core-ms a feed-second",
        f"the same where looks must be {interval_s:g} s apart",
    )  # fmt: skip
    said = (
        f"1080p H.264, a look every {interval_s:g} s, without reading and network. Where key "
        "pictures are further apart, `max_look_interval_s` lets them suffice; without it every "
        "picture is decoded.\n\n"
    )
    return said + table(heads, rows)


def zones(result: Result) -> str:
    """How many looks the motion gate spares the network, by how much of the picture is watched."""
    figures = result.value["gate"]
    rows = [(f"{f['height']:.0%}", percent(f["spared"], 0)) for f in figures]
    plotted = [(f"{f['height']:.0%}", 100 * f["spared"]) for f in figures]
    said = "Over all films, traffic and night included; only cells in and around zones count.\n\n"
    heads = ("height of the band with the zones", "looks without the network")
    return said + table(heads, rows) + "\n" + plot("Looks without the network, %", plotted)


def plot(title: str, bars: Sequence[tuple[str, float]]) -> str:
    """A bar chart that Markdown viewers draw (Mermaid)."""
    names = ", ".join(f'"{name}"' for name, _ in bars)
    values = ", ".join(f"{value:.2f}" for _, value in bars)
    return (
        f'```mermaid\nxychart-beta\n  title "{title}"\n  x-axis [{names}]\n'
        f"  y-axis 0 --> {1.1 * max(value for _, value in bars):.2f}\n  bar [{values}]\n```\n"
    )


def _by_kind(result: Result) -> dict[tuple[int, str], list[Eye]]:
    kinds = defaultdict[tuple[int, str], list[Eye]](list)
    for film in result.value["films"]:
        eye = Eye(**film)
        kinds[eye.height, eye.codec].append(eye)
    return kinds


BLOCKS: dict[str, Callable[[Result], str]] = {
    "eyes-sizes": sizes,
    "eyes-gops": gops,
    "eyes-zones": zones,
}
