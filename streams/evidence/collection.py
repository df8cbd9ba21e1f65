"""Check a folder of evidence packets: each of them, and that none is missing between them."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from streams.evidence.anchor import FOLDER as ANCHORS, Roots
from streams.evidence.anchor_checks import check_anchors
from streams.evidence.certificate import Certificate, Certificates, certificate_problems
from streams.evidence.chain import REGISTER_NAME, Entry, read_register
from streams.evidence.keys import PublicKeys
from streams.evidence.manifest import MANIFEST_NAME, PacketError
from streams.evidence.verdict import FolderVerdict, Link, Verdict
from streams.evidence.verify import verify_packet

ROUNDING_S = 0.002
Place = tuple[str, Link]
"""A packet's path below the folder, and its link."""


def is_collection(path: Path) -> bool:
    """Whether `path` is a folder with packets below it, rather than a packet."""
    if not path.is_dir() or (path / MANIFEST_NAME).exists():
        return False
    return bool(_packets(path)) or bool(Certificates(path).read())


def verify_folder(
    path: Path,
    keys: PublicKeys | None = None,
    tsa_roots: Roots = (),
    anchors: Path | None = None,
) -> FolderVerdict:
    """Check every packet below `path`, folders and ZIPs, and their chains.

    Where the register of a node's chain lies at the top, packets that it knows must be there, or
    a certificate of their purge. The time stamps of the chains are checked, too, those of the
    folder itself or of `anchors`, and whether they are by whom `tsa_roots` trust. Raises
    PacketError where a file that should be a packet cannot be one.
    """
    verdicts = {name: _verify(path, name, keys) for name in _packets(path)}
    register, sealed = read_register(path / REGISTER_NAME)
    known = [register[number] for number in sorted(sealed)]
    links = [(name, verdict.link) for name, verdict in verdicts.items() if verdict.link]
    certificates = Certificates(path).read()
    problems = [*certificate_problems(certificates, keys)]
    purged = [kept.certificate for kept in certificates if kept.certificate]
    problems += [
        f"{told.packet} is still there, although certificate {told.sequence} says it was purged."
        for told in purged
        if told.packet in verdicts
    ]
    links += [place for told in purged if told.packet not in verdicts for place in _place(told)]
    for chain in dict.fromkeys([link.chain for _, link in links] + [e.chain for e in known]):
        places = sorted((p for p in links if p[1].chain == chain), key=lambda p: p[1].sequence)
        problems += _chain_problems(places, [e for e in known if e.chain == chain])
    stamped = check_anchors(path / ANCHORS if anchors is None else anchors, links, tsa_roots)
    problems += stamped.problems
    return FolderVerdict(verdicts, tuple(problems), len(purged), stamped.notes)


def _packets(path: Path) -> list[str]:
    """Folders with files in them and ZIPs, hidden ones left out, by path below `path`."""
    found = set()
    for file in path.rglob("*"):
        place = file.relative_to(path)
        if any(part.startswith(".") for part in place.parts) or not file.is_file():
            continue
        if file.suffix.lower() == ".zip":
            found.add(place.as_posix())
        elif place.parent.parts:
            found.add(place.parent.as_posix())
    return sorted(found)


def _verify(root: Path, name: str, keys: PublicKeys | None) -> Verdict:
    path = root / name
    try:
        verdict = verify_packet(path, keys=keys)
    except PacketError as error:
        return Verdict(False, (str(error),), None)
    told = verdict.violation_id
    if path.is_dir() and told and _is_id(path.name) and path.name != told:
        problem = f"It lies in the folder of {path.name}, but is about {told}."
        return replace(verdict, ok=False, problems=(*verdict.problems, problem))
    return verdict


def _place(told: Certificate) -> Iterator[Place]:
    """Where a purged packet was in its chain, if it was in one."""
    link = told.chain
    if link is not None and told.sealed_at is not None:
        previous, sealed_s = link.previous_sha256, told.sealed_at
        name = f"{told.packet} (purged)"
        yield name, Link(link.id, link.sequence, previous, told.manifest_sha256, sealed_s)


def _is_id(name: str) -> bool:
    return len(name) == 36 and name.count("-") == 4


def _chain_problems(places: list[Place], known: list[Entry]) -> Iterator[str]:
    """Gaps, forks, packets that do not follow on from one another, and time going backwards."""
    one_of = {link.sequence: (name, link) for name, link in reversed(places)}
    for name, link in places:
        first, first_link = one_of[link.sequence]
        if first_link.manifest_sha256 != link.manifest_sha256:
            yield f"{first} and {name} both have the number {link.sequence}."
    last = max([*one_of, *(entry.sequence for entry in known)], default=0)
    yield from _gaps(set(one_of), last)
    for entry in known:
        if entry.sequence in one_of:
            name, link = one_of[entry.sequence]
            if link.manifest_sha256 != entry.manifest_sha256:
                yield f"{name}, number {entry.sequence}, is not the one of the node's register."
    for earlier, later in pairwise(sorted(one_of)):
        if later == earlier + 1:
            yield from _step_problems(one_of[earlier], one_of[later])


def _gaps(there: set[int], last: int) -> Iterator[str]:
    start = 1
    for number in [*sorted(there), last + 1]:
        if number > start:
            many = (
                f"numbers {start} to {number - 1} are"
                if number - 1 > start
                else f"number {start} is"
            )
            yield f"There is a gap: {many} missing."
        start = number + 1


def _step_problems(earlier: Place, later: Place) -> Iterator[str]:
    (before, first), (after, second) = earlier, later
    if second.previous_sha256 != first.manifest_sha256:
        yield (
            f"{after}, number {second.sequence}, does not follow on from {before}: "
            "one of the two was replaced."
        )
    back_s = first.sealed_at - second.sealed_at
    if back_s > ROUNDING_S:
        yield (
            f"Time ran backwards by {back_s:.1f} s between number {first.sequence} ({before}) "
            f"and {second.sequence} ({after})."
        )
