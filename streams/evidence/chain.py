"""The chain of a node's packets: each tells the hash of the one before, so none can go unnoticed.

The packets themselves are the chain. `.chain.jsonl` beside them is its register: two lines a
packet, one before it appears (`sequence`, `packet`, `manifest_sha256`) and one after (`sealed`).
So a kill at any moment neither skips a number nor gives one twice, and a register that was lost,
cut off or put back from an old copy is completed from the packets and from the certificates of
those that were purged.
"""

import fcntl
import hashlib
import json
import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

from streams.durable import append_line
from streams.evidence.certificate import Certificates
from streams.evidence.manifest import LARGEST_MANIFEST_BYTES, MANIFEST_NAME, ChainPart

REGISTER_NAME = ".chain.jsonl"
LOCK_NAME = ".chain.lock"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A packet in the register; `packet` is its folder below the root (POSIX)."""

    chain: str
    sequence: int
    packet: str
    manifest_sha256: str
    created_at: float

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `asdict`; raises LookupError, TypeError or ValueError."""
        whole = (str(value["chain"]), int(value["sequence"]), str(value["packet"]))
        return cls(*whole, str(value["manifest_sha256"]), float(value["created_at"]))


def read_register(path: Path, last_bytes: int | None = None) -> tuple[dict[int, Entry], set[int]]:
    """The entries of a register by number, and the numbers that were sealed.

    Lines that were cut off are passed over; of two for one number the later one counts. With
    `last_bytes` only the end of the register is read.
    """
    entries: dict[int, Entry] = {}
    sealed: set[int] = set()
    for line in _lines(path, last_bytes):
        try:
            value = json.loads(line)
            if "sealed" in value:
                sealed.add(int(value["sealed"]))
            else:
                entry = Entry.from_json(value)
                entries[entry.sequence] = entry
        except (LookupError, TypeError, ValueError):
            continue
    return entries, sealed & entries.keys()


def _lines(path: Path, last_bytes: int | None) -> list[bytes]:
    if not path.is_file():
        return []
    with path.open("rb") as file:
        if last_bytes is not None:
            file.seek(-min(last_bytes, file.seek(0, os.SEEK_END)), os.SEEK_END)
        return file.read().splitlines()


class Chain:
    """The chain of the packets below `root`; whoever adds one takes a turn."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._register = root / REGISTER_NAME
        self._entries: dict[int, Entry] | None = None
        self._size_bytes = -1

    @contextmanager
    def turn(self) -> Iterator["Turn"]:
        """Nobody else adds a packet meanwhile; raises OSError where the disk fails."""
        self._root.mkdir(parents=True, exist_ok=True)
        with (self._root / LOCK_NAME).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                if self._entries is None or self._size() != self._size_bytes:
                    self._entries = self._reconcile()
                turn = Turn(self._register, self._entries)
                yield turn
                self._size_bytes = self._size()
            except BaseException:
                self._entries = None  # look at the disk again
                raise
            if not turn.is_over:
                self._entries = None

    def _size(self) -> int:
        return self._register.stat().st_size if self._register.is_file() else 0

    def _reconcile(self) -> dict[int, Entry]:
        """The register, completed by what the packets say and without what never became one."""
        entries, sealed = read_register(self._register)
        for number, entry in sorted(entries.items()):
            if number not in sealed and not self._became(entry):
                del entries[number]
            elif number not in sealed:
                append_line(self._register, json.dumps({"sealed": number}))
        known = {entry.packet for entry in entries.values()}
        found = list(
            filter(None, (_entry_of(self._root, n) for n in self._names() if n not in known))
        )
        found += [entry for entry in self._purged() if entry.packet not in known]
        if not entries and found:
            chain = max(found, key=lambda entry: (entry.sequence, entry.created_at)).chain
        else:
            chain = next((entry.chain for entry in entries.values()), "")
        for entry in sorted(found, key=lambda entry: (entry.sequence, entry.created_at)):
            if entry.chain != chain:
                continue  # of another node
            if entry.sequence in entries:
                log.error("two packets have the number %d: %s", entry.sequence, entry.packet)
                continue
            log.warning("packet %s was not in the register of the chain", entry.packet)
            entries[entry.sequence] = entry
            _note(self._register, entry)
        return entries

    def _became(self, entry: Entry) -> bool:
        """Whether the packet of an entry that was never sealed is there all the same."""
        found = _entry_of(self._root, entry.packet)
        return found is not None and (found.chain, found.sequence) == (entry.chain, entry.sequence)

    def _purged(self) -> Iterator[Entry]:
        """The packets that are not there any more, but whose certificates are."""
        for kept in Certificates(self._root).read():
            told = kept.certificate
            if told and told.chain and told.sealed_at is not None:
                link, sealed_s = told.chain, told.sealed_at
                yield Entry(link.id, link.sequence, told.packet, told.manifest_sha256, sealed_s)

    def _names(self) -> list[str]:
        """The packets on the disk, in the order of their names."""
        folders = (
            path.parent.relative_to(self._root)
            for path in self._root.glob(f"*/*/*/{MANIFEST_NAME}")
        )
        return sorted(f.as_posix() for f in folders if not any(p.startswith(".") for p in f.parts))


class Turn:
    """The adding of one packet: `link`, then `begin`, the packet appears, then `end`."""

    def __init__(self, register: Path, entries: dict[int, Entry]) -> None:
        self._register, self._entries = register, entries
        self._entry: Entry | None = None
        self.is_over = False
        last = entries[max(entries)] if entries else None
        self.link = ChainPart(
            id=last.chain if last else str(uuid.uuid4()),
            sequence=last.sequence + 1 if last else 1,
            previous_sha256=last.manifest_sha256 if last else None,
        )

    def begin(self, packet: str, manifest_sha256: str, created_s: float) -> None:
        """Note what is about to appear."""
        self._entry = Entry(
            self.link.id, self.link.sequence, packet, manifest_sha256, round(created_s, 3)
        )
        append_line(self._register, json.dumps(asdict(self._entry)))

    def end(self) -> None:
        """Note that it has appeared."""
        assert self._entry is not None  # noqa: S101 - `begin` comes first
        append_line(self._register, json.dumps({"sealed": self._entry.sequence}))
        self._entries[self._entry.sequence] = self._entry
        self.is_over = True


def _note(register: Path, entry: Entry) -> None:
    append_line(register, json.dumps(asdict(entry)))
    append_line(register, json.dumps({"sealed": entry.sequence}))


def _entry_of(root: Path, packet: str) -> Entry | None:
    """What a packet says of its place in the chain; None where it says nothing."""
    try:
        with (root / packet / MANIFEST_NAME).open("rb") as file:
            data = file.read(LARGEST_MANIFEST_BYTES)
        value = json.loads(data)
        link = value["chain"]
        told = {"chain": link["id"], "sequence": link["sequence"], "packet": packet}
        sha256 = hashlib.sha256(data).hexdigest()
        return Entry.from_json(
            {**told, "manifest_sha256": sha256, "created_at": value["created_at"]}
        )
    except (OSError, LookupError, TypeError, ValueError, RecursionError):
        return None
