"""Figures of what is sent to other systems, for Prometheus."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from sqlalchemy import func, select

from api.outbound.horizon import last_line
from api.outbound.tables import PlatformChange, Target
from api.outbound.targets import count_letters
from api.store.database import Store

NEVER = 0.0


def outbound_figures(store: Store) -> Iterator[Metric]:
    """How each target is doing."""
    last = last_line(store)
    with store.reading() as sql:
        targets = sql.scalars(select(Target).order_by(Target.name)).all()
        letters = count_letters(sql)
        changes = select(PlatformChange.target, PlatformChange.outcome, func.count())
        told = sql.execute(changes.group_by(PlatformChange.target, PlatformChange.outcome)).all()
    yield _counter("sent", "Events that were delivered", {one.name: one.sent for one in targets})
    yield _counter("buried", "Events that became dead letters", {t.name: t.failed for t in targets})
    behind = {one.name: max(0, last - one.cursor) for one in targets}
    yield _gauge("behind", "Lines of the histories that it has yet to be told of", behind)
    yield _gauge("dead", "Dead letters", {t.name: letters.get(t.id, (0, 0))[0] for t in targets})
    yield _gauge("failures", "Failures in a row", {one.name: one.tries for one in targets})
    paused = {one.name: float(one.paused_s is not None) for one in targets}
    yield _gauge("paused", "Whether it is paused", paused)
    taken = {one.name: one.last_success_s or NEVER for one in targets}
    yield _gauge("last_success_seconds", "When it took an event last, UTC seconds", taken)
    metric = GaugeMetricFamily(
        "skyeye_outbound_changes", "What platforms told of cases", labels=["target", "outcome"]
    )
    for target, outcome, count in told:
        metric.add_metric([target, outcome], count)
    yield metric


def _counter(name: str, text: str, values: dict[str, int]) -> Metric:
    metric = CounterMetricFamily(f"skyeye_outbound_{name}", text, labels=["target"])
    for target, value in values.items():
        metric.add_metric([target], value)
    return metric


def _gauge(name: str, text: str, values: dict[str, float] | dict[str, int]) -> Metric:
    metric = GaugeMetricFamily(f"skyeye_outbound_{name}", text, labels=["target"])
    for target, value in values.items():
        metric.add_metric([target], value)
    return metric
