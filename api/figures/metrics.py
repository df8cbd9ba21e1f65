"""Figures for Prometheus, gathered when they are asked for."""

import time
from collections import Counter
from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import func, select

from api.figures.anchors import anchor_figures
from api.outbound.figures import outbound_figures
from api.room import Room
from api.statuses import Status, read_statuses
from api.store.tables import Case


class Figures:
    """Collects the figures of a room; they hold no personal data."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def collect(self) -> Iterator[Metric]:
        """Yield every figure, as prometheus_client asks for it."""
        yield self._cases()
        cameras = read_statuses(self._room.bus, "camera")
        yield from _camera_figures(cameras)
        yield from _coverage_figures(cameras)
        yield from _process_figures(read_statuses(self._room.bus, "process"))
        yield CounterMetricFamily(
            "skyeye_messages_poison",
            "Messages that could not be understood since the start",
            self._room.ingest.poison + self._room.following.poison,
        )
        yield GaugeMetricFamily(
            "skyeye_verdicts_waiting", "Verdicts not published yet", self._room.outbox.waiting()
        )
        yield from outbound_figures(self._room.store)
        yield from anchor_figures(self._room.data_dir, time.time())

    def _cases(self) -> Metric:
        metric = GaugeMetricFamily("skyeye_cases", "Cases", labels=["kind", "status"])
        query = select(Case.kind, Case.status, func.count()).group_by(Case.kind, Case.status)
        with self._room.store.reading() as sql:
            for kind, status, count in sql.execute(query):
                metric.add_metric([kind, status], count)
        return metric


def registry(room: Room) -> CollectorRegistry:
    """A registry of our own, so that several servers in one process do not meet."""
    own = CollectorRegistry()
    own.register(Figures(room))
    return own


def _camera_figures(statuses: dict[str, Status]) -> Iterator[Metric]:
    states = Counter(str(status.get("state")) for status in statuses.values())
    cameras = GaugeMetricFamily("skyeye_cameras", "Cameras by state", labels=["state"])
    for state, count in sorted(states.items()):
        cameras.add_metric([state], count)
    yield cameras
    drops = CounterMetricFamily(
        "skyeye_frames_dropped", "Frames that were dropped", labels=["camera", "reason"]
    )
    reconnects = CounterMetricFamily(
        "skyeye_camera_reconnects", "Connections lost", labels=["camera"]
    )
    for name, status in statuses.items():
        for reason, dropped in _numbers(status.get("drops")).items():
            drops.add_metric([name, reason], dropped)
        reconnects.add_metric([name], _number(status.get("reconnects")))
    yield drops
    yield reconnects


def _coverage_figures(statuses: dict[str, Status]) -> Iterator[Metric]:
    ratio = GaugeMetricFamily(
        "skyeye_camera_coverage_ratio",
        "Share of the time that was judged, of the last day or since the first look",
        labels=["camera", "window"],
    )
    lost = CounterMetricFamily(
        "skyeye_camera_lost_seconds", "Seconds that were not judged", labels=["camera", "reason"]
    )
    for name, status in statuses.items():
        for window, field in (("day", "coverage_day"), ("ever", "coverage")):
            covered = status.get(field)
            if isinstance(covered, dict) and isinstance(covered.get("ratio"), int | float):
                ratio.add_metric([name, window], _number(covered["ratio"]))
        for reason, seconds in _lost(status).items():
            lost.add_metric([name, reason], seconds)
    yield ratio
    yield lost


def _lost(status: Status) -> dict[str, float]:
    covered = status.get("coverage")
    return _numbers(covered.get("lost_s")) if isinstance(covered, dict) else {}


def _process_figures(statuses: dict[str, Status]) -> Iterator[Metric]:
    restarts = CounterMetricFamily(
        "skyeye_process_restarts", "Restarts of a process", labels=["process"]
    )
    memory = GaugeMetricFamily(
        "skyeye_process_resident_bytes", "Memory of a process", labels=["process"]
    )
    for name, status in statuses.items():
        restarts.add_metric([name], _number(status.get("restarts")))
        memory.add_metric([name], _number(status.get("rss_bytes")))
    yield restarts
    yield memory


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _numbers(value: object) -> dict[str, float]:
    items = value.items() if isinstance(value, dict) else ()
    return {str(key): _number(held) for key, held in items}
