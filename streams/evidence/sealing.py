"""Put the files of a packet into a folder, with the manifest and signature that seal them."""

import errno
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.durable import copy_file, sync_folder, write_file
from streams.evidence.completeness import unstated
from streams.evidence.digests import NO_SM3, Digests
from streams.evidence.dossier import STEMS, ClipFile, Dossier, Missing, Role, StillFile
from streams.evidence.jpeg import jpeg_header
from streams.evidence.manifest import (
    FORMAT,
    MANIFEST_NAME,
    ChainPart,
    manifest_bytes,
    parse_manifest,
)
from streams.evidence.media_checks import clip_problem
from streams.evidence.signature import SIGNATURE_NAME, sign_manifest

MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".mp4": "video/mp4",
    ".mkv": "video/x-matroska",
    ".avi": "video/x-msvideo",
    ".ts": "video/mp2t",
}
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

ViewingCopy = Callable[[Path], Path | None]
"""Makes the copy of a clip that browsers play and returns its path; None: not needed."""


def software_version() -> str:
    """The installed version of this program."""
    try:
        return version("skyeye")
    except PackageNotFoundError:
        return "not installed"


def fill(folder: Path, dossier: Dossier, viewing_copy: ViewingCopy) -> "Filled":
    """Fill an empty folder with a dossier's files, which are on the disk then.

    What cannot be had is stated as missing rather than keeping the rest from being written.
    Raises OSError where the folder cannot be written.
    """
    filled = Filled(folder, dossier, viewing_copy)
    filled.run()
    return filled


def seal(filled: "Filled", link: ChainPart, key: Ed25519PrivateKey, created_s: float) -> str:
    """Add manifest and signature to a packet's files; return the manifest's SHA-256.

    All is on the disk then. Raises OSError where the folder cannot be written, ValueError for
    facts that no manifest can hold.
    """
    value = _manifest(filled, link, created_s)
    parsed = parse_manifest(manifest_bytes(value))
    value["missing"] += [asdict(lack) for lack in unstated(parsed)]
    data = manifest_bytes(value)
    write_file(filled.folder / MANIFEST_NAME, data)
    write_file(filled.folder / SIGNATURE_NAME, sign_manifest(data, key, created_s))
    sync_folder(filled.folder)
    return hashlib.sha256(data).hexdigest()


class Filled:
    """A packet's folder with the files from the dossier's, and what was learned on the way."""

    def __init__(self, folder: Path, dossier: Dossier, viewing_copy: ViewingCopy) -> None:
        self.folder, self.dossier = folder, dossier
        self.files: dict[str, dict[str, Any]] = {}
        self.missing = list(dossier.missing)
        self._viewing_copy = viewing_copy

    def run(self) -> None:
        """Copy everything."""
        for still in self.dossier.stills:
            if self._is_there(still):
                self._still(still)
        for clip in self.dossier.clips:
            if self._is_there(clip):
                self._clip(clip)
        if any(part["sm3"] is None for part in self.files.values()):
            self.missing.append(Missing("sm3", NO_SM3))

    def _is_there(self, file: StillFile | ClipFile) -> bool:
        if (self.dossier.folder / file.name).is_file():
            return True
        self._miss(file.role, "its file was lost before the packet was written")
        return False

    def _still(self, still: StillFile) -> None:
        source = self.dossier.folder / still.name
        try:
            header = jpeg_header(source.read_bytes())
        except ValueError as error:
            self._miss(still.role, str(error))
            return
        caption = self.dossier.camera.caption(still.taken_s)
        burnt_in = {
            "time": caption.time_text, "place": caption.place, "device": caption.device_number
        }  # fmt: skip
        facts = {"taken_s": round(still.taken_s, 3), **asdict(header), "burnt_in": burnt_in}
        self._copy(source, f"{STEMS[still.role]}{source.suffix}", still.role, facts)

    def _clip(self, clip: ClipFile) -> None:
        source = self.dossier.folder / clip.name
        media_type = MEDIA_TYPES.get(source.suffix, source.suffix)
        with source.open("rb") as file:
            problem = clip_problem(file, media_type, clip.codec, clip.to_s - clip.from_s)
        if problem:  # half written when the power failed, say: it would never be found sound
            self._miss(clip.role, problem)
            return
        name = f"{STEMS[clip.role]}{source.suffix}"
        span = {"from_s": round(clip.from_s, 3), "to_s": round(clip.to_s, 3)}
        self._copy(source, name, clip.role, {**span, "codec": clip.codec, "viewing_copy_of": None})
        for copy in self._copies(source):
            facts = {**span, "codec": "h264", "viewing_copy_of": name}
            self._copy(copy, f"{STEMS[clip.role]}.view{copy.suffix}", Role.VIEWING_COPY, facts)

    def _copies(self, source: Path) -> Iterator[Path]:
        """The viewing copy of a clip, if one is needed and can be made."""
        try:
            copy = self._viewing_copy(source)
        except (OSError, ValueError) as error:
            if isinstance(error, OSError) and error.errno in NO_ROOM:
                raise
            self._miss(Role.VIEWING_COPY, f"{source.name} could not be converted: {error}")
            return
        if copy is not None:
            yield copy

    def _copy(self, source: Path, name: str, role: Role, facts: dict[str, Any]) -> None:
        taken = Digests()
        size_bytes = copy_file(source, self.folder / name, taken.update)
        self.files[name] = {
            "role": role.value,
            "sha256": taken.sha256,
            "sm3": taken.sm3,
            "bytes": size_bytes,
            "media_type": MEDIA_TYPES[source.suffix],
            **facts,
        }

    def _miss(self, role: Role, reason: str) -> None:
        self.missing.append(Missing(role, reason))


def _manifest(filled: Filled, link: ChainPart, created_s: float) -> dict[str, Any]:
    dossier = filled.dossier
    if dossier.violation is None or dossier.zone is None or dossier.rule is None:
        raise ValueError(f"the dossier of place {dossier.place_id} is not about a violation yet")
    camera = asdict(dossier.camera)
    timezone = camera.pop("timezone")
    width, height = dossier.picture_wh
    told = asdict(dossier.supplement) if dossier.supplement else None
    return {
        "format": FORMAT,
        "created_at": round(created_s, 3),
        "chain": link.model_dump(),
        "software": {"name": "skyeye", "version": software_version()},
        "violation": dossier.violation.to_json(),
        "camera": camera,
        "zone": asdict(dossier.zone),
        "rule": asdict(dossier.rule),
        "model": asdict(dossier.model),
        "clock": {**asdict(dossier.clock), "timezone": timezone},
        "picture": {"width": width, "height": height},
        "boxes": [[round(t_s, 3), [round(v, 1) for v in box]] for t_s, box in dossier.boxes],
        "files": filled.files,
        "missing": [asdict(lack) for lack in filled.missing],
        **({"supplement": told} if told else {}),
    }
