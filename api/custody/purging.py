"""Purge evidence: decide, certify, delete, and say what went.

The decision is the database's: from then on a purge is only ever finished. A certificate is on the
disk before its packet goes, and a packet goes by being renamed, whole: whatever is killed when,
there is a whole packet, or a purge that the next start finishes.
"""

import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from api.audit import Who
from api.cases.history import write_line
from api.custody.copies import FOLDER
from api.custody.register import Deed, Entry, write
from api.custody.retention import Retention, Rule, due_rule
from api.custody.tables import Hold, Purge
from api.evidence import check_packet_name
from api.follow_up.tables import CaseLook
from api.room import Room
from api.store.database import Store
from api.store.tables import Case, HistoryLine
from api.workflow.history import Line
from api.workflow.words import Happening, State
from streams.durable import sync_folder
from streams.evidence.certificate import Certificates, Kept
from streams.evidence.digests import digests
from streams.evidence.keys import KeyRing
from streams.evidence.packet import keys_beside
from streams.evidence.verdict import Link
from streams.evidence.verify import verify_packet

MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Due:
    """A case whose evidence is to go, and by which rule."""

    case_id: str
    number: str
    rule: Rule


def due_cases(sql: Session, retention: Retention, now_s: float) -> list[Due]:
    """Cases whose evidence is to go now, the oldest first, some hundreds at most.

    Neither held ones nor those whose purge was decided before.
    """
    found: list[Due] = []
    for state, days in retention.days.items():
        for case, since_s in sql.execute(_left_alone(state, now_s - days * 86_400.0)):
            rule = due_rule(retention, state, since_s, now_s)
            if rule is not None:
                found.append(Due(case.id, case.number, rule))
    return sorted(found, key=lambda due: due.rule.since_s)[:MOST_AT_ONCE]


def decide(store: Store, retention: Retention, case_id: str, by: Who, now_s: float) -> bool:
    """Decide a purge for good, if the case may still be purged; `by` is who has it done."""
    with store.writing() as sql:
        case = sql.scalar(select(Case).where(Case.id == case_id).with_for_update())
        if case is None or is_kept(sql, case_id):
            return False
        last = sql.scalar(
            select(HistoryLine.at_s).where(
                HistoryLine.case_id == case_id, HistoryLine.seq == case.lines
            )
        )
        since_s = case.raised_s if last is None else max(last, case.raised_s)
        rule = due_rule(retention, State(case.status), since_s, now_s)
        if rule is None:
            return False
        told = rule.model_dump(mode="json")
        sql.add(
            Purge(
                case_id=case_id, decided_s=now_s, by=by.name or by.via, rule=told,
                certificates={}, done_s=None,
            )
        )  # fmt: skip
    return True


def is_kept(sql: Session, case_id: str) -> bool:
    """Whether a case is held, or its purge was decided before."""
    held, purge = sql.get(Hold, case_id), sql.get(Purge, case_id)
    return held is not None or purge is not None


def unfinished(sql: Session) -> list[str]:
    """Cases whose purge was decided and is not done."""
    return list(sql.scalars(select(Purge.case_id).where(Purge.done_s.is_(None))))


def why_gone(room: Room, case: Case) -> str | None:
    """That a case's evidence was purged, and when; None if it was not."""
    with room.store.reading() as sql:
        purge = sql.get(Purge, case.id)
    if purge is None:
        return None
    day = time.strftime("%Y-%m-%d", time.gmtime(purge.done_s or purge.decided_s))
    return f"its evidence was purged on {day}; a certificate says what went"


class Purger:
    """Finishes purges of the packets below `data_dir`."""

    def __init__(self, store: Store, data_dir: Path) -> None:
        self._store = store
        self._packets, self._copies = data_dir / "packets", data_dir / FOLDER
        self._certificates = Certificates(self._packets)
        self._keys = KeyRing(keys_beside(self._packets))

    def finish(self, case_id: str) -> None:
        """Carry out what was decided, or the rest of it; doing it again changes nothing.

        Raises OSError where the disk or the keys fail; it can be finished later.
        """
        with self._store.reading() as sql:
            purge, case = sql.get_one(Purge, case_id), sql.get_one(Case, case_id)
            packets = _packets_of(sql, case)
        gone: dict[str, str] = {}
        for packet in packets:
            with self._certificates.turn():
                kept = self._certified(packet, case, purge)
                self._delete(packet)
            if kept is not None:
                gone[packet] = kept.sha256
        self._note(case_id, gone, [packet for packet in packets if packet not in gone])

    def _certified(self, packet: str, case: Case, purge: Purge) -> Kept | None:
        """The certificate of a packet, made if need be; None for one that is not there at all."""
        folder = self._packets / check_packet_name(packet)
        if not folder.is_dir():
            known = (kept for kept in self._certificates.read() if kept.certificate)
            same = (k for k in known if k.certificate and k.certificate.packet == packet)
            return next(same, None)
        verdict = verify_packet(folder)
        sha256 = verdict.manifest_sha256 or case.manifest_sha256
        link = verdict.link
        told = {
            "purged_at": round(time.time(), 3),
            "by": purge.by,
            "rule": {**purge.rule, "days": float(purge.rule["days"])},
            "case_id": case.id,
            "case_number": case.number,
            "packet": packet,
            "manifest_sha256": sha256,
            "sound": verdict.ok,
            "sealed_at": link.sealed_at if link else None,
            "chain": _chain(link) if link else None,
            "files": _gone(folder),
            "copies": _gone(self._copies / packet),
        }
        found = self._certificates.find(packet, sha256)
        return found or self._certificates.add(told, self._keys.signer())

    def _delete(self, packet: str) -> None:
        """Take a packet out of sight at once, then delete it and its copies."""
        folder = self._packets / packet
        hidden = folder.with_name(f".{folder.name}.purged")
        if folder.is_dir():
            folder.rename(hidden)
            sync_folder(folder.parent)
        for rest in (hidden, self._copies / packet):
            if rest.exists():
                shutil.rmtree(rest)
                sync_folder(rest.parent)

    def _note(self, case_id: str, gone: dict[str, str], lost: list[str]) -> None:
        """Write down that it is done, in the case's history and in the register."""
        now_s = time.time()
        with self._store.writing() as sql:
            purge = sql.scalar(select(Purge).where(Purge.case_id == case_id).with_for_update())
            case = sql.scalar(select(Case).where(Case.id == case_id).with_for_update())
            if purge is None or case is None or purge.done_s is not None:
                return
            purge.done_s, purge.certificates = now_s, gone
            rule = f"{purge.rule['state']}, {purge.rule['days']:g} days"
            more = {"rule": rule, **{f"certificate {p}": sha for p, sha in gone.items()}}
            more |= {"not there": ", ".join(lost)} if lost else {}
            write_line(
                sql, case, Line(0, now_s, purge.by, Happening.PURGED, case.status, more=more)
            )
            who = Who(purge.by, "program")
            write(sql, Entry(now_s, who, Deed.PURGE, rule, case_id, more=more))


def _left_alone(state: State, before_s: float) -> Select[Case, float]:
    last = (HistoryLine.case_id == Case.id) & (HistoryLine.seq == Case.lines)
    return (
        select(Case, HistoryLine.at_s)
        .join(HistoryLine, last)
        .outerjoin(Hold, Hold.case_id == Case.id)
        .outerjoin(Purge, Purge.case_id == Case.id)
        .where(Case.status == state, Case.raised_s <= before_s, HistoryLine.at_s <= before_s)
        .where(Hold.case_id.is_(None), Purge.case_id.is_(None))
        .order_by(Case.raised_s)
        .limit(MOST_AT_ONCE)
    )


def _packets_of(sql: Session, case: Case) -> list[str]:
    """All packets of a case: its own, and those of other looks at it."""
    later = select(CaseLook.packet).where(CaseLook.case_id == case.id, CaseLook.packet.is_not(None))
    return list(dict.fromkeys([case.packet, *(p for p in sql.scalars(later) if p)]))


def _chain(link: Link) -> dict[str, Any]:
    return {
        "id": link.chain, "sequence": link.sequence, "previous_sha256": link.previous_sha256,
    }  # fmt: skip


def _gone(folder: Path) -> dict[str, dict[str, Any]]:
    """Every file below a folder: what it holds, and how much."""
    told = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file() and not path.is_symlink():
            size_bytes = path.stat().st_size
            with path.open("rb") as file:
                sha256 = digests(file, size_bytes).sha256
            told[path.relative_to(folder).as_posix()] = {"sha256": sha256, "bytes": size_bytes}
    return told
