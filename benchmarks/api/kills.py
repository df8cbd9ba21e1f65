"""Kill what works on cases, again and again, and look whether anything was lost or doubled."""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from api.cases.history import read_lines, verify_case
from api.cases.ingest import Ingest
from api.custody.purging import Purger, unfinished
from api.custody.tables import Purge
from api.evidence import Evidence
from api.outbox import VERDICT, Outbox
from api.practice import load_practice
from api.prepare import BUS_NAME, prepare
from api.store.database import Store, open_store
from api.store.tables import Case, HistoryLine
from benchmarks.api.packets import Packets, announce, packets, violation
from benchmarks.api.victim import FILED, PURGED, work
from streams.bus import SqliteBus
from streams.evidence.certificate import Certificates

PER_ROUND = 3
VICTIMS = 2
LEASE_S = 60.0
LONGEST_S = 0.6
Kill = Callable[[], None]


@dataclass(slots=True)
class KillReport:
    """What came of it; each of the lists should be empty."""

    database: str
    kills: int
    published: int = 0
    cases: int = 0
    filed: int = 0
    purged: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing was lost or doubled and every chain verifies."""
        return not (self.lost or self.doubled or self.broken)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self) | {"ok": self.ok}


def kill_often(
    data_dir: Path, kills: int, database: str, kill: Kill | None = None, seed: int = 1
) -> KillReport:
    """Let two processes work on a data folder and kill them, so many times in all.

    `kill` first does so to what they rely on, and they go on for a while. The folder has to be new.
    """
    prepare(data_dir)
    rng, report = random.Random(seed), KillReport(database, kills)
    done = data_dir.with_name("done.txt")
    with packets(data_dir) as writer:
        for number in range(kills):
            _publish(data_dir, writer, number, report)
            started = _start(data_dir, done, number)
            time.sleep(rng.uniform(0.0, LONGEST_S))
            if kill is not None:
                kill()
                time.sleep(rng.uniform(0.0, LONGEST_S))
            _kill(started)
            _bury(started)
    _check(data_dir, _told(done), kills, report)
    return report


def _publish(data_dir: Path, writer: Packets, number: int, report: KillReport) -> None:
    with SqliteBus(data_dir / BUS_NAME) as bus:
        for serial in range(PER_ROUND):
            found = violation(number * PER_ROUND + serial, time.time())
            announce(bus, found, writer.write(found))
            report.published += 1


def _start(data_dir: Path, done: Path, number: int) -> list[int]:
    """Fork, as starting a program each time would take hours; this one has no thread and no
    connection that the copies could share. Returns when all have begun to work."""
    started, (told, ready) = [], os.pipe()
    for serial in range(VICTIMS):
        pid = os.fork()
        if pid == 0:
            seed = number * VICTIMS + serial
            try:
                work(data_dir, done, (number + 1) * LEASE_S, seed, ready)
            finally:
                os._exit(1)
        started.append(pid)
    os.close(ready)
    for _ in started:
        os.read(told, 1)
    os.close(told)
    return started


def _kill(started: list[int]) -> None:
    for pid in started:
        os.kill(pid, signal.SIGKILL)


def _bury(started: list[int]) -> None:
    for pid in started:
        _, status = os.waitpid(pid, 0)
        if not os.WIFSIGNALED(status):
            raise RuntimeError("a process ended by itself; what it printed is above")


def _told(done: Path) -> Counter[tuple[str, str]]:
    lines = done.read_text().splitlines() if done.exists() else []
    return Counter((what, case_id) for what, case_id in (line.split() for line in lines))


def _check(data_dir: Path, told: Counter[tuple[str, str]], kills: int, report: KillReport) -> None:
    """Finish what is left, as the next start does, and compare."""
    ahead_s = (kills + 2) * LEASE_S
    with (
        closing(open_store(data_dir)) as store,
        SqliteBus(data_dir / BUS_NAME, clock=lambda: time.time() + ahead_s) as bus,
    ):
        ingest = Ingest(store, bus, Evidence(data_dir / "packets"), load_practice(data_dir))
        while ingest.step():
            pass
        Outbox(store, bus).flush()
        purger = Purger(store, data_dir)
        with store.reading() as sql:
            left = unfinished(sql)
        for case_id in left:
            purger.finish(case_id)
        _count(store, report)
        _compare(store, told, report)
        _check_packets(store, data_dir, report)
        _check_verdicts(store, bus, report)


def _count(store: Store, report: KillReport) -> None:
    with store.reading() as sql:
        report.cases = sql.scalar(select(func.count()).select_from(Case)) or 0
        numbers = sql.scalar(select(func.count(func.distinct(Case.number)))) or 0
    if report.cases < report.published:
        report.lost.append(f"{report.published - report.cases} of the published violations")
    if report.cases > report.published or numbers < report.cases:
        report.doubled.append(f"{report.cases} cases with {numbers} numbers")


def _compare(store: Store, told: Counter[tuple[str, str]], report: KillReport) -> None:
    with store.reading() as sql:
        for case in sql.scalars(select(Case)):
            lines = read_lines(sql, case.id)
            if not (verdict := verify_case(case, lines)).ok:
                report.broken.append(f"{case.id}: {verdict.problems}")
            steps = Counter(line.action for line in lines)
            if max(steps["raised"], steps["file"] + steps["reject"], steps["purged"]) > 1:
                report.doubled.append(f"{case.id}: {dict(steps)}")
            report.filed += steps["file"]
            if told[FILED, case.id] > steps["file"]:
                report.lost.append(f"the filing of {case.id}")
            if told["rejected", case.id] > steps["reject"]:
                report.lost.append(f"the rejection of {case.id}")
            purge = sql.get(Purge, case.id)
            if told[PURGED, case.id] and (purge is None or purge.done_s is None):
                report.lost.append(f"the purge of {case.id}")


def _check_packets(store: Store, data_dir: Path, report: KillReport) -> None:
    """Each case's packet is there whole, or a certificate says that it was purged."""
    kept = [one.certificate for one in Certificates(data_dir / "packets").read()]
    gone = Counter(certificate.packet for certificate in kept if certificate)
    report.purged = len(gone)
    with store.reading() as sql:
        for packet in sql.scalars(select(Case.packet)):
            is_there = (data_dir / "packets" / packet / "manifest.json").is_file()
            if is_there == bool(gone[packet]):
                report.lost.append(f"packet {packet}")
            if gone[packet] > 1:
                report.doubled.append(f"the certificate of {packet}")


def _check_verdicts(store: Store, bus: SqliteBus, report: KillReport) -> None:
    """The brain is told of each judgement, once."""
    heard: Counter[str] = Counter()
    while messages := bus.claim(VERDICT, "check", limit=500):
        for message in messages:
            heard[str(message.body["violation_id"])] += 1
            bus.ack("check", message)
    judged = select(HistoryLine.case_id).where(HistoryLine.action.in_(["file", "reject"]))
    with store.reading() as sql:
        for case_id in sql.scalars(judged):
            if heard[case_id] != 1:
                where = report.doubled if heard[case_id] else report.lost
                where.append(f"the verdict of {case_id}")
