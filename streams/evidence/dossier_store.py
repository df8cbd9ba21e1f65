"""Where dossiers are kept on disk until their packets are written."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from streams.durable import copy_file, discard_folder, name_part, remedy, replace_file
from streams.evidence.dossier import STEMS, ClipFile, Dossier, Role, StillFile

FILE_NAME = "dossier.json"


class DossierError(OSError):
    """A dossier cannot be kept; the message names its folder and says what to do."""


class DossierStore:
    """Folders `root/<camera_id>/<place_id>/` with `dossier.json` and the files it names.

    Methods raise DossierError where the disk does not do what it is asked, and ValueError for
    ids that cannot name a folder.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, camera_id: str, place_id: str) -> Path:
        """Where the dossier of a place is."""
        return self.root / name_part(camera_id, "camera id") / name_part(place_id, "place id")

    def save(self, dossier: Dossier) -> None:
        """Keep a dossier, durably; the one kept before stays until the new one is complete."""
        text = json.dumps(dossier.to_json(), ensure_ascii=False, allow_nan=False)
        with _explained(dossier.folder):
            dossier.folder.mkdir(parents=True, exist_ok=True)
            replace_file(dossier.folder / FILE_NAME, text.encode())

    def keep_still(self, dossier: Dossier, role: Role, jpeg: bytes, taken_s: float) -> Dossier:
        """Keep a still and return the dossier with it, saved."""
        name = f"{STEMS[role]}.jpg"
        with _explained(dossier.folder):
            dossier.folder.mkdir(parents=True, exist_ok=True)
            replace_file(dossier.folder / name, jpeg)
        grown = dossier.with_still(StillFile(role, name, taken_s))
        self.save(grown)
        return grown

    def clip_path(self, dossier: Dossier, role: Role, suffix: str = ".mp4") -> Path:
        """Where a clip of the dossier is to be cut to; its folder is there."""
        with _explained(dossier.folder):
            dossier.folder.mkdir(parents=True, exist_ok=True)
        return dossier.folder / f"{STEMS[role]}{suffix}"

    def keep_clip(self, dossier: Dossier, clip: ClipFile) -> Dossier:
        """Return the dossier with a clip that was cut to `clip_path`, saved."""
        grown = dossier.with_clip(clip)
        self.save(grown)
        return grown

    def fork(self, dossier: Dossier, key: str) -> Dossier:
        """Keep a copy of a dossier under another key, and return it.

        A place may break several rules, one after the other: each violation gets its own.
        """
        copy = replace(dossier, place_id=key, folder=self.folder(dossier.camera.id, key))
        files: tuple[StillFile | ClipFile, ...] = (*dossier.stills, *dossier.clips)
        with _explained(copy.folder):
            copy.folder.mkdir(parents=True, exist_ok=True)
            for file in files:
                if (dossier.folder / file.name).is_file():
                    copy_file(dossier.folder / file.name, copy.folder / file.name)
        self.save(copy)
        return copy

    def load(self, camera_id: str, place_id: str) -> Dossier | None:
        """Return the dossier of a place, None where there is none (any more)."""
        folder = self.folder(camera_id, place_id)
        path = folder / FILE_NAME
        with _explained(folder):
            data = path.read_bytes() if path.exists() else None
        if data is None:
            return None
        try:
            return Dossier.from_json(json.loads(data), folder)
        except (LookupError, TypeError, ValueError) as error:
            raise DossierError(
                f"dossier {folder} cannot be read ({error!r}): remove that folder"
            ) from error

    def place_ids(self, camera_id: str) -> list[str]:
        """Ids of the places of a camera that have a folder."""
        folder = self.root / name_part(camera_id, "camera id")
        if not folder.is_dir():
            return []
        return sorted(entry.name for entry in folder.iterdir() if entry.is_dir())

    def remove(self, camera_id: str, place_id: str) -> None:
        """Forget a place that was left or whose packet is written."""
        discard_folder(self.folder(camera_id, place_id))


@contextmanager
def _explained(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DossierError(f"dossier {folder}: {remedy(error)}") from error
