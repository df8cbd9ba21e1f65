"""The thread that looks after custody: copies made ahead, purges finished, and the daily purge."""

import logging
import threading
import time
from pathlib import Path
from typing import Self

from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from api.audit import PROGRAM
from api.custody.copies import Copies
from api.custody.purging import Purger, decide, due_cases, unfinished
from api.custody.retention import load_retention
from api.evidence import EvidenceError
from api.store.database import Store
from api.store.tables import Case

PAUSE_S = 3.0
DAY_S = 86_400.0
HOUR_S = 3600.0
AHEAD = 50
log = logging.getLogger(__name__)


class Keeper:
    """Keeps custody for the packets below `data_dir`, until it is stopped."""

    def __init__(self, store: Store, data_dir: Path, copies: Copies) -> None:
        self._store, self._data_dir, self._copies = store, data_dir, copies
        self._retention = load_retention(data_dir)
        self._purger = Purger(store, data_dir)
        self._seen_s = time.time()
        self._purge_at_s = 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="custody", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.turn(time.time())
            except (OSError, DatabaseError) as error:
                log.error("custody rests for a moment: %s", error)
            self._stopping.wait(PAUSE_S)

    def turn(self, now_s: float) -> None:
        """Do what there is to do at a time (UTC seconds)."""
        self._mask_ahead()
        if now_s >= self._purge_at_s:
            self._purge_at_s = now_s + HOUR_S  # in case it fails
            for case_id in self._to_purge(now_s):
                if self._stopping.is_set():
                    return
                self._purger.finish(case_id)
            self._purge_at_s = now_s + DAY_S

    def _mask_ahead(self) -> None:
        """Have the packets of new cases masked before somebody opens them."""
        query = select(Case.packet, Case.raised_s).where(Case.raised_s > self._seen_s)
        with self._store.reading() as sql:
            fresh = sql.execute(query.order_by(Case.raised_s).limit(AHEAD)).all()
        for packet, raised_s in fresh:
            self._seen_s = max(self._seen_s, raised_s)
            try:
                self._copies.make_ahead(packet)
            except EvidenceError as error:
                log.warning("packet %s is not masked ahead: %s", packet, error)

    def _to_purge(self, now_s: float) -> list[str]:
        """What was begun before, and, if the site wants that, what is due."""
        with self._store.reading() as sql:
            begun = unfinished(sql)
            due = due_cases(sql, self._retention, now_s) if self._retention.daily else []
        chosen = [d for d in due if decide(self._store, self._retention, d.case_id, PROGRAM, now_s)]
        return begun + [one.case_id for one in chosen]
