"""The node that is measured: its site, its process, and what it tells of itself."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import tomlkit

from benchmarks.feeds.metrics import Raised, TracedLook
from benchmarks.feeds.plan import DWELL_S, KIND, ZONE, Feed
from benchmarks.scenes import bikes, parking
from streams.bus import SqliteBus
from streams.config import Camera, RuleConfig, Site, ZoneConfig
from streams.look_trace import VARIABLE
from vision.zone import Zone

CONNECT_PATIENCE_S = 180.0
STOP_PATIENCE_S = 30.0
POLL_S = 0.5
CONSUMER = "bench"
LONGEST_LOOK_S = 12.0
"""Cameras with key pictures 10 s apart are looked at that often, not 25 times as dearly."""


class NodeError(OSError):
    """The node did not do what is to be measured."""


def camera(feed: Feed, uri: str, interval_s: float, look_uri: str | None = None) -> Camera:
    """A camera of the site; all have both rules, whatever is planted."""
    zones = (parking.KERB, parking.BAY, bikes.PAVEMENT, bikes.BAY)
    return Camera(
        id=feed.name,
        name=f"{feed.name} {feed.film.name}",
        uri=uri,
        look_uri=look_uri,
        look_interval_s=interval_s,
        max_look_interval_s=max(interval_s, LONGEST_LOOK_S),
        zones=[_zone(zone) for zone in zones],
        rules=[RuleConfig(kind=KIND[w], zone=ZONE[w], dwell_s=DWELL_S) for w in KIND],
    )


def site_text(keys: Mapping[str, Any], data_dir: Path, cameras: Sequence[Camera]) -> str:
    """The site as a TOML file; raises ValueError for keys that a site does not have."""
    site = Site.model_validate({**keys, "data_dir": data_dir, "cameras": list(cameras)})
    return tomlkit.dumps(site.model_dump(mode="json", exclude_none=True, exclude_defaults=True))


def _zone(zone: Zone) -> ZoneConfig:
    return ZoneConfig(name=zone.name, kind=zone.kind, polygon=list(zone.polygon))


@dataclass(slots=True)
class RunningNode:
    """`skyeye run` in a process of its own; `raised` grows with each `gather`."""

    process: "subprocess.Popen[bytes]"
    bus: SqliteBus
    trace: Path
    raised: list[Raised] = field(default_factory=list)

    def status(self, key: str) -> dict[str, Any]:
        """What the node says of something; empty before it has."""
        entry = self.bus.get("status", key)
        value: dict[str, Any] = json.loads(entry.value) if entry else {}
        return value

    def cameras(self) -> dict[str, dict[str, Any]]:
        """The status of every camera that has one."""
        return self._under("camera/")

    def names(self) -> dict[int, str]:
        """What each process of the node is called, by process id."""
        return {s["pid"]: name for name, s in self._under("process/").items() if s.get("pid")}

    def gather(self) -> None:
        """Take in the violations that were told since the last time."""
        for message in self.bus.claim("violation.raised", CONSUMER):
            told = message.body["violation"]
            self.raised.append(
                Raised(told["camera_id"], told["kind"], told["zone"], told["started_s"])
            )
            self.bus.ack(CONSUMER, message)

    def looks(self) -> list[TracedLook]:
        """Every look so far."""
        if not self.trace.exists():
            return []
        whole = self.trace.read_text(encoding="utf-8").rpartition("\n")[0]
        return [TracedLook.parse(line) for line in whole.splitlines()]

    def check(self) -> None:
        """Raise NodeError if the node has ended."""
        if self.process.poll() is not None:
            raise NodeError("the node has ended; see what it said above")

    def connect(self, count: int, progress: Callable[[int, int], None]) -> float:
        """Wait until so many cameras have been looked at; returns the seconds since this call."""
        began_s = time.monotonic()
        while (waited_s := time.monotonic() - began_s) < CONNECT_PATIENCE_S:
            self.check()
            seen = len({look.camera_id for look in self.looks() if look.is_seen})
            progress(seen, count)
            if seen >= count:
                return round(waited_s, 1)
            time.sleep(POLL_S)
        raise NodeError(
            f"of {count} cameras {seen} were looked at within {CONNECT_PATIENCE_S:.0f} s"
        )

    def _under(self, prefix: str) -> dict[str, dict[str, Any]]:
        entries = self.bus.entries("status")
        return {
            e.key.removeprefix(prefix): json.loads(e.value)
            for e in entries
            if e.key.startswith(prefix)
        }


@contextmanager
def running(site: str, folder: Path) -> Iterator[RunningNode]:
    """Run a node on a site's text in a new folder, which its `data_dir` must be `folder / data`."""
    (folder / "site.toml").write_text(site, encoding="utf-8")
    trace = folder / "looks"
    environment = {"SKYEYE_LOG": "WARNING", **os.environ, VARIABLE: str(trace)}
    command = [sys.executable, "-m", "skyeye", "run", str(folder / "site.toml")]
    process = subprocess.Popen(command, env=environment)  # noqa: S603
    try:
        with SqliteBus(folder / "data" / "bus.db") as bus:
            yield RunningNode(process, bus, trace)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
