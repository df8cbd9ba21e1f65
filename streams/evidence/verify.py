"""Check an evidence packet: recompute every hash and explain whatever does not fit.

Works offline, on a folder or a ZIP, with nothing but the packet itself. Hashes show that the
files are those of the manifest; that the manifest is the one which was sealed is shown by its own
SHA-256, which is kept elsewhere (with the case) and can be given here.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from streams.durable import CHUNK_BYTES
from streams.evidence.completeness import unstated
from streams.evidence.manifest import (
    LARGEST_MANIFEST_BYTES,
    MANIFEST_NAME,
    ClipPart,
    FilePart,
    Manifest,
    StillPart,
    parse_manifest,
)
from streams.evidence.media_checks import clip_problem, still_problem
from streams.evidence.packet_reader import READ_ERRORS, Reader, open_packet
from streams.evidence.story_checks import story_problems


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a packet is sound.

    `problems` has a sentence for each thing that is wrong; `manifest_sha256` is None where there
    is no manifest; `notes` is what the packet itself says it lacks, which is no problem.
    """

    ok: bool
    problems: tuple[str, ...]
    manifest_sha256: str | None
    notes: tuple[str, ...] = ()
    files: int = 0

    def lines(self) -> list[str]:
        """The verdict for a person to read."""
        if self.ok:
            head = f"Sound: the {self.files} files are those that were sealed."
        else:
            head = f"Not sound: {len(self.problems)} problem{'s' * (len(self.problems) > 1)}."
        seal = f"Manifest SHA-256: {self.manifest_sha256 or 'none'}"
        notes = [f"Note: {note}" for note in self.notes]
        return [head, *(f"- {problem}" for problem in self.problems), *notes, seal]


def verify_packet(path: Path, manifest_sha256: str | None = None) -> Verdict:
    """Check the packet at `path`, a folder or a ZIP.

    With `manifest_sha256` the manifest must have that hash. Raises PacketError where `path` is
    nothing that could be a packet; everything else is a problem in the verdict.
    """
    with open_packet(path) as reader:
        problems = list(reader.problems)
        if reader.excess:
            return _verdict([*problems, reader.excess])
        if MANIFEST_NAME not in reader.sizes:
            problems.append(f"There is no {MANIFEST_NAME}, so nothing can be checked.")
            return _verdict(problems)
        try:
            with reader.open(MANIFEST_NAME) as file:
                data = file.read(LARGEST_MANIFEST_BYTES + 1)
            sha256 = hashlib.sha256(data).hexdigest()
            manifest = parse_manifest(data)
        except (ValueError, *READ_ERRORS) as error:
            problems.append(f"{MANIFEST_NAME} cannot be read: {error}.")
            return _verdict(problems)
        if manifest_sha256 not in (None, sha256):
            problems.append(f"{MANIFEST_NAME} is not the one that was sealed with the case.")
        problems += _file_problems(reader, manifest)
        problems += story_problems(manifest)
        problems += [
            f"{m.role}: {m.reason}, and the packet does not say so." for m in unstated(manifest)
        ]
        notes = [f"{m.role}: {m.reason}." for m in manifest.missing]
        return _verdict(problems, sha256, notes, len(manifest.files))


def _verdict(
    problems: list[str], sha256: str | None = None, notes: Sequence[str] = (), files: int = 0
) -> Verdict:
    shown = tuple(_printable(problem) for problem in problems)
    return Verdict(not shown, shown, sha256, tuple(_printable(note) for note in notes), files)


def _printable(text: str) -> str:
    """Names and reasons come from whoever made the packet: no escape sequences, no novels."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)[:300]


def _file_problems(reader: Reader, manifest: Manifest) -> Iterator[str]:
    """Compare the files that are there with those of the manifest."""
    for name in sorted(reader.sizes.keys() - manifest.files.keys() - {MANIFEST_NAME}):
        yield f"{name} is not in the manifest: it was added later."
    for name, part in manifest.files.items():
        if name not in reader.sizes:
            yield f"{name} is missing."
            continue
        try:
            problem = _altered(reader, name, part) or _unlike(reader, name, part)
        except READ_ERRORS as error:
            problem = f"{name} cannot be read: {error}."
        if problem:
            yield problem


def _altered(reader: Reader, name: str, part: FilePart) -> str | None:
    """Whether a file's size or hash differs from what was sealed."""
    if reader.sizes[name] != part.bytes:
        return f"{name} was altered: it has {reader.sizes[name]} bytes, {part.bytes} were sealed."
    with reader.open(name) as file:
        if _sha256(file, part.bytes) != part.sha256:
            return f"{name} was altered: its SHA-256 is not the one that was sealed."
    return None


def _unlike(reader: Reader, name: str, part: StillPart | ClipPart) -> str | None:
    """Whether a file is something else than the manifest says, although it was sealed so."""
    with reader.open(name) as file:
        match part:
            case StillPart():
                problem = still_problem(file, (part.width, part.height))
            case ClipPart():
                length_s = part.to_s - part.from_s
                problem = clip_problem(file, part.media_type, part.codec, length_s)
    return f"{name}: {problem}." if problem else None


def _sha256(file: IO[bytes], size_bytes: int) -> str:
    """Hash of a file, reading no more than one byte past its size."""
    digest, left = hashlib.sha256(), size_bytes + 1
    while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()
