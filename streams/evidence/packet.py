"""Evidence packets: written whole or not at all.

A packet is a folder `root/<camera_id>/<YYYYMMDD>/<violation_id>/` with the stills, the clips and
`manifest.json`, which holds the hashes of every other file, and `signature.json`, which seals the
manifest. It is put together in a hidden folder beside its place and renamed when every byte of it
is on the disk. Every packet is a link of the chain of its root.
"""

import os
import shutil
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import psutil

from streams.durable import CHUNK_BYTES, discard_folder, name_part, remedy, sync_folder
from streams.evidence.chain import Chain
from streams.evidence.dossier import Dossier, Supplement
from streams.evidence.keys import KeyRing, KeysError
from streams.evidence.manifest import MANIFEST_NAME, PacketError
from streams.evidence.sealing import Filled, ViewingCopy, fill, seal
from streams.evidence.verify import verify_packet
from vision.violation import Violation

STALE_S = 3600.0
"""Nobody takes an hour to write a packet: a temporary folder this old was left behind."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP archive can hold; the same for all, so that archives are equal."""


def no_viewing_copy(clip: Path) -> Path | None:  # noqa: ARG001 - the signature of `ViewingCopy`
    """Make no copy: where a browser would need one, the packet states that it has none."""
    return None


def keys_beside(root: Path) -> Path:
    """Where the keys are that sign the packets below `root`."""
    return root.parent / "keys"


@dataclass(frozen=True, slots=True)
class WrittenPacket:
    """A packet on the disk: its folder, the folder's path from the root (POSIX), and its seal."""

    folder: Path
    name: str
    manifest_sha256: str


class PacketWriter:
    """Writes packets below `root`, which is made when the first one is.

    `viewing_copy` makes the copy of a clip that browsers play; `clock` gives UTC seconds; the
    keys that sign are in `keys`, a folder beside the root unless told otherwise.
    `swept` counts the half-done packets that a killed writer had left and that were removed.
    """

    def __init__(
        self,
        root: Path,
        viewing_copy: ViewingCopy = no_viewing_copy,
        clock: Callable[[], float] = time.time,
        keys: Path | None = None,
    ) -> None:
        self.root = root
        self._keys = KeyRing(keys_beside(root) if keys is None else keys)
        self._chain = Chain(root)
        self._viewing_copy = viewing_copy
        self._clock = clock
        self.swept = self._sweep()

    def folder(self, violation: Violation, timezone: str, look: Supplement | None = None) -> Path:
        """Where the packet of a violation, or of another look at it, is or will be.

        The day is that of its start there, or of when the look was asked for.
        """
        since_s = look.asked_s if look else violation.started_s
        day = datetime.fromtimestamp(since_s, ZoneInfo(timezone))
        camera = name_part(violation.camera_id, "camera id")
        name = name_part(look.id, "look id") if look else violation.id
        return self.root / camera / f"{day:%Y%m%d}" / name

    def write(self, dossier: Dossier) -> WrittenPacket:
        """Write the packet of a dossier's violation.

        Writing it again returns the one that is there, untouched. Raises ValueError for a dossier
        that is not about a violation or whose camera id cannot name a folder, and PacketError
        where the disk is full or not writable, or where something else is in the packet's place.
        """
        if dossier.violation is None:
            raise ValueError(
                f"the dossier of place {dossier.place_id} is not about a violation yet"
            )
        target = self.folder(dossier.violation, dossier.camera.timezone, dossier.supplement)
        if target.exists():
            return self._kept(target)
        temporary = target.with_name(f".{target.name}.tmp-{os.getpid()}")
        try:
            discard_folder(temporary)
            temporary.mkdir(parents=True)
            return self._appear(target, fill(temporary, dossier, self._viewing_copy))
        except PacketError:
            raise
        except KeysError as error:
            raise PacketError(f"packet {target} was not written: {error}") from error
        except OSError as error:
            raise PacketError(f"packet {target} was not written: {remedy(error)}") from error
        finally:
            discard_folder(temporary)

    def _appear(self, target: Path, filled: Filled) -> WrittenPacket:
        """Seal a packet as the next one of the chain and put it into its place."""
        key = self._keys.signer()
        with self._chain.turn() as turn:
            if target.exists():
                return self._kept(target)
            created_s = self._clock()
            sha256 = seal(filled, turn.link, key, created_s)
            turn.begin(target.relative_to(self.root).as_posix(), sha256, created_s)
            filled.folder.rename(target)  # from here on it is seen
            for folder in (target.parent, target.parent.parent, self.root):
                sync_folder(folder)
            turn.end()
        return self._written(target, sha256)

    def _kept(self, target: Path) -> WrittenPacket:
        """Return the packet that is there already, if it is one."""
        verdict = verify_packet(target)
        if not verdict.ok or verdict.manifest_sha256 is None:
            raise PacketError(
                f"packet {target} is there already but not sound ({verdict.problems[0]}) "
                "Move it away to have it written again"
            )
        return self._written(target, verdict.manifest_sha256)

    def _written(self, target: Path, manifest_sha256: str) -> WrittenPacket:
        return WrittenPacket(target, target.relative_to(self.root).as_posix(), manifest_sha256)

    def _sweep(self) -> int:
        """Remove what writers that are no more had left half-done."""
        stale = [f for f in self.root.glob("*/*/.*.tmp-*") if _is_stale(f)]
        for folder in stale:
            discard_folder(folder)
        return len(stale)


def zip_packet(path: Path, out: Path | IO[bytes]) -> None:
    """Pack a packet's folder into a ZIP archive, uncompressed; the same packet, the same bytes.

    `out` is a seekable file, or a path where the archive appears when it is complete. Raises
    PacketError where there is no packet or the archive cannot be written.
    """
    if not (path / MANIFEST_NAME).is_file():
        raise PacketError(f"{path} is not an evidence packet: it has no {MANIFEST_NAME}")
    try:
        if not isinstance(out, Path):
            _pack(path, out)
            return
        temporary = out.with_name(f".{out.name}.tmp-{os.getpid()}")
        try:
            with temporary.open("wb") as file:
                _pack(path, file)
                file.flush()
                os.fsync(file.fileno())
            temporary.replace(out)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise PacketError(f"the archive of {path.name} was not written: {remedy(error)}") from error


def _pack(path: Path, out: IO[bytes]) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for file in sorted(path.iterdir()):
            if file.is_file() and not file.is_symlink():
                _add(archive, f"{path.name}/{file.name}", file)


def _add(archive: zipfile.ZipFile, name: str, file: Path) -> None:
    """Add a file, read in pieces, without anything that differs from one machine to the next."""
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr = 0o644 << 16
    info.file_size = file.stat().st_size
    with file.open("rb") as source, archive.open(info, "w") as entry:
        shutil.copyfileobj(source, entry, CHUNK_BYTES)


def _is_stale(temporary: Path) -> bool:
    """Whether the writer of a temporary folder is dead; its process id may be in use again."""
    try:
        modified_s = temporary.stat().st_mtime
        writer = psutil.Process(int(temporary.name.rpartition("-")[2]))
        return modified_s < writer.create_time() - 1 or modified_s < time.time() - STALE_S
    except FileNotFoundError:  # it has just become a packet
        return False
    except (ValueError, psutil.NoSuchProcess):
        return True
