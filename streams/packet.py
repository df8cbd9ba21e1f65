"""Evidence packets: written whole or not at all.

A packet is a folder `root/<camera_id>/<YYYYMMDD>/<violation_id>/` with the stills, the clips and
`manifest.json`, which holds the SHA-256 of every other file. It is put together in a hidden
folder beside its place and renamed when every byte of it is on the disk.
"""

import os
import shutil
import time
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil

from streams.completeness import stills_gap_s
from streams.dossier import Dossier
from streams.durable import CHUNK_BYTES, discard_folder, name_part, remedy, sync_file, sync_folder
from streams.manifest import PacketError
from streams.sealing import ViewingCopy, seal
from streams.verify import verify_packet
from vision.violation import Violation

__all__ = ["PacketError", "PacketWriter", "stills_gap_s", "zip_packet"]

STALE_S = 3600.0
"""Nobody takes an hour to write a packet: a temporary folder this old was left behind."""
EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that a ZIP archive can hold; the same for all, so that archives are equal."""


def no_viewing_copy(clip: Path) -> Path | None:  # noqa: ARG001 - the signature of `ViewingCopy`
    """Make no copy: where a browser would need one, the packet states that it has none."""
    return None


class PacketWriter:
    """Writes packets below `root`, which is made when the first one is.

    `viewing_copy` makes the copy of a clip that browsers play; `clock` gives UTC seconds.
    `swept` counts the half-done packets that a killed writer had left and that were removed.
    """

    def __init__(
        self,
        root: Path,
        viewing_copy: ViewingCopy = no_viewing_copy,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.root = root
        self._viewing_copy = viewing_copy
        self._clock = clock
        self.swept = self._sweep()

    def folder(self, violation: Violation, timezone: str) -> Path:
        """Where the packet of a violation is or will be; the day is that of its start there."""
        started = datetime.fromtimestamp(violation.started_s, ZoneInfo(timezone))
        camera = name_part(violation.camera_id, "camera id")
        return self.root / camera / f"{started:%Y%m%d}" / violation.id

    def write(self, dossier: Dossier) -> Path:
        """Write the packet of a dossier's violation and return its folder.

        Writing it again returns the one that is there. Raises ValueError for a dossier that is
        not about a violation or whose camera id cannot name a folder, and PacketError where the
        disk is full or not writable, or where something else is in the packet's place.
        """
        if dossier.violation is None:
            raise ValueError(
                f"the dossier of place {dossier.place_id} is not about a violation yet"
            )
        target = self.folder(dossier.violation, dossier.camera.timezone)
        if target.exists():
            return _sound(target)
        temporary = target.with_name(f".{target.name}.tmp-{os.getpid()}")
        try:
            discard_folder(temporary)
            temporary.mkdir(parents=True)
            seal(temporary, dossier, self._viewing_copy, self._clock())
            return self._publish(temporary, target)
        except PacketError:
            raise
        except OSError as error:
            raise PacketError(f"packet {target} was not written: {remedy(error)}") from error
        finally:
            discard_folder(temporary)

    def _publish(self, temporary: Path, target: Path) -> Path:
        """Give the finished folder its name; from here on it is seen."""
        try:
            temporary.rename(target)
        except OSError:
            if target.exists():  # another process has written the same packet meanwhile
                return _sound(target)
            raise
        for folder in (target.parent, target.parent.parent, self.root):
            sync_folder(folder)
        return target

    def _sweep(self) -> int:
        """Remove what writers that are no more had left half-done."""
        stale = [f for f in self.root.glob("*/*/.*.tmp-*") if _is_stale(f, self._clock())]
        for folder in stale:
            discard_folder(folder)
        return len(stale)


def zip_packet(path: Path, out: Path) -> Path:
    """Pack a packet's folder into the ZIP archive `out`, uncompressed, and return its path.

    The same packet gives the same bytes. `out` appears when it is complete; raises PacketError
    where it cannot be written.
    """
    if not (path / "manifest.json").is_file():
        raise PacketError(f"{path} is not an evidence packet: it has no manifest.json")
    temporary = out.with_name(f".{out.name}.tmp-{os.getpid()}")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
            for file in sorted(path.iterdir()):
                if file.is_file() and not file.is_symlink():
                    _add(archive, f"{path.name}/{file.name}", file)
        sync_file(temporary)
        temporary.replace(out)
        sync_folder(out.parent)
    except OSError as error:
        raise PacketError(f"archive {out} was not written: {remedy(error)}") from error
    finally:
        temporary.unlink(missing_ok=True)
    return out


def _add(archive: zipfile.ZipFile, name: str, file: Path) -> None:
    """Add a file, read in pieces, without anything that differs from one machine to the next."""
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr = 0o644 << 16
    info.file_size = file.stat().st_size
    with file.open("rb") as source, archive.open(info, "w") as entry:
        shutil.copyfileobj(source, entry, CHUNK_BYTES)


def _sound(target: Path) -> Path:
    """Return the packet that is already there, if it is one."""
    verdict = verify_packet(target)
    if not verdict.ok:
        raise PacketError(
            f"packet {target} is there already but not sound ({verdict.problems[0]}): "
            "move it away to have it written again"
        )
    return target


def _is_stale(temporary: Path, now_s: float) -> bool:
    """Whether the writer of a temporary folder is dead; its process id may be in use again."""
    try:
        modified_s = temporary.stat().st_mtime
        writer = psutil.Process(int(temporary.name.rpartition("-")[2]))
        return modified_s < writer.create_time() - 1 or modified_s < now_s - STALE_S
    except FileNotFoundError:  # it has just become a packet
        return False
    except (ValueError, psutil.NoSuchProcess):
        return True
