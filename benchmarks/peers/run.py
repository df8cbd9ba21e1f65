"""One run: every peer after the other on the same feeds, then what they took and saw."""

import shutil
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.feeds.plan import FPS, STANDS, Feed, feeds as planned
from benchmarks.feeds.rtsp_server import RtspServer
from benchmarks.feeds.run import Say
from benchmarks.peers import figures
from benchmarks.peers.looks import VEHICLES
from benchmarks.peers.program import Running, plan_of, running_program
from benchmarks.peers.roster import NODES, PARTS, PEERS, Entry, NodeEntry
from benchmarks.peers.trial import Launch, Timing, Trial, trial
from benchmarks.peers.watched_node import running_node
from models.card import ModelCard

SETTLE_S = 10.0
NODE_SETTLE_S = 75.0
"""Skyeye looks more often at what has just come to stand, and keeps evidence of it; so long after
the beginning that is over, and it does what the others do."""
PARTS_SHARE = 0.5
"""What only tells the share of a stage is measured for so much of the time."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What all have in common: looks `interval_s` apart, and the network with its threads."""

    card: ModelCard
    network: Path
    python: Path
    interval_s: float
    threads: int
    timing: Timing

    def around(self) -> dict[str, Any]:
        """What every program is told."""
        return {
            "zones": {name: list(polygon) for name, polygon in figures.ZONES.items()},
            "interval_s": self.interval_s,
            "fps": FPS,
            "model": str(self.network),
            "input_wh": list(self.card.input_wh),
            "classes": sorted(VEHICLES.values()),
            "score": self.card.score_threshold,
            "iou": self.card.iou_threshold,
            "threads": self.threads,
            "ffmpeg": ffmpeg() or "",
        }

    def program(self, entry: Entry) -> Launch:
        """How a peer is started."""

        def launch(
            server: RtspServer, feeds: Sequence[Feed], folder: Path
        ) -> AbstractContextManager[Running]:
            plan = plan_of(feeds, server.uri, entry, self.around())
            return running_program(self.python, entry, plan, folder)

        return launch

    def node(self, entry: NodeEntry) -> Launch:
        """How Skyeye's node is started."""
        site: dict[str, Any] = {
            "detectors": [{"model": self.card.name, "precision": entry.precision}],
            "threads": self.threads,
            **entry.site,
        }

        def launch(
            server: RtspServer, feeds: Sequence[Feed], folder: Path
        ) -> AbstractContextManager[Running]:
            score = self.card.score_threshold
            return running_node(server, feeds, site, self.interval_s, score, folder)

        return launch


def ffmpeg() -> str | None:
    """The FFmpeg of this machine, if it has one."""
    return shutil.which("ffmpeg")


def standing(count: int) -> tuple[Feed, ...]:
    """So many feeds that show the same at any time: what is planted in a film stands all along."""
    return tuple(
        replace(feed, role="stands", chapter=STANDS, timetable=()) if feed.film.what else feed
        for feed in planned(count, 0.0)
    )


def measure(
    feeds: Sequence[Feed], films: Mapping[str, Path], setup: Setup, say: Say, *, parts: bool
) -> dict[str, Any]:
    """Measure everybody; raises OSError where one does not look at every feed."""
    trials, skipped = dict[str, Trial](), dict[str, str]()
    run = partial(_trial, films=films, say=say)
    for entry in PEERS:
        if entry.needs_ffmpeg and not ffmpeg():
            skipped[entry.key] = "there is no ffmpeg on this machine"
            continue
        trials[entry.key] = _that_fits(entry.key, feeds, setup, setup.program(entry), run)
    settled = replace(setup.timing, settle_s=NODE_SETTLE_S)
    for node in NODES:
        trials[node.key] = run(node.key, feeds, setup.node(node), settled)
    peers = {
        key: figures.cost(t) | figures.looked(t, feeds, setup.interval_s)
        for key, t in trials.items()
    }
    figures.compare(trials, peers)
    told = _parts(feeds, setup, run) if parts else {}
    titles = {entry.key: entry.title for entry in (*PEERS, *PARTS, *NODES)}
    return {
        "feeds": len(feeds),
        "seconds": setup.timing.seconds,
        "look_interval_s": setup.interval_s,
        "threads": setup.threads,
        "films": [feed.film.name for feed in feeds],
        "planted": sorted(figures.planted(feeds)),
        "titles": {key: titles[key] for key in (*peers, *told)},
        "peers": peers,
        "parts": told,
        "shares_core_ms": figures.shares(peers, told),
        "ratios": figures.ratios(peers),
        "skipped": skipped,
    }


def _trial(
    key: str,
    feeds: Sequence[Feed],
    launch: Launch,
    timing: Timing,
    *,
    films: Mapping[str, Path],
    say: Say,
    looks: bool = True,
) -> Trial:
    def told(what: str, done: int, of: int) -> None:
        say(f"{key}: {what}", done, of)

    return trial(feeds, films, launch, timing, told, looks=looks)


def _that_fits(
    key: str, feeds: Sequence[Feed], setup: Setup, launch: Launch, run: "partial[Trial]"
) -> Trial:
    """A trial with as many of the feeds as the machine can bear: half of them, and half again,
    where they take nearly all of it."""
    while True:
        done = run(key, feeds, launch, setup.timing)
        if not figures.is_saturated(done) or len(feeds) == 1:
            return done
        feeds = feeds[: len(feeds) // 2]


def _parts(feeds: Sequence[Feed], setup: Setup, run: "partial[Trial]") -> dict[str, Any]:
    timing = replace(setup.timing, seconds=PARTS_SHARE * setup.timing.seconds)
    told = {}
    for entry in PARTS:
        if entry.needs_ffmpeg and not ffmpeg():
            continue
        done = run(entry.key, feeds, setup.program(entry), timing, looks=entry.looks)
        told[entry.key] = figures.cost(done)
    return told
