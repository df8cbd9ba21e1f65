"""Read the files of an evidence packet that may have been tampered with: a folder or a ZIP.

Nothing is extracted, no link is followed, and no more is read than a packet can reasonably hold.
"""

import io
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

from streams.evidence.manifest import MANIFEST_NAME, PacketError

MOST_FILES = 64
LARGEST_FILE_BYTES = 2 * 1024**3
LARGEST_PACKET_BYTES = 4 * 1024**3
LARGEST_CONTENTS_BYTES = 256 * 1024
"""The contents list of an archive of 64 files has some 10 KiB; a comment has 64 at most."""
HIGHEST_RATIO = 100
"""Pictures and clips hardly compress: an entry that grows more than this is a trap."""
ENCRYPTED_FLAG = 0x1

READ_ERRORS = (
    OSError,
    ValueError,
    EOFError,
    NotImplementedError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading a damaged or hostile file may raise."""


class Reader(Protocol):
    """The files of a packet by name: `sizes` in bytes, and `problems` that were met on the way.

    `excess` says why there is more than a packet can hold, so that nothing should be read.
    """

    sizes: dict[str, int]
    problems: list[str]
    excess: str | None

    def open(self, name: str) -> IO[bytes]:
        """Open one of the files in `sizes`."""


@contextmanager
def open_packet(path: Path) -> Iterator[Reader]:
    """Open a packet; raises PacketError where there is nothing that could be one."""
    if not path.exists():
        raise PacketError(f"{path} does not exist: name the folder or the ZIP of a packet")
    with ExitStack() as opened:
        try:
            if path.is_dir():
                reader: Reader = _Folder(path)
            else:
                file = opened.enter_context(_Guarded(path))
                reader = _Archive(opened.enter_context(zipfile.ZipFile(file)))
                file.most_bytes = LARGEST_FILE_BYTES
        except READ_ERRORS as error:
            raise PacketError(
                f"{path} is neither a packet's folder nor its ZIP: {error}"
            ) from error
        yield reader


class _Guarded(io.FileIO):
    """A file that is not read in larger gulps than the contents list of an honest archive."""

    most_bytes = LARGEST_CONTENTS_BYTES

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:
            size = os.fstat(self.fileno()).st_size - self.tell()
        if size > self.most_bytes:
            raise zipfile.BadZipFile("its list of contents is longer than a packet's can be")
        return super().read(size) or b""


class _Folder:
    """A packet's folder."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.sizes: dict[str, int] = {}
        self.problems: list[str] = []
        for entry in sorted(path.iterdir()):
            status = entry.lstat()
            if stat.S_ISREG(status.st_mode):
                self.sizes[entry.name] = status.st_size
            else:
                self.problems.append(f"{entry.name} is not a plain file, which has no place here.")
        self.excess = _excess([*self.sizes.values(), *(0 for _ in self.problems)])

    def open(self, name: str) -> IO[bytes]:
        return (self._path / name).open("rb")


class _Archive:
    """A packet in a ZIP archive, its files side by side at the top or in one folder."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._entries: dict[str, zipfile.ZipInfo] = {}
        self.problems: list[str] = []
        entries = archive.infolist()
        prefix = _prefix(entries)
        for entry in entries[:MOST_FILES]:
            name = entry.filename.removeprefix(prefix)
            if name == "" and entry.is_dir():
                continue
            problem = _trap(entry, name, prefix) or (
                f"{name} is in the archive twice." if name in self._entries else None
            )
            if problem:
                self.problems.append(problem)
            else:
                self._entries[name] = entry
        self.sizes = {name: entry.file_size for name, entry in self._entries.items()}
        self.excess = _excess([entry.file_size for entry in entries])

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(self._entries[name])


def _prefix(entries: list[zipfile.ZipInfo]) -> str:
    """The folder within the archive that holds the manifest, with its slash."""
    for entry in entries:
        parts = PurePosixPath(entry.filename).parts
        if len(parts) == 2 and parts[1] == MANIFEST_NAME and ".." not in parts:
            return f"{parts[0]}/"
    return ""


def _trap(entry: zipfile.ZipInfo, name: str, prefix: str) -> str | None:
    """Why an entry must not be touched, None for an honest one."""
    shown = entry.filename[:80]
    if not entry.filename.startswith(prefix) or not name or set(name) & set("/\\:\0"):
        return f"{shown!r} lies outside the packet's folder."
    if entry.flag_bits & ENCRYPTED_FLAG:
        return f"{name} is encrypted and cannot be checked."
    if entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
        return f"{name} would unpack to {entry.file_size} bytes from {entry.compress_size}."
    return None


def _excess(sizes: list[int]) -> str | None:
    """Say why this is more than a packet can be, None if it is not."""
    if len(sizes) > MOST_FILES:
        return f"There are {len(sizes)} files, a packet has {MOST_FILES} at most."
    if sum(sizes) > LARGEST_PACKET_BYTES:
        return f"All files together have {sum(sizes)} bytes, more than a packet can have."
    return None
