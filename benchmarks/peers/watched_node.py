"""Skyeye's node, seen as the peers are."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks import record
from benchmarks.feeds.node import RunningNode, camera, running, site_text
from benchmarks.feeds.plan import Feed
from benchmarks.feeds.rtsp_server import RtspServer
from benchmarks.peers.looks import SeenLook, whole_lines


@dataclass(frozen=True, slots=True)
class WatchedNode:
    """A node; boxes that score less than `score` are not compared."""

    node: RunningNode
    sizes_wh: Mapping[str, tuple[int, int]]
    score: float

    @property
    def pid(self) -> int:
        """The node's first process."""
        return self.node.process.pid

    def check(self) -> None:
        """Raise NodeError if it has ended."""
        self.node.check()

    def names(self) -> dict[int, str]:
        """Its processes by what the node calls them."""
        return self.node.names()

    def looks(self) -> list[SeenLook]:
        """Every look so far that the node concluded something from."""
        if not self.node.trace.exists():
            return []
        lines = whole_lines(self.node.trace.read_text(encoding="utf-8"))
        looks = (SeenLook.of_node(line, self.sizes_wh, self.score) for line in lines)
        return [look for look in looks if look is not None]

    def versions(self) -> dict[str, str]:
        """What this project runs on."""
        told = record.versions() | {"python": platform.python_version()}
        return {name: version for name, version in told.items() if version}


@contextmanager
def running_node(
    server: RtspServer,
    feeds: Sequence[Feed],
    site: Mapping[str, Any],
    interval_s: float,
    score: float,
    folder: Path,
) -> Iterator[WatchedNode]:
    """Run a node with further keys of a site, in a new folder."""
    cameras = [camera(feed, server.uri(feed.name), interval_s) for feed in feeds]
    sizes = {feed.name: feed.film.size_wh for feed in feeds}
    with running(site_text(site, folder / "data", cameras), folder) as node:
        yield WatchedNode(node, sizes, score)
