"""Photos of the signs that tell of cameras: checked, made small, encoded anew, kept by hash."""

import hashlib
from pathlib import Path

import cv2
import numpy as np

from streams.durable import name_part, replace_file
from streams.evidence.jpeg import jpeg_size_wh
from vision.frame import Image

FOLDER = "signs"
MOST_PIXELS = 50_000_000
LONGEST_PX = 2560
JPEG_QUALITY = 88
PNG_START = b"\x89PNG\r\n\x1a\n"


def keep_photo(data_dir: Path, camera_id: str, data: bytes) -> str:
    """Keep a JPEG or PNG and return its path below the data folder; raises ValueError.

    Only its pixels are kept: what else the file holds (a place, a device) is not.
    """
    width, height = _size_wh(data)
    if not 0 < width * height <= MOST_PIXELS:
        raise ValueError(f"it has {width} x {height} pixels; {MOST_PIXELS} at most are taken")
    image = decoded(data)
    scale = min(1.0, LONGEST_PX / max(image.shape[:2]))
    if scale < 1.0:
        size_wh = (round(image.shape[1] * scale) or 1, round(image.shape[0] * scale) or 1)
        image = np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
    _, jpeg = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    encoded = jpeg.tobytes()
    name = f"{FOLDER}/{name_part(camera_id, 'camera id')}/{hashlib.sha256(encoded).hexdigest()}.jpg"
    path = data_dir / name
    path.parent.mkdir(parents=True, exist_ok=True)
    replace_file(path, encoded)
    return name


def decoded(data: bytes) -> Image:
    """A picture as (H, W, 3) BGR; raises ValueError for what cannot be decoded."""
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # an empty file, or sizes that no memory holds
        image = None
    if image is None:
        raise ValueError("it is damaged: it cannot be decoded")
    return np.asarray(image, np.uint8)


def photo_path(data_dir: Path, camera_id: str, name: str) -> Path | None:
    """Where a kept photo is; None for one that is kept elsewhere."""
    parts = Path(name).parts
    if len(parts) != 3 or parts[:2] != (FOLDER, camera_id) or ".." in parts:
        return None
    path = data_dir / FOLDER / camera_id / parts[2]
    return path if path.is_file() and not path.is_symlink() else None


def _size_wh(data: bytes) -> tuple[int, int]:
    if data.startswith(PNG_START) and len(data) > 24:
        return int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    try:
        return jpeg_size_wh(data)
    except ValueError:
        raise ValueError("it is neither a JPEG nor a PNG picture") from None
