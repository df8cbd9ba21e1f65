"""Pictures in files."""

from pathlib import Path

import cv2
import numpy as np

from vision.frame import Image


def read_picture(path: Path) -> Image:
    """A picture file as (H, W, 3) BGR; raises ValueError naming the file when it is none."""
    data = np.frombuffer(path.read_bytes(), dtype=np.uint8)
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise ValueError(f"{path} is not a picture that can be read (JPEG, PNG, WebP, BMP, TIFF)")
    return np.asarray(picture, dtype=np.uint8)


def write_picture(path: Path, picture: Image) -> None:
    """Write a picture in the format of its suffix; raises ValueError for an unknown one."""
    if not cv2.haveImageWriter(path.name):
        raise ValueError(f"cannot write {path}: give it the suffix .jpg or .png")
    _, data = cv2.imencode(path.suffix, picture)
    path.write_bytes(data.tobytes())
