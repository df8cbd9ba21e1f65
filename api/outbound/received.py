"""Pictures that other systems send: checked, and kept below received/ by their SHA-256."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from streams.durable import name_part, sync_folder

FOLDER = "received"
LARGEST_BYTES = 10 * 1024 * 1024
_KINDS = ((b"\xff\xd8\xff", "image/jpeg", ".jpg"), (b"\x89PNG\r\n\x1a\n", "image/png", ".png"))
SUFFIXES = {media_type: suffix for _, media_type, suffix in _KINDS}


class NoPicture(ValueError):  # noqa: N818 - it is an answer rather than an error
    """What was sent is no picture that is taken; the message says why."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A picture that is on the disk."""

    sha256: str
    media_type: str
    bytes: int


class Received:
    """The pictures of a data folder."""

    def __init__(self, data_dir: Path) -> None:
        self._root = data_dir / FOLDER

    def keep(self, case_id: str, data: bytes) -> Stored:
        """Write a picture, whole or not at all; raises NoPicture."""
        media_type = picture_type(data)
        stored = Stored(hashlib.sha256(data).hexdigest(), media_type, len(data))
        path = self.path(case_id, stored.sha256, media_type)
        if path.exists():
            return stored
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        with temporary.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
        return stored

    def path(self, case_id: str, sha256: str, media_type: str) -> Path:
        """Where a picture lies."""
        return self._root / name_part(case_id, "case") / f"{sha256}{SUFFIXES[media_type]}"


def picture_type(data: bytes) -> str:
    """JPEG or PNG, by its first bytes; raises NoPicture."""
    if len(data) > LARGEST_BYTES:
        raise NoPicture(f"it has over {LARGEST_BYTES} bytes")
    for start, media_type, _ in _KINDS:
        if data.startswith(start):
            return media_type
    raise NoPicture("it is neither JPEG nor PNG")
