"""The audit log: who did or tried what, when and from where; lines are only added, and chained.

Whoever does something worth a line calls `write` in the same transaction, as the last thing in
it: the end of the log is held until the transaction ends, and the line is there if and only if
what it tells of was done. What was refused is written in a transaction of its own.

A line's hash is SHA-256 over its canonical JSON (UTF-8, keys in order, no spaces, the time in whole
microseconds, all other values texts but for `seq` and `more`, an object of texts). The first line
follows `GENESIS`. Lines are never removed, so that there is no purge which could hide one: a line
takes some 400 bytes, so a thousand a day are 150 MB a year.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.sign_in.tables import AuditHead, AuditLine

GENESIS = hashlib.sha256(b"skyeye audit log 1\n").hexdigest()
LONGEST_TEXT = 400
MOST_PROBLEMS = 100
_HEAD = 1


class Outcome(StrEnum):
    """What came of it."""

    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Who:
    """Who is at work: a user name ("" where nobody is known), by what way, and from where.

    `via` is `cookie`, `token NAME`, `oidc`, `command` or `program`; `address` is the network
    address of whoever asked, "" for a command.
    """

    name: str
    via: str
    address: str = ""


NOBODY = Who("", "")
PROGRAM = Who("", "program")
"""What the program does by itself, at a set time, say."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What to write down; `at_s` UTC seconds, `action` like `camera.change`, `subject` what to.

    Never put a password, token or code into `subject` or `more`: the log keeps it for ever.
    """

    at_s: float
    who: Who
    action: str
    subject: str = ""
    outcome: Outcome = Outcome.DONE
    more: dict[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class AuditVerdict:
    """Whether the log is what was written; `problems` names each line that is not.

    `head` is the hash of the last line: keep it elsewhere, to show that none was cut off later.
    """

    ok: bool
    lines: int
    head: str
    problems: tuple[str, ...]


def write(sql: Session, entry: Entry) -> AuditLine:
    """Add a line in the transaction of `sql`; texts that cannot be kept are escaped, long ones cut.

    Raises ValueError where the log's end is missing, as after somebody emptied the table.
    """
    head = sql.scalar(select(AuditHead).where(AuditHead.id == _HEAD).with_for_update())
    if head is None:
        raise ValueError("the audit log has lost its end: restore the database from a backup")
    who = entry.who
    line = AuditLine(
        seq=head.seq + 1,
        at_s=entry.at_s,
        actor=_kept(who.name),
        via=_kept(who.via),
        address=_kept(who.address),
        action=_kept(entry.action),
        outcome=entry.outcome.value,
        subject=_kept(entry.subject),
        more={_kept(key): _kept(value) for key, value in entry.more.items()},
        previous=head.hash,
    )
    line.hash = line_hash(line)
    head.seq, head.hash = line.seq, line.hash
    sql.add(line)
    return line


def line_hash(line: AuditLine) -> str:
    """What a line's hash should be."""
    told = {
        "action": line.action,
        "actor": line.actor,
        "address": line.address,
        "at_us": round(line.at_s * 1e6),
        "more": line.more,
        "outcome": line.outcome,
        "previous": line.previous,
        "seq": line.seq,
        "subject": line.subject,
        "via": line.via,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify_lines(lines: Iterable[AuditLine], head: str | None = None) -> AuditVerdict:
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
            problems.append("there is more; only the first problems are told")
            return AuditVerdict(False, count, line.hash, tuple(problems))
        previous = line.hash
    if head is not None and head != previous:
        problems.append(f"line {count}: it is not the last that was written")
    return AuditVerdict(not problems, count, previous, tuple(problems))


def verify(sql: Session, head: str | None = None) -> AuditVerdict:
    """Check the whole log to its end, which is `head` where somebody has kept that elsewhere."""
    end = sql.get(AuditHead, _HEAD)
    lines = sql.scalars(select(AuditLine).order_by(AuditLine.seq).execution_options(yield_per=500))
    return verify_lines(lines, head or (end.hash if end else ""))


def _kept(text: str) -> str:
    """A text as every database keeps it: no zero character, no half of a surrogate pair."""
    whole = text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\0")
    return whole if len(whole) <= LONGEST_TEXT else whole[: LONGEST_TEXT - 1] + "…"
