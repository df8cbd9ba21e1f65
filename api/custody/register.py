"""The register of custody: who saw an original, set or lifted a hold, purged, changed a standing.

Lines are only added and chained, as those of the audit log are: a line's hash is SHA-256 over its
canonical JSON (UTF-8, keys in order, no spaces, the time in whole microseconds), and the first line
follows `GENESIS`. A line is written in the transaction of what it tells of.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.audit import AuditVerdict as Verdict, Who
from api.custody.tables import CustodyHead, CustodyLine

GENESIS = hashlib.sha256(b"skyeye register of custody 1\n").hexdigest()
MOST_PROBLEMS = 100
_HEAD = 1
_TEXTS = ("action", "actor", "address", "camera_id", "case_id", "previous", "reason", "via")


class Deed(StrEnum):
    """What is written down."""

    LOOK = "look"
    HOLD = "hold"
    RELEASE = "release"
    PURGE = "purge"
    STANDING = "standing"


@dataclass(frozen=True, slots=True)
class Entry:
    """What to write down; `at_s` UTC seconds, `reason` in the words of whoever did it."""

    at_s: float
    who: Who
    deed: Deed
    reason: str = ""
    case_id: str = ""
    camera_id: str = ""
    more: dict[str, str] = field(default_factory=dict, hash=False)


def write(sql: Session, entry: Entry) -> CustodyLine:
    """Add a line in the transaction of `sql`, as the last thing in it: others wait for its end.

    Raises ValueError where the register's end is missing, as after somebody emptied the table.
    """
    head = sql.scalar(select(CustodyHead).where(CustodyHead.id == _HEAD).with_for_update())
    if head is None:
        raise ValueError(
            "the register of custody has lost its end: restore the database from a backup"
        )
    line = CustodyLine(
        seq=head.seq + 1,
        at_s=entry.at_s,
        action=entry.deed.value,
        case_id=entry.case_id,
        camera_id=entry.camera_id,
        actor=entry.who.name,
        via=entry.who.via,
        address=entry.who.address,
        reason=entry.reason,
        more=dict(entry.more),
        previous=head.hash,
    )
    line.hash = line_hash(line)
    head.seq, head.hash = line.seq, line.hash
    sql.add(line)
    return line


def line_hash(line: CustodyLine) -> str:
    """What a line's hash should be."""
    told = {
        **{name: getattr(line, name) for name in _TEXTS},
        "at_us": round(line.at_s * 1e6),
        "more": line.more,
        "seq": line.seq,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(sql: Session) -> Verdict:
    """Check the whole register, to its end."""
    head = sql.get(CustodyHead, _HEAD)
    query = select(CustodyLine).order_by(CustodyLine.seq).execution_options(yield_per=500)
    return verify_lines(sql.scalars(query), head.hash if head else "")


def verify_lines(lines: Iterable[CustodyLine], head: str) -> Verdict:
    """Check lines from the first one on; `head` is the hash that the last one should have."""
    problems: list[str] = []
    count, previous = 0, GENESIS
    for count, line in enumerate(lines, start=1):
        if line.seq != count:
            problems.append(f"line {count}: number {line.seq} stands here; lines are missing")
        if line.previous != previous:
            problems.append(f"line {line.seq}: it does not follow the line before it")
        if line_hash(line) != line.hash:
            problems.append(f"line {line.seq}: it was changed")
        if len(problems) >= MOST_PROBLEMS:
            return Verdict(False, count, line.hash, tuple(problems))
        previous = line.hash
    if head != previous:
        problems.append(f"line {count}: it is not the last that was written")
    return Verdict(not problems, count, previous, tuple(problems))


def lines_of_case(sql: Session, case_id: str, deeds: tuple[Deed, ...]) -> list[CustodyLine]:
    """The lines about a case, the newest first."""
    query = select(CustodyLine).where(CustodyLine.case_id == case_id)
    query = query.where(CustodyLine.action.in_([deed.value for deed in deeds]))
    return list(sql.scalars(query.order_by(CustodyLine.seq.desc())))


def lines_of_camera(sql: Session, camera_id: str) -> list[CustodyLine]:
    """The lines about a camera's standing, the newest first."""
    query = select(CustodyLine).where(CustodyLine.camera_id == camera_id)
    return list(sql.scalars(query.order_by(CustodyLine.seq.desc())))
