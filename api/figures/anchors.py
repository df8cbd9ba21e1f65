"""How far the chain of evidence is time-stamped, for Prometheus and for whoever watches."""

from collections.abc import Iterator
from pathlib import Path

from prometheus_client.core import GaugeMetricFamily, Metric

from streams.evidence.anchor_keeper import Anchoring, anchoring


def read_anchoring(data_dir: Path, now_s: float) -> Anchoring | str:
    """The state of a data folder's anchors, or why it cannot be told."""
    try:
        return anchoring(data_dir, now_s)
    except OSError as error:
        return str(error)


def anchor_check(data_dir: Path, now_s: float) -> str | None:
    """What keeps the chain from being anchored, "" where nothing does, None where nobody is to."""
    state = read_anchoring(data_dir, now_s)
    if isinstance(state, str):
        return f"the chain of evidence is not time-stamped: {state}"
    if not state.configured:
        return None
    if not state.overdue:
        return ""
    why = f": {state.problem}" if state.problem else ""
    numbers = f"numbers {state.anchored + 1} to {state.head}"
    return f"the chain of evidence is not time-stamped in time ({numbers}){why}"


def anchor_figures(data_dir: Path, now_s: float) -> Iterator[Metric]:
    """The figures; none where the settings cannot be read."""
    state = read_anchoring(data_dir, now_s)
    if isinstance(state, str):
        return
    yield GaugeMetricFamily("skyeye_chain_packets", "Number of the newest packet", state.head)
    yield GaugeMetricFamily(
        "skyeye_chain_anchored_packets", "Number of the newest packet with a time stamp over it",
        state.anchored,
    )  # fmt: skip
    yield GaugeMetricFamily(
        "skyeye_chain_anchoring", "1 where a time-stamp authority is configured", state.configured
    )
    yield GaugeMetricFamily(
        "skyeye_chain_anchor_overdue", "1 where packets wait too long for theirs", state.overdue
    )
    if state.anchored_s is not None:
        yield GaugeMetricFamily(
            "skyeye_chain_anchored_timestamp_seconds", "When it was stamped", state.anchored_s
        )
