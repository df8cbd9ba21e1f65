"""What processes take of the machine: processor time and memory, from outside."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import psutil

GIB = 2**30


@dataclass(slots=True)
class Stage:
    """One process of the node by its name, restarts included."""

    cpu_s: float = 0.0
    rss: list[tuple[float, int]] = field(default_factory=list)
    """Monotonic seconds and bytes."""


class Watch:
    """Follows a process and its children; `sample` it every few seconds.

    What a process used before the first sample is not counted; one that is born later counts from
    its birth. Time that a process used after its last sample is lost with it.
    """

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._last: dict[int, float] = {}
        self._is_first = True
        self.stages: dict[str, Stage] = {}
        self.pss: list[tuple[float, int]] = []

    @property
    def cpu_s(self) -> float:
        """Processor seconds of all."""
        return sum(stage.cpu_s for stage in self.stages.values())

    def sample(self, names: Mapping[int, str]) -> None:
        """Look at every process; `names` by process id, others are counted as `other`."""
        now_s, rss = time.monotonic(), dict[str, int]()
        for process in (self._root, *self._children()):
            name = names.get(process.pid, "other")
            stage = self.stages.setdefault(name, Stage())
            try:
                times, size = process.cpu_times(), process.memory_info().rss
            except psutil.NoSuchProcess:
                continue
            used_s = times.user + times.system
            before_s = self._last.get(process.pid, used_s if self._is_first else 0.0)
            stage.cpu_s += used_s - before_s
            self._last[process.pid] = used_s
            rss[name] = rss.get(name, 0) + size
        for name, size in rss.items():
            self.stages[name].rss.append((now_s, size))
        self._is_first = False

    def sample_pss(self) -> None:
        """Add up the memory of all, what is shared counted once; dearer than `sample`."""
        total = 0
        for process in (self._root, *self._children()):
            try:
                total += process.memory_full_info().pss
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        self.pss.append((time.monotonic(), total))

    def total_rss(self) -> list[tuple[float, int]]:
        """The sum over the processes at each sample."""
        sums: dict[float, int] = {}
        for stage in self.stages.values():
            for at_s, size in stage.rss:
                sums[at_s] = sums.get(at_s, 0) + size
        return sorted(sums.items())

    def _children(self) -> list[psutil.Process]:
        try:
            return self._root.children(recursive=True)
        except psutil.NoSuchProcess:
            return []


class Machine:
    """How much of the whole machine was idle since the last call of `idle`."""

    def __init__(self) -> None:
        self._before = psutil.cpu_times()

    def idle(self) -> float:
        """Share of the processors' time in which nobody had anything to do."""
        now, before = psutil.cpu_times(), self._before
        self._before = now
        spent = {k: getattr(now, k) - getattr(before, k) for k in now._fields if "guest" not in k}
        idle = spent["idle"] + spent.get("iowait", 0.0)
        return round(float(idle / max(sum(spent.values()), 1e-9)), 3)
