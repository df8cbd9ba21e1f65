"""Where dossiers are kept on disk until their packets are written."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from streams.dossier import STEMS, ClipFile, Dossier, Role, StillFile
from streams.durable import discard_folder, name_part, remedy, replace_file

FILE_NAME = "dossier.json"
Result = TypeVar("Result")


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

        def write() -> None:
            dossier.folder.mkdir(parents=True, exist_ok=True)
            replace_file(dossier.folder / FILE_NAME, text.encode())

        _explained(dossier.folder, write)

    def keep_still(self, dossier: Dossier, role: Role, jpeg: bytes, taken_s: float) -> Dossier:
        """Keep a still and return the dossier with it, saved."""
        name = f"{STEMS[role]}.jpg"

        def write() -> None:
            dossier.folder.mkdir(parents=True, exist_ok=True)
            replace_file(dossier.folder / name, jpeg)

        _explained(dossier.folder, write)
        grown = dossier.with_still(StillFile(role, name, taken_s))
        self.save(grown)
        return grown

    def clip_path(self, dossier: Dossier, role: Role, suffix: str = ".mp4") -> Path:
        """Where a clip of the dossier is to be cut to; its folder is there."""
        _explained(dossier.folder, lambda: dossier.folder.mkdir(parents=True, exist_ok=True))
        return dossier.folder / f"{STEMS[role]}{suffix}"

    def keep_clip(self, dossier: Dossier, clip: ClipFile) -> Dossier:
        """Return the dossier with a clip that was cut to `clip_path`, saved."""
        grown = dossier.with_clip(clip)
        self.save(grown)
        return grown

    def load(self, camera_id: str, place_id: str) -> Dossier | None:
        """Return the dossier of a place, None where there is none (any more)."""
        folder = self.folder(camera_id, place_id)
        try:
            text = (folder / FILE_NAME).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        return Dossier.from_json(json.loads(text), folder)

    def place_ids(self, camera_id: str) -> list[str]:
        """Ids of the places of a camera that have a folder."""
        folder = self.root / name_part(camera_id, "camera id")
        if not folder.is_dir():
            return []
        return sorted(entry.name for entry in folder.iterdir() if entry.is_dir())

    def remove(self, camera_id: str, place_id: str) -> None:
        """Forget a place that was left or whose packet is written."""
        discard_folder(self.folder(camera_id, place_id))


def _explained(folder: Path, action: Callable[[], Result]) -> Result:
    try:
        return action()
    except OSError as error:
        raise DossierError(f"dossier {folder}: {remedy(error)}") from error
