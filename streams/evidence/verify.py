"""Check an evidence packet: recompute every hash and explain whatever does not fit.

Works offline, on a folder or a ZIP, with nothing but the packet itself and, to know whose the
signature is, the node's public key. What was signed is trusted over the manifest: where the
manifest was changed, its changed parts are named and the files are held against the signature.
"""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from streams.evidence.completeness import unstated
from streams.evidence.digests import digests
from streams.evidence.keys import PublicKeys
from streams.evidence.manifest import (
    LARGEST_MANIFEST_BYTES,
    MANIFEST_NAME,
    UNSIGNED_FORMAT,
    ClipPart,
    FilePart,
    Manifest,
    StillPart,
    parse_manifest,
)
from streams.evidence.media_checks import clip_problem, still_problem
from streams.evidence.packet_reader import READ_ERRORS, Reader, open_packet
from streams.evidence.signature import (
    LARGEST_SIGNATURE_BYTES,
    SIGNATURE_NAME,
    Statement,
    check_signature,
    manifest_changes,
)
from streams.evidence.story_checks import story_problems
from streams.evidence.verdict import Link, Verdict, printable

UNSIGNED = "it is not signed (format 1): only a hash that was kept elsewhere shows that it is whole"


def verify_packet(
    path: Path, manifest_sha256: str | None = None, keys: PublicKeys | None = None
) -> Verdict:
    """Check the packet at `path`, a folder or a ZIP.

    With `manifest_sha256` the manifest must have that hash, with `keys` one of them must have
    signed it. Raises PacketError where `path` is nothing that could be a packet; everything else
    is a problem in the verdict.
    """
    with open_packet(path) as reader:
        check = _Check(reader, manifest_sha256, keys)
        check.run()
        return check.verdict()


class _Check:
    """One packet's check as it goes on."""

    def __init__(self, reader: Reader, kept: str | None, keys: PublicKeys | None) -> None:
        self._reader, self._kept, self._keys = reader, kept, keys
        self._problems = list(reader.problems)
        self._notes: list[str] = []
        self._sha256: str | None = None
        self._manifest: Manifest | None = None
        self._statement: Statement | None = None
        self._is_changed = False

    def run(self) -> None:
        if self._reader.excess:
            self._problems.append(self._reader.excess)
            return
        signature = self._read(SIGNATURE_NAME, LARGEST_SIGNATURE_BYTES)
        if signature is not None:
            self._take_signature(signature)
        data = self._read(MANIFEST_NAME, LARGEST_MANIFEST_BYTES)
        if data is None:
            if MANIFEST_NAME not in self._reader.sizes:
                self._problems.append(f"There is no {MANIFEST_NAME}, so nothing can be checked.")
            return
        self._take_manifest(data)
        if self._manifest is not None:
            self._compare(self._manifest)

    def verdict(self) -> Verdict:
        problems = tuple(printable(problem) for problem in self._problems)
        notes = tuple(printable(note) for note in self._notes)
        manifest, statement = self._manifest, self._statement
        return Verdict(
            not problems,
            problems,
            self._sha256,
            notes,
            len(manifest.files) if manifest else 0,
            statement.key_id if statement else None,
            manifest.id if manifest else None,
            self._link(),
        )

    def _read(self, name: str, most_bytes: int) -> bytes | None:
        if name not in self._reader.sizes:
            return None
        try:
            with self._reader.open(name) as file:
                data = file.read(most_bytes + 1)
        except READ_ERRORS as error:
            self._problems.append(f"{name} cannot be read: {error}.")
            return None
        if len(data) > most_bytes:
            self._problems.append(f"{name} cannot be read: it is too large.")
            return None
        return data

    def _take_signature(self, data: bytes) -> None:
        checked = check_signature(data)
        if checked.problem:
            self._problems.append(checked.problem)
        elif checked.statement and self._keys and checked.statement.key_id not in self._keys:
            key = checked.statement.key_id
            self._problems.append(
                f"{SIGNATURE_NAME} is by key {key}, which is none of those given."
            )
        else:
            self._statement = checked.statement

    def _take_manifest(self, data: bytes) -> None:
        """Read the manifest, and say if it is not the one that was signed or kept."""
        self._sha256 = hashlib.sha256(data).hexdigest()
        changed = manifest_changes(self._statement, data) if self._statement else None
        if changed:
            self._is_changed = True
            self._problems.append(changed)
        if self._kept not in (None, self._sha256):
            self._problems.append(f"{MANIFEST_NAME} is not the one that was sealed with the case.")
        try:
            self._manifest = parse_manifest(data)
        except ValueError as error:
            self._problems.append(f"{MANIFEST_NAME} cannot be read: {error}.")

    def _compare(self, manifest: Manifest) -> None:
        """Hold the files against what was sealed, and the manifest against itself."""
        self._problems += self._unsigned(manifest)
        self._problems += self._file_problems(manifest)
        self._notes += [f"{m.role}: {m.reason}." for m in manifest.missing]
        if self._is_changed:
            return  # what follows from the change needs no naming of its own
        self._problems += story_problems(manifest)
        self._problems += [
            f"{m.role}: {m.reason}, and the packet does not say so." for m in unstated(manifest)
        ]

    def _unsigned(self, manifest: Manifest) -> Iterator[str]:
        """Whether a signature is missing that should be there."""
        if SIGNATURE_NAME in self._reader.sizes:
            return
        if manifest.format != UNSIGNED_FORMAT:
            yield f"{SIGNATURE_NAME} is missing."
        elif self._keys and self._kept is None:
            yield f"The key proves nothing: {UNSIGNED}."
        else:
            self._notes.append(f"signature: {UNSIGNED}.")

    def _file_problems(self, manifest: Manifest) -> Iterator[str]:
        """Compare the files that are there with those that were sealed."""
        sealed = {name: part.sha256 for name, part in manifest.files.items()}
        if self._statement:
            sealed = self._statement.files
        for name in sorted(self._reader.sizes.keys() - sealed - {MANIFEST_NAME, SIGNATURE_NAME}):
            yield f"{name} is not in the manifest: it was added later."
        for name in sealed:
            if name not in self._reader.sizes:
                yield f"{name} is missing."
                continue
            # Of a manifest that was changed nothing is held against a file.
            part = None if self._is_changed else manifest.files[name]
            sizes = {part.bytes for part in manifest.files.values()}
            try:
                problem = self._altered(name, part, sealed, sizes) or (
                    part and self._unlike(name, part)
                )
            except READ_ERRORS as error:
                problem = f"{name} cannot be read: {error}."
            if problem:
                yield problem

    def _altered(
        self, name: str, part: FilePart | None, sealed: dict[str, str], sizes: set[int]
    ) -> str | None:
        """Whether a file differs from what was sealed; `sizes` are those of all sealed files."""
        size_bytes = self._reader.sizes[name]
        if part and size_bytes not in sizes:
            return f"{name} was altered: it has {size_bytes} bytes, {part.bytes} were sealed."
        with self._reader.open(name) as file:
            taken = digests(file, size_bytes)
        if taken.sha256 == sealed[name]:
            if part and part.sm3 and taken.sm3 not in (None, part.sm3):
                return f"{name} has another SM3 than the manifest says."
            return None
        others = [other for other, known in sealed.items() if known == taken.sha256]
        if others:
            return f"{name} was swapped: it holds what was sealed as {others[0]}."
        if part and size_bytes != part.bytes:
            return f"{name} was altered: it has {size_bytes} bytes, {part.bytes} were sealed."
        return f"{name} was altered: its SHA-256 is not the one that was sealed."

    def _unlike(self, name: str, part: StillPart | ClipPart) -> str | None:
        """Whether a file is something else than the manifest says, although it was sealed so."""
        with self._reader.open(name) as file:
            match part:
                case StillPart():
                    problem = still_problem(file, (part.width, part.height))
                case ClipPart():
                    length_s = part.to_s - part.from_s
                    problem = clip_problem(file, part.media_type, part.codec, length_s)
        return f"{name}: {problem}." if problem else None

    def _link(self) -> Link | None:
        """The place in the chain, from the signature if it holds, else from the manifest."""
        if self._statement:
            chain, sha256 = self._statement.chain, self._statement.manifest_sha256
            at_s = self._statement.signed_at
        elif self._manifest and self._manifest.chain and self._sha256:
            chain, sha256 = self._manifest.chain, self._sha256
            at_s = self._manifest.created_at
        else:
            return None
        return Link(chain.id, chain.sequence, chain.previous_sha256, sha256, at_s)
