"""The history of a case: lines that are only added, each holding the hash of the one before.

A line's hash is SHA-256 over its canonical JSON (UTF-8, keys in order, no spaces, times in whole
microseconds, all other values texts or null). The first line holds the case's genesis instead.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from api.workflow.rules import RULES
from api.workflow.words import Action, Happening, State

STAYS = tuple(happening for happening in Happening if happening != Happening.RAISED)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that was done to a case, and the state it was in afterwards; `at_s` UTC."""

    seq: int
    at_s: float
    actor: str
    action: str
    state: str
    reason: str | None = None
    note: str | None = None
    more: dict[str, str] = field(default_factory=dict, hash=False)
    previous: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class ChainVerdict:
    """Whether a history is what was written down; `problems` names every line that is not."""

    ok: bool
    lines: int
    problems: tuple[str, ...]


def genesis(case_id: str) -> str:
    """What the first line of a case follows."""
    return hashlib.sha256(f"skyeye case history 1\n{case_id}".encode()).hexdigest()


def canonical(case_id: str, line: Line) -> bytes:
    """What of a line is hashed."""
    told = {
        "action": line.action,
        "actor": line.actor,
        "at_us": round(line.at_s * 1e6),
        "case_id": case_id,
        "more": line.more,
        "note": line.note,
        "previous": line.previous,
        "reason": line.reason,
        "seq": line.seq,
        "state": line.state,
    }
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return text.encode()


def sealed(case_id: str, line: Line, last: Line | None) -> Line:
    """The line as the next one after `last`."""
    seq, previous = (last.seq + 1, last.hash) if last else (1, genesis(case_id))
    numbered = replace(line, seq=seq, previous=previous)
    return replace(numbered, hash=hashlib.sha256(canonical(case_id, numbered)).hexdigest())


def verify_history(case_id: str, lines: Sequence[Line], head: str | None = None) -> ChainVerdict:
    """Check a history from its first line on; `head` is the hash that the last one should have."""
    problems: list[str] = []
    previous, state = genesis(case_id), None
    for place, line in enumerate(lines, start=1):
        if line.seq != place:
            problems.append(f"line {place}: number {line.seq} stands here; lines are missing")
        if line.previous != previous:
            problems.append(f"line {place}: it does not follow the line before it")
        if hashlib.sha256(canonical(case_id, line)).hexdigest() != line.hash:
            problems.append(f"line {place}: it was changed")
        if not _follows(state, line):
            problems.append(f"line {place}: {line.action} does not lead to {line.state}")
        previous, state = line.hash, line.state
    if not lines:
        problems.append("there is no history")
    elif head is not None and head != previous:
        problems.append(f"line {len(lines)}: it is not the last that was written")
    return ChainVerdict(not problems, len(lines), tuple(problems))


def _follows(before: str | None, line: Line) -> bool:
    """Whether a line's state is what its action makes of the state before."""
    if before is None:
        return line.action == Happening.RAISED and line.state == State.LEAD
    if line.action in STAYS:
        return line.state == before
    try:
        rule = RULES.get((Action(line.action), State(before)))
    except ValueError:
        return False
    return rule is not None and line.state == (rule.to or before)
