"""Have the head of a chain stamped once a day, and again after a while where that failed."""

import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from streams.durable import replace_file
from streams.evidence.anchor import (
    FOLDER,
    LATELY_BYTES,
    Anchor,
    AnchorError,
    Head,
    keep,
    last_anchor,
    read_head,
)
from streams.evidence.anchor_authority import NO_AUTHORITY, load_authority
from streams.evidence.chain import REGISTER_NAME, read_register

ROUND_S = 60.0
LONGEST_PAUSE_S = 3600.0
GRACE = 2.0
"""A chain is told to be overdue when it was not anchored for so many times its interval."""
STATE_NAME = "state.json"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Anchoring:
    """How far a chain is anchored; times are UTC seconds, numbers 0 where there is none.

    `overdue` tells that packets wait for an anchor for too long, `problem` why the last try failed.
    """

    configured: bool
    head: int
    anchored: int
    anchored_s: float | None
    overdue: bool
    problem: str | None


def anchor_now(data_dir: Path) -> Anchor | None:
    """Have the chain of a data folder stamped; None where it ends as it did at the last stamp.

    Raises AnchorError, whose message is kept for `anchoring`, or OSError for the disk's.
    """
    root = data_dir / "packets"
    try:
        anchor = _anchor(data_dir, root)
    except AnchorError as error:
        _note(root, str(error))
        raise
    _note(root, None)
    return anchor


def _anchor(data_dir: Path, root: Path) -> Anchor | None:
    authority = load_authority(data_dir)
    if authority is None:
        raise AnchorError(f"{NO_AUTHORITY}: name one in {data_dir / 'tsa.toml'}")
    head = read_head(root)
    if head is None:
        raise AnchorError(f"there are no packets in {root} yet, so there is nothing to stamp")
    last = last_anchor(root / FOLDER)
    if last is not None and last.head is not None:
        if last.head == head:
            return None
        _check_goes_on(last.head, head)
    answer, stamp = authority.stamp(head)
    keep(root, head, answer)
    return Anchor(head.name, head, stamp)


def _check_goes_on(last: Head, head: Head) -> None:
    """Refuse to stamp a chain that does not hold what was stamped before."""
    if head.chain == last.chain and head.sequence <= last.sequence:
        raise AnchorError(
            f"the chain ends with number {head.sequence}, but number {last.sequence} was stamped: "
            "packets are missing or were replaced; check it with `skyeye verify`"
        )


def anchoring(data_dir: Path, now_s: float) -> Anchoring:
    """How far the chain of a data folder is anchored; raises AnchorError for its settings."""
    root = data_dir / "packets"
    authority, head, last = load_authority(data_dir), read_head(root), last_anchor(root / FOLDER)
    number = head.sequence if head else 0
    anchored = last.head.sequence if last and last.head else 0
    anchored_s = last.stamp.at_s if last and last.stamp else None
    waits = authority is not None and number > anchored
    since_s = _waiting_since(root, anchored) if waits else None
    late = authority and since_s is not None and now_s - since_s > GRACE * authority.every_s
    problem = _problem(root) if authority else None
    return Anchoring(authority is not None, number, anchored, anchored_s, bool(late), problem)


class AnchorKeeper:
    """The thread that anchors the chain of a data folder whenever that is due."""

    def __init__(self, data_dir: Path, clock: Callable[[], float] = time.time) -> None:
        self._data_dir, self._clock = data_dir, clock
        self._failures, self._not_before_s = 0, 0.0
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="anchors", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self.turn()
            self._stopping.wait(ROUND_S)

    def turn(self) -> None:
        """Anchor if it is due."""
        now_s = self._clock()
        try:
            if now_s >= self._not_before_s and self._is_due(now_s):
                anchor = anchor_now(self._data_dir)
                if anchor and anchor.head:
                    log.info("the chain is anchored up to number %d", anchor.head.sequence)
                self._failures = 0
        except OSError as error:
            if self._failures == 0:
                log.error("the chain is not anchored: %s", error)
            pause_s = min(LONGEST_PAUSE_S, ROUND_S * 2**self._failures)
            self._failures, self._not_before_s = self._failures + 1, now_s + pause_s

    def _is_due(self, now_s: float) -> bool:
        root = self._data_dir / "packets"
        authority = load_authority(self._data_dir)
        if authority is None:
            return False
        last = last_anchor(root / FOLDER)
        if last is not None and last.stamp and now_s < last.stamp.at_s + authority.every_s:
            return False
        head = read_head(root)
        return head is not None and (last is None or last.head != head)


def _waiting_since(root: Path, anchored: int) -> float | None:
    """When the first packet was sealed that no anchor covers, UTC seconds."""
    entries, sealed = read_register(root / REGISTER_NAME, LATELY_BYTES)
    waiting = [entries[number].created_at for number in sealed if number > anchored]
    return min(waiting, default=None)


def _note(root: Path, problem: str | None) -> None:
    if root.is_dir():
        (root / FOLDER).mkdir(exist_ok=True)
        replace_file(root / FOLDER / STATE_NAME, json.dumps({"problem": problem}).encode())


def _problem(root: Path) -> str | None:
    try:
        value = json.loads((root / FOLDER / STATE_NAME).read_bytes())
        return None if value["problem"] is None else str(value["problem"])
    except (OSError, LookupError, TypeError, ValueError):
        return None
