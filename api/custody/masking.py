"""Make the masked copies of a packet: what the desk shows, and the only thing that is exported.

They lie beside the sealed packets, never among its files. A file whose copy cannot be made has
none, with the reason: nothing is ever shown unmasked in its place.
"""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2

from api.custody.masked_clip import mask_clip
from api.custody.masking_note import NOTE_NAME, MaskedFile, MaskingNote, note_bytes, parse_note
from api.custody.sign_photos import decoded
from api.evidence import EvidenceError, open_file
from streams.durable import replace_file
from streams.evidence.digests import digests
from streams.evidence.dossier import Role
from streams.evidence.manifest import (
    LARGEST_MANIFEST_BYTES,
    MANIFEST_NAME,
    ClipPart,
    FilePart,
    Manifest,
    StillPart,
    parse_manifest,
)
from streams.evidence.sealing import software_version
from vision.boxes import Box
from vision.concealment import Concealed, Sights, conceal
from vision.frame import Image
from vision.mosaic import hidden
from vision.rules.kinds import KINDS

JPEG_QUALITY = 92
HEAD_TILES, PLATE_TILES = 3, 1
INNER = (1 / 6, 5 / 6)
"""Where the subject is in its close-up: that is cut with a quarter of its size on every side."""
PLATE_ONLY = "it shows nothing but a number plate"
HAS_VIEW = "it is not shown itself; its viewing copy is"


class Finder(Protocol):
    """Finds what may have to be hidden; see `models.concealing`."""

    def find(self, image: Image, *, near: bool = True) -> Sights:
        """What there is in a picture (H, W, 3) BGR."""


@dataclass(frozen=True, slots=True)
class Job:
    """Which packet is to be masked, and where to: the packet's and the copies' folder.

    With `stills_only` its clips, which take longer, are left for another job.
    """

    packet: Path
    copies: Path
    keep_plate: bool
    stills_only: bool = False


def mask_packet(
    job: Job, finder: Finder, models: dict[str, str], done: Callable[[], None] = lambda: None
) -> MaskingNote:
    """Make what is missing of a packet's masked copies, pictures first.

    After each file the note is on the disk and `done` is called. Raises OSError or ValueError
    where the packet cannot be read or the copies cannot be written.
    """
    with (job.packet / MANIFEST_NAME).open("rb") as file:
        data = file.read(LARGEST_MANIFEST_BYTES)
    manifest = parse_manifest(data)
    job.copies.mkdir(parents=True, exist_ok=True)
    note = _begun(job, hashlib.sha256(data).hexdigest(), models)
    names = sorted(manifest.files, key=lambda name: isinstance(manifest.files[name], ClipPart))
    if job.stills_only:
        names = [name for name in names if name in manifest.stills]
    for name in names:
        if name not in note.files:
            masked = _Masking(job, manifest, finder).file(name, manifest.files[name])
            note = note.model_copy(update={"files": {**note.files, name: masked}})
            replace_file(job.copies / NOTE_NAME, note_bytes(note))
            done()
    if not job.stills_only:
        note = note.model_copy(update={"whole": True})
        replace_file(job.copies / NOTE_NAME, note_bytes(note))
    return note


def _begun(job: Job, manifest_sha256: str, models: dict[str, str]) -> MaskingNote:
    """The note that is there if it is of this packet and these networks, else a new one."""
    blank = MaskingNote(
        manifest_sha256=manifest_sha256,
        keeps_plate=job.keep_plate,
        models=models,
        software=software_version(),
        made_s=round(time.time(), 3),
    )
    path = job.copies / NOTE_NAME
    there = parse_note(path.read_bytes()) if path.is_file() else None
    same = there is not None and (there.manifest_sha256, there.keeps_plate, there.models) == (
        blank.manifest_sha256, blank.keeps_plate, blank.models,
    )  # fmt: skip
    return there if there is not None and same else blank


def show(image: Image, concealed: Concealed) -> Image:
    """The picture with what is to be hidden painted over."""
    painted = hidden(image, concealed.guessed, PLATE_TILES)
    painted = hidden(painted, concealed.plates, PLATE_TILES)
    return hidden(painted, concealed.heads, HEAD_TILES)


class _Masking:
    """The masking of one packet's files."""

    def __init__(self, job: Job, manifest: Manifest, finder: Finder) -> None:
        self._job, self._manifest, self._finder = job, manifest, finder
        kind = KINDS.get(manifest.violation.kind)
        self._tells_plate = kind is not None and kind.plate
        self._keep = job.keep_plate and self._tells_plate

    def file(self, name: str, part: FilePart) -> MaskedFile:
        """Mask one file, or say why it has no copy."""
        blank = MaskedFile(source_sha256=part.sha256)
        try:
            return self._masked(name, part, blank)
        except (EvidenceError, ValueError) as error:
            return blank.model_copy(update={"withheld": f"it could not be masked: {error}"[:300]})

    def _masked(self, name: str, part: FilePart, blank: MaskedFile) -> MaskedFile:
        path = self._job.packet / name
        with open_file(path) as file:
            if digests(file, part.bytes).sha256 != part.sha256:
                raise ValueError("it is not the file that was sealed")
        match part:
            case StillPart(role=Role.PLATE) if not self._keep:
                return blank.model_copy(update={"withheld": PLATE_ONLY})
            case StillPart():
                return self._still(path, part, blank)
            case ClipPart() if any(
                c.viewing_copy_of == name for c in self._manifest.clips.values()
            ):
                return blank.model_copy(update={"withheld": HAS_VIEW})
            case ClipPart():
                return self._clip(path, part, blank)
        raise ValueError(f"it is of a kind that cannot be masked ({part.media_type})")

    def _has_view(self, name: str) -> bool:
        return any(clip.viewing_copy_of == name for clip in self._manifest.clips.values())

    def _still(self, path: Path, part: StillPart, blank: MaskedFile) -> MaskedFile:
        image = decoded(path.read_bytes())
        concealed = conceal(
            self._finder.find(image), self._subject(part, image), keep_plate=self._keep
        )
        _, jpeg = cv2.imencode(
            ".jpg", show(image, concealed), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
        )
        target = self._job.copies / f"{path.stem}.masked.jpg"
        replace_file(target, jpeg.tobytes())
        return _described(blank, target, "image/jpeg", concealed)

    def _clip(self, path: Path, part: ClipPart, blank: MaskedFile) -> MaskedFile:
        target = self._job.copies / f"{path.stem}.masked.mp4"

        def look(t_s: float, image: Image) -> Concealed:
            at_s, subject = part.from_s + t_s, self._subject_at(part.from_s + t_s)
            stands = at_s >= self._manifest.violation.started_s
            seen = self._finder.find(image, near=False)
            return conceal(seen, subject, keep_plate=self._keep and stands)

        most = mask_clip(path, target, look, show)
        return _described(blank, target, "video/mp4", most)

    def _subject(self, part: StillPart, image: Image) -> Box | None:
        """Where the subject is in a still, in the still's own pixels."""
        height, width = image.shape[:2]
        match part.role:
            case Role.PLATE:
                return (0.0, 0.0, float(width), float(height))
            case Role.CLOSE_UP | Role.AFTER_CLOSE_UP:
                low, high = INNER
                return self._known((low * width, low * height, high * width, high * height))
            case _:
                box = self._subject_at(part.taken_s)
                scale = part.width / self._manifest.picture.width
                return self._known(tuple(value * scale for value in box)) if box else None  # type: ignore[arg-type]

    def _subject_at(self, t_s: float) -> Box | None:
        """Where the subject is at a time (UTC seconds), in the camera's pixels."""
        boxes = self._manifest.boxes
        if not boxes:
            return self._known(self._manifest.violation.box_xyxy)
        return self._known(min(boxes, key=lambda entry: abs(entry[0] - t_s))[1])

    def _known(self, box: Box) -> Box | None:
        """The subject, None where not even its own plate may show: it is hidden like any other."""
        return None if self._tells_plate and not self._keep else box


def _described(blank: MaskedFile, target: Path, media_type: str, shown: Concealed) -> MaskedFile:
    with target.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    return blank.model_copy(
        update={
            "file": target.name,
            "sha256": sha256,
            "bytes": target.stat().st_size,
            "media_type": media_type,
            "heads": len(shown.heads),
            "plates": len(shown.plates),
            "guessed": len(shown.guessed),
            "kept": len(shown.kept),
        }
    )
