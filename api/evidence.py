"""The evidence of a case: its packet's manifest and files, read where they lie.

Nothing is copied into the database. Names come from the manifest only, and no link is followed.
"""

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from streams.durable import name_part
from streams.evidence.dossier import Role
from streams.evidence.keys import KeyRing
from streams.evidence.manifest import (
    LARGEST_MANIFEST_BYTES,
    MANIFEST_NAME,
    Manifest,
    parse_manifest,
)
from streams.evidence.packet import keys_beside
from streams.evidence.verdict import Verdict
from streams.evidence.verify import verify_packet


class EvidenceError(OSError):
    """Evidence cannot be had; the message says why, without telling where the files lie."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """A manifest, and the SHA-256 of the file that it was read from."""

    manifest: Manifest
    sha256: str


def check_packet_name(name: str) -> str:
    """Return a packet's path below the root if it is one; raises ValueError otherwise."""
    parts = PurePosixPath(name).parts
    if len(parts) != 3:
        raise ValueError(f"packet {name[:80]!r} is not of the form camera/day/violation")
    for part in parts:
        name_part(part, "packet")
    return name


class Evidence:
    """The packets below `root`."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def folder(self, packet: str) -> Path:
        """The folder of a packet; raises EvidenceError where there is none."""
        folder = self._root / check_packet_name(packet)
        if not folder.is_dir():
            raise EvidenceError("its evidence packet is not there")
        if folder.resolve() != self._root.resolve() / packet:
            raise EvidenceError("its evidence packet is a link, which is not followed")
        return folder

    def manifest(self, packet: str) -> Sealed:
        """Read a packet's manifest; raises EvidenceError."""
        with self.open(packet, MANIFEST_NAME) as file:
            data = file.read(LARGEST_MANIFEST_BYTES + 1)
        if len(data) > LARGEST_MANIFEST_BYTES:
            raise EvidenceError("the manifest of its evidence packet is too large")
        try:
            return Sealed(parse_manifest(data), hashlib.sha256(data).hexdigest())
        except ValueError as error:
            raise EvidenceError(
                f"the manifest of its evidence packet cannot be read: {error}"
            ) from error

    def verify(self, packet: str, manifest_sha256: str) -> Verdict:
        """Check a packet as `skyeye verify` does, with the node's own public keys.

        Raises EvidenceError or PacketError where there is none, KeysError for damaged keys.
        """
        keys = KeyRing(keys_beside(self._root)).public_keys()
        return verify_packet(self.folder(packet), manifest_sha256, keys)

    def open(self, packet: str, name: str) -> IO[bytes]:
        """Open a file of a packet; raises EvidenceError where it is none."""
        return open_file(self.folder(packet) / name_part(name, "file name"))


def open_file(path: Path) -> IO[bytes]:
    """Open an ordinary file, not a link or a device; raises EvidenceError where it is none."""
    try:
        # Without O_NONBLOCK a pipe in the file's place would hold the thread for ever.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise EvidenceError(f"{path.name} cannot be read: {error.strerror}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise EvidenceError(f"{path.name} is not a file")
    return os.fdopen(descriptor, "rb")


def thumbnail(manifest: Manifest) -> str | None:
    """Name of the picture that shows a case in a list, None where there is no picture."""
    by_role = {still.role: name for name, still in manifest.stills.items()}
    roles = (Role.CLOSE_UP, Role.LATER_PANORAMA, Role.START_PANORAMA)
    return next((by_role[role] for role in roles if role in by_role), None)
