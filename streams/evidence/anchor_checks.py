"""Hold a chain against its anchors: what was stamped has to be there still, unchanged."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from streams.evidence.anchor import Anchor, Roots, head_bytes, read_anchors, stamp_problem
from streams.evidence.verdict import Link

MARGIN_S = 3600.0
"""By so much a node's clock may differ from an authority's before it is held against a packet."""
LATE_S = 2 * 86_400.0
"""A packet that was sealed so long before its stamp was not anchored daily."""
Place = tuple[str, Link]


@dataclass(frozen=True, slots=True)
class AnchorChecks:
    """What is wrong with anchors or with the chain that they tell of, and what to know of them."""

    problems: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Stamped:
    """An anchor that holds: up to which number, of which packet, and when (UTC seconds)."""

    name: str
    chain: str
    sequence: int
    manifest_sha256: str
    at_s: float
    by: str


def check_anchors(folder: Path, places: Iterable[Place], roots: Roots = ()) -> AnchorChecks:
    """Hold packets, by name and link, against the anchors in a folder.

    `roots` are the certificates of the authority, without which it is not known who stamped.
    """
    problems: list[str] = []
    stamped: list[_Stamped] = []
    for anchor in read_anchors(folder):
        checked = _checked(folder, anchor, roots)
        if isinstance(checked, str):
            problems.append(f"Time stamp {anchor.name}.tsr: {checked}.")
        else:
            stamped.append(checked)
    there = list(places)
    for chain in dict.fromkeys(one.chain for one in stamped):
        ours = sorted((s for s in stamped if s.chain == chain), key=lambda s: s.sequence)
        problems += _chain_problems([p for p in there if p[1].chain == chain], ours)
    return AnchorChecks(tuple(problems), tuple(_notes(there, stamped, roots)))


def _checked(folder: Path, anchor: Anchor, roots: Roots) -> _Stamped | str:
    """An anchor that holds, or what is wrong with it."""
    if anchor.head is None or anchor.stamp is None:
        return anchor.problem or "it cannot be read"
    head, stamp = anchor.head, anchor.stamp
    problem = stamp_problem(stamp, head_bytes(folder, anchor.name), roots)
    if problem is not None:
        return problem
    return _Stamped(
        anchor.name, head.chain, head.sequence, head.manifest_sha256, stamp.at_s, stamp.by
    )


def _chain_problems(places: list[Place], stamped: list[_Stamped]) -> Iterator[str]:
    """Where a chain is not the one that was stamped any more."""
    one_of = {link.sequence: (name, link) for name, link in reversed(places)}
    for one in stamped:
        if one.sequence not in one_of:
            yield f"Number {one.sequence}, with which the chain ended {_at(one)}, is missing."
            continue
        name, link = one_of[one.sequence]
        if link.manifest_sha256 != one.manifest_sha256:
            yield (
                f"{name}, number {one.sequence}, is not the packet with which the chain ended "
                f"{_at(one)}: the chain was rewritten after that."
            )
    yield from _time_problems(one_of, stamped)


def _time_problems(one_of: dict[int, Place], stamped: list[_Stamped]) -> Iterator[str]:
    """Packets whose own time does not fit that of the stamps before and after them."""
    for one in stamped:
        after = one_of.get(one.sequence + 1)
        if after is not None and after[1].sealed_at < one.at_s - MARGIN_S:
            sealed = _utc(after[1].sealed_at)
            yield (
                f"{after[0]}, number {one.sequence + 1}, says it was sealed {sealed}, "
                f"but was not in the chain {_at(one)}: it is backdated, or the node's clock was "
                "behind."
            )
        last = one_of.get(one.sequence)
        if last is not None and last[1].sealed_at > one.at_s + MARGIN_S:
            yield (
                f"{last[0]}, number {one.sequence}, says it was sealed {_utc(last[1].sealed_at)}, "
                f"but was in the chain already {_at(one)}: the node's clock was ahead."
            )


def _notes(places: list[Place], stamped: list[_Stamped], roots: Roots) -> Iterator[str]:
    """How far the chains are anchored, and where that came late."""
    chains = dict.fromkeys(link.chain for _, link in places)
    for chain in chains:
        links = sorted((p[1] for p in places if p[1].chain == chain), key=lambda x: x.sequence)
        ours = sorted((s for s in stamped if s.chain == chain), key=lambda s: s.sequence)
        if not ours:
            yield "The chain is not anchored: no time stamp shows when it was as it is."
            continue
        last = ours[-1]
        by = f" by {last.by}" if last.by else ""
        yield f"Anchored up to number {last.sequence}, {_at(last)}{by}; {len(ours)} time stamps."
        if links[-1].sequence > last.sequence:
            yield f"Not anchored yet: numbers {last.sequence + 1} to {links[-1].sequence}."
        yield from _late(links, ours)
    if stamped and not roots:
        yield "Who stamped was not checked: give the authority's certificate with --tsa-root."


def _late(links: list[Link], stamped: list[_Stamped]) -> Iterator[str]:
    """Numbers that were stamped long after they were sealed: there was no stamp meanwhile."""
    first = 1
    for one in stamped:
        covered = [link for link in links if first <= link.sequence <= one.sequence]
        oldest = min(covered, key=lambda link: link.sealed_at, default=None)
        if oldest is not None and one.at_s - oldest.sealed_at > LATE_S:
            days = (one.at_s - oldest.sealed_at) / 86_400
            yield (
                f"Numbers {first} to {one.sequence} were stamped up to {days:.1f} days after "
                "they were sealed."
            )
        first = one.sequence + 1


def _at(one: _Stamped) -> str:
    return f"when it was stamped, {_utc(one.at_s)}"


def _utc(at_s: float) -> str:
    return f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%d %H:%M:%S} UTC"
