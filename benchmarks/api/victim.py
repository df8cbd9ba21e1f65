"""A process that works on cases until it is killed, and says what it has done.

It does what the server does, through the same functions: takes violations from the bus, files and
rejects the cases, publishes verdicts, and purges what was rejected. What it has been told is done
it writes to a file of its own at once; that is what must be found again.
"""

import os
import random
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from api.audit import PROGRAM
from api.cases.casework import Stale, Wanted, take_step
from api.cases.ingest import Ingest
from api.custody.purging import Purger, decide, unfinished
from api.custody.retention import Retention
from api.custody.tables import Purge
from api.evidence import Evidence
from api.outbox import Outbox
from api.practice import Practice, load_practice
from api.prepare import BUS_NAME
from api.store.database import Store, open_store
from api.store.tables import Case
from api.workflow.flow import NotPossible, Step
from api.workflow.words import Action, Duty, State
from streams.bus import BusError, SqliteBus

LATER_S = 400 * 86_400.0
"""Rejected cases are purged as if so much time had passed."""
RETENTION = Retention(days={State.REJECTED: 30.0})
FILED, PURGED = "filed", "purged"


def work(data_dir: Path, done: Path, ahead_s: float, seed: int, ready: int) -> None:
    """Work until killed; a byte is written to the file `ready` when it begins.

    `ahead_s` is by how much the bus's clock is ahead, so that what a dead process had claimed is
    free again.
    """
    rng = random.Random(seed)
    practice = load_practice(data_dir)
    with (
        closing(open_store(data_dir)) as store,
        SqliteBus(data_dir / BUS_NAME, clock=lambda: time.time() + ahead_s) as bus,
        done.open("a") as told,
    ):
        ingest = Ingest(store, bus, Evidence(data_dir / "packets"), practice)
        outbox, purger = Outbox(store, bus), Purger(store, data_dir)
        jobs: list[Callable[[], object]] = [
            ingest.step,
            lambda: _judge_all(store, practice, told.fileno(), rng),
            outbox.flush,
            lambda: _purge(store, purger, told.fileno()),
        ]
        _leads(store)
        os.write(ready, b".")
        while True:
            try:
                rng.shuffle(jobs)  # each is under way when the end comes, none starves
                for job in jobs:
                    job()
            except (BusError, DatabaseError):  # the database was killed: the server waits, too
                time.sleep(0.05)


def _judge_all(store: Store, practice: Practice, told: int, rng: random.Random) -> None:
    for case_id in _leads(store):
        _judge(store, practice, case_id, told, rng)


def _leads(store: Store) -> list[str]:
    with store.reading() as sql:
        return list(sql.scalars(select(Case.id).where(Case.status == State.LEAD.value).limit(4)))


def _judge(store: Store, practice: Practice, case_id: str, told: int, rng: random.Random) -> None:
    is_one = rng.random() < 0.6
    action, reason = (Action.FILE, None) if is_one else (Action.REJECT, "moving")
    step = Step(action, "victim", frozenset(Duty), reason=reason)
    try:
        take_step(store, practice, Wanted(case_id, 1, step, time.time()))
    except (Stale, NotPossible):  # the other process was faster
        return
    _tell(told, FILED if is_one else "rejected", case_id)


def _purge(store: Store, purger: Purger, told: int) -> None:
    now_s = time.time() + LATER_S
    with store.reading() as sql:
        rejected = select(Case.id).where(Case.status == State.REJECTED.value)
        kept = rejected.where(Case.id.not_in(select(Purge.case_id)))
        waiting = list(sql.scalars(kept.limit(4)))
    for case_id in waiting:
        decide(store, RETENTION, case_id, PROGRAM, now_s)
    with store.reading() as sql:
        decided = unfinished(sql)
    for case_id in decided:
        purger.finish(case_id)
        _tell(told, PURGED, case_id)


def _tell(file: int, what: str, case_id: str) -> None:
    os.write(file, f"{what} {case_id}\n".encode())
