"""What officers saw of the thing: facts for the file, from which nothing follows by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from api.workflow.flow import InputProblem
from api.workflow.words import State
from vision.rules.kinds import KINDS, Condition

KEY = "conditions"


class Told(Protocol):
    """A line of a case's history."""

    at_s: float
    actor: str
    action: str
    state: str
    more: dict[str, str]


@dataclass(frozen=True, slots=True)
class Seen:
    """What somebody saw, by the kind's names, told with `action`; `at_s` UTC seconds."""

    at_s: float
    actor: str
    action: str
    names: tuple[str, ...]


def conditions_of(kind: str) -> tuple[Condition, ...]:
    """What may be seen of a thing of a kind; nothing of a kind that this release does not know."""
    return KINDS[kind].conditions if kind in KINDS else ()


def written(kind: str, names: Sequence[str]) -> str | None:
    """What was seen as a line of the history has it: each name once, in the order of the kind.

    Raises InputProblem for a name that the kind does not have.
    """
    known = [one.name for one in conditions_of(kind)]
    unknown = [name for name in names if name not in known]
    if unknown and not known:
        raise InputProblem(KEY, f"cases of kind {kind} take none; leave it out")
    if unknown:
        told = ", ".join(repr(name[:40]) for name in unknown[:3])
        raise InputProblem(KEY, f"{told} is not known; {kind} has {', '.join(known)}")
    return ",".join(name for name in known if name in names) or None


def seen(lines: Iterable[Told]) -> list[Seen]:
    """What was seen since the case was last a lead, the oldest first: a new verdict begins anew."""
    found: list[Seen] = []
    for line in lines:
        if line.state == State.LEAD:
            found.clear()
        elif told := line.more.get(KEY):
            found.append(Seen(line.at_s, line.actor, line.action, tuple(told.split(","))))
    return found
