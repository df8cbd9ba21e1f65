"""Files that survive a power cut, names that stay inside their folder, and full disks explained."""

import errno
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

CHUNK_BYTES = 1024 * 1024
LONGEST_NAME_BYTES = 200
"""Leaves room for what a temporary name adds, within the 255 bytes of common file systems."""

REMEDIES = {
    errno.ENOSPC: "the disk is full: free some space on it",
    errno.EDQUOT: "the disk quota is used up: free some space or raise it",
    errno.EFBIG: "a file would be larger than this process may write: raise its file size limit",
    errno.EACCES: "access was denied: let this user write there",
    errno.EPERM: "access was denied: let this user write there",
    errno.EROFS: "the file system is read-only: mount it for writing or choose another folder",
    errno.EMFILE: "this process has too many files open: raise its limit",
    errno.EIO: "the disk reports an error: check its health",
}


def name_part(text: str, what: str) -> str:
    """Return `text` if it is safe as the name of one file or folder.

    Letters of any script, digits, `_ . @ + -`, not beginning with a dot or dash. Raises
    ValueError that says `what` it is about otherwise, so that no id leads out of its folder.
    """
    is_safe = re.fullmatch(r"\w[\w.@+-]*", text) is not None
    if not is_safe or len(text.encode()) > LONGEST_NAME_BYTES:
        raise ValueError(
            f"{what} {text[:80]!r} cannot name a folder: use letters, digits, '-', '_' and '.', "
            f"{LONGEST_NAME_BYTES} bytes at most"
        )
    return text


def remedy(error: OSError) -> str:
    """What is wrong with the disk, and what to do about it."""
    known = REMEDIES.get(error.errno or 0)
    return known or (error.strerror or str(error))


def replace_file(path: Path, data: bytes) -> None:
    """Write a file so that at any moment the old content or the new is there, never a part."""
    temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
    try:
        write_file(temporary, data)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_file(path: Path, data: bytes) -> None:
    """Write a file and wait until the disk has it."""
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def copy_file(source: Path, target: Path, seen: Callable[[bytes], object] = lambda _: None) -> int:
    """Copy a file, wait until the disk has it, and return its size in bytes.

    `seen` is given every piece on its way, to hash it, say.
    """
    with source.open("rb") as original, target.open("wb") as copy:
        while chunk := original.read(CHUNK_BYTES):
            seen(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
        return copy.tell()


def append_line(path: Path, line: str) -> None:
    """Add a line to a file and wait until the disk has it.

    A line that was cut off before, by a full disk or a kill, is ended first and stays a line of
    its own.
    """
    is_new = not path.exists()
    with path.open("a+b") as file:
        if file.tell() > 0:
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
        file.write(line.encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())
    if is_new:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Wait until the disk has the names of a folder's files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def discard_folder(folder: Path) -> None:
    """Remove a folder that nobody needs, as far as the disk lets it be removed."""
    shutil.rmtree(folder, ignore_errors=True)
