"""The figures of trials, and how they compare. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks.feeds.metrics import Spread
from benchmarks.feeds.plan import FPS, KIND, ZONE, Feed
from benchmarks.feeds.watch import GIB
from benchmarks.peers.coverage import (
    ENOUGH,
    Planted,
    Polygon,
    coverage,
    disagreeing,
    pictures_share,
    seen_planted,
    vehicles,
)
from benchmarks.peers.looks import VEHICLES
from benchmarks.peers.roster import NODES, REFERENCE
from benchmarks.peers.trial import Trial
from benchmarks.scenes import bikes, parking

FULL = 0.85
"""A peer and the server that take so much of the machine leave too little for the rest of it."""
ZONES: dict[str, Polygon] = {zone.name: zone.polygon for zone in (parking.KERB, bikes.PAVEMENT)}
EXEMPT: dict[str, Polygon] = {"car": parking.BAY.polygon, "bike": bikes.BAY.polygon}
MISTAKEN = {"car": ("car", "truck", "bus"), "bike": ("bicycle", "motorcycle")}
"""What the network may take a standing car or bike for."""

Figures = dict[str, Any]


def planted(feeds: Sequence[Feed]) -> dict[str, Planted]:
    """Where a vehicle stands all the time."""
    found = {}
    for feed in feeds:
        what = feed.film.what
        if what and what in KIND and feed.role == "stands":
            class_ids = frozenset(VEHICLES[name] for name in MISTAKEN[what])
            found[feed.name] = Planted(ZONES[ZONE[what]], EXEMPT[what], class_ids)
    return found


def cost(trial: Trial) -> Figures:
    """What a trial took."""
    feeds, seconds = len(trial.feeds), trial.seconds
    return {
        "feeds": feeds,
        "seconds": round(seconds, 1),
        "cpu_cores": round(trial.peer.cpu_s / seconds, 4),
        "feeds_per_core": round(feeds * seconds / trial.peer.cpu_s, 1),
        "per_feed_core_ms": round(1000 * trial.peer.cpu_s / seconds / feeds, 2),
        "server_per_feed_core_ms": round(1000 * trial.server_cpu_s / seconds / feeds, 2),
        "idle": trial.idle,
        "others_cores": round(max(0.0, others(trial)), 3),
        "saturated": is_saturated(trial),
        "rss_gib": round(max(size for _, size in trial.peer.total_rss()) / GIB, 3),
        "pss_gib": round(max((size for _, size in trial.peer.pss), default=0) / GIB, 3),
        "processes": trial.processes,
        "threads": trial.threads,
        "stages": {
            name: round(1000 * stage.cpu_s / seconds / feeds, 3)
            for name, stage in sorted(trial.peer.stages.items())
        },
    }


def own_cores(trial: Trial) -> float:
    """What the peer and its server took."""
    return (trial.peer.cpu_s + trial.server_cpu_s) / trial.seconds


def others(trial: Trial) -> float:
    """Cores that neither the peer nor the server took, and that were not idle."""
    return trial.cores * (1 - trial.idle) - own_cores(trial)


def is_saturated(trial: Trial) -> bool:
    """Whether so many feeds are too many for the machine."""
    return own_cores(trial) > FULL * trial.cores


def looked(trial: Trial, feeds: Sequence[Feed], every_s: float) -> Figures:
    """How often it looked, and what it saw."""
    told = coverage(trial.looks, trial.feeds, trial.from_s, trial.to_s, every_s)
    within = [k for k in trial.looks if trial.from_s <= k.at_s < trial.to_s]
    figures = asdict(told) | {
        "equal_coverage": told.is_equal,
        "interval_s": spread(told.interval_s),
    }
    figures["cpu_s_per_look"] = round(trial.peer.cpu_s / told.looks, 4) if told.looks else None
    figures["planted_seen"] = seen_planted(within, planted(feeds))
    taken = figures["pictures_share"] = pictures_share(within, FPS)
    figures["equal_coverage"] = told.is_equal and (taken is None or taken >= ENOUGH)
    for name, zones in (("vehicles_per_look", None), ("in_zones_per_look", ZONES.values())):
        figures[name] = {c: asdict(mean) for c, mean in vehicles(within, zones).items()}
    return figures | {"versions": trial.versions}


def compare(trials: Mapping[str, Trial], peers: dict[str, Figures]) -> None:
    """Write into each peer's figures where it sees other vehicles in the zones than Skyeye does
    when it spares itself nothing."""
    means = {
        key: vehicles([k for k in t.looks if t.from_s <= k.at_s < t.to_s], ZONES.values())
        for key, t in trials.items()
    }
    for key, figures in peers.items():
        if REFERENCE in means:
            figures["sees_otherwise_at"] = disagreeing(means[key], means[REFERENCE])


def ratios(peers: Mapping[str, Figures]) -> Figures:
    """How many times the feeds per core of each peer Skyeye watches."""
    nodes = [node.key for node in NODES]
    return {
        node: {
            key: round(peers[node]["feeds_per_core"] / figures["feeds_per_core"], 2)
            for key, figures in peers.items()
            if key not in nodes
        }
        for node in nodes
        if node in peers
    }


def shares(peers: Mapping[str, Figures], parts: Mapping[str, Figures]) -> Figures:
    """Core-ms a feed of each stage, as far as one run less another tells."""
    ms = {k: float(v["per_feed_core_ms"]) for k, v in {**peers, **parts}.items()}
    told: Figures = {}
    if ms.keys() >= {"opencv", "opencv-blind", "receive", "drain"}:
        told["opencv"] = {
            "receive": ms["receive"],
            "decode": ms["drain"] - ms["receive"],
            "convert": ms["opencv-blind"] - ms["drain"],
            "network and zones": ms["opencv"] - ms["opencv-blind"],
        }
    if ms.keys() >= {"ultralytics", "receive", "drain"}:
        told["ultralytics"] = {
            "receive": ms["receive"],
            "decode": ms["drain"] - ms["receive"],
            "convert, network and rest": ms["ultralytics"] - ms["drain"],
        }
    if ms.keys() >= {"pipe", "pipe-blind", "receive", "keys"}:
        told["pipe"] = {
            "receive": ms["receive"],
            "decode": ms["keys"] - ms["receive"],
            "scale and pipe": ms["pipe-blind"] - ms["keys"],
            "network and zones": ms["pipe"] - ms["pipe-blind"],
        }
    for node in NODES:
        if node.key in peers:
            told[node.key] = dict(peers[node.key]["stages"])
    return {key: {s: round(v, 2) for s, v in stages.items()} for key, stages in told.items()}


def spread(value: Spread) -> dict[str, float]:
    """As it is kept."""
    return {"p50": value.p50, "p95": value.p95, "max": value.most}
