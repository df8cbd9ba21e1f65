"""How many cases a second are taken from the bus, their packets on the disk; and how many steps."""

import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import select

from api.cases.casework import Wanted, take_step
from api.cases.ingest import Ingest
from api.evidence import Evidence
from api.practice import load_practice
from api.prepare import BUS_NAME
from api.store.database import open_store
from api.store.tables import Case
from api.workflow.flow import Step
from api.workflow.words import Action, Duty, State
from benchmarks.api.packets import announce, packets, violation
from streams.bus import SqliteBus


@dataclass(frozen=True, slots=True)
class Rates:
    """What was done, and how many of it a second; `ingest_cpu_ms` is the process' time per case."""

    packets: int
    packet_bytes: int
    sealed_per_s: float
    ingested_per_s: float
    ingest_cpu_ms: float
    steps: int
    steps_per_s: float
    step_processes: int

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def measure_rates(data_dir: Path, count: int, processes: int = 4) -> Rates:
    """Seal and announce `count` packets, take them in, then file the cases from some processes."""
    began_s = time.perf_counter()
    size = _announce(data_dir, count)
    sealed_s = time.perf_counter() - began_s
    cpu_s, ingest_s = time.process_time(), _ingest(data_dir, count)
    cpu_s = time.process_time() - cpu_s
    ids = _newest(data_dir, count)
    began_s = time.perf_counter()
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        list(pool.map(_warm, range(processes)))
        began_s = time.perf_counter()
        list(pool.map(_file, [(data_dir, ids[n::processes]) for n in range(processes)]))
    steps_s = time.perf_counter() - began_s
    return Rates(
        packets=count,
        packet_bytes=size,
        sealed_per_s=round(count / sealed_s, 1),
        ingested_per_s=round(count / ingest_s, 1),
        ingest_cpu_ms=round(1000 * cpu_s / count, 2),
        steps=len(ids),
        steps_per_s=round(len(ids) / steps_s, 1),
        step_processes=processes,
    )


def _announce(data_dir: Path, count: int) -> int:
    first = int(time.time()) % 1_000_000 * 60  # others than those of an earlier run
    with packets(data_dir) as writer, SqliteBus(data_dir / BUS_NAME) as bus:
        for number in range(count):
            found = violation(first + number, time.time())
            written = writer.write(found)
            announce(bus, found, written)
    folder = data_dir / "packets" / written.name
    return sum(file.stat().st_size for file in folder.iterdir())


def _ingest(data_dir: Path, count: int) -> float:
    with closing(open_store(data_dir)) as store, SqliteBus(data_dir / BUS_NAME) as bus:
        practice = load_practice(data_dir)
        ingest = Ingest(store, bus, Evidence(data_dir / "packets"), practice)
        taken, began_s = 0, time.perf_counter()
        while taken < count:
            taken += ingest.step()
        return time.perf_counter() - began_s


def _newest(data_dir: Path, count: int) -> list[str]:
    with closing(open_store(data_dir)) as store, store.reading() as sql:
        leads = select(Case.id).where(
            Case.status == State.LEAD.value, Case.camera_id.startswith("bench-")
        )
        return list(sql.scalars(leads.limit(count)))


def _warm(_number: int) -> None:
    """Take the time to start a process before the clock runs."""
    time.sleep(0.3)


def _file(job: tuple[Path, list[str]]) -> None:
    data_dir, ids = job
    practice = load_practice(data_dir)
    with closing(open_store(data_dir)) as store:
        for case_id in ids:
            step = Step(Action.FILE, "bench", frozenset(Duty))
            take_step(store, practice, Wanted(case_id, 1, step, time.time()))
