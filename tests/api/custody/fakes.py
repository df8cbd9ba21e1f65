"""Finders that need no network: they find what stands where the drawn street has it."""

import os
from pathlib import Path

import numpy as np

from api.custody import copies as kept
from api.custody.mask_process import Finder
from api.custody.masking import Job, mask_packet
from models.download import FetchError
from tests.api.street_film import STANDS_AT
from vision.boxes import as_boxes
from vision.concealment import Sights
from vision.frame import Image

PERSON = (100.0, 250.0, 160.0, 450.0)
"""Somebody who stands there in every picture, to be hidden."""
HEAD = (110, 255, 150, 300)
OWN_PLATE = (600.0, 350.0, 660.0, 370.0)
OTHER_PLATE = (840.0, 300.0, 880.0, 312.0)
MODELS = {"fake": "ab" * 32}


class StreetFinder:
    """Finds a person, the car and both plates, wherever the picture is."""

    def find(self, image: Image, *, near: bool = True) -> Sights:
        score = np.array([0.9, 0.9], np.float32)
        plates = as_boxes([OWN_PLATE, OTHER_PLATE])
        return Sights(as_boxes(PERSON), as_boxes(STANDS_AT), plates, score)


def open_street() -> tuple[Finder, dict[str, str]]:
    """Open it."""
    return StreetFinder(), MODELS


def open_nothing() -> tuple[Finder, dict[str, str]]:
    """Fail as a machine without the network's file does."""
    raise FetchError("the model yolo11n cannot be fetched: no route to host")


class DyingFinder(StreetFinder):
    """Takes its process along."""

    def find(self, image: Image, *, near: bool = True) -> Sights:
        os.abort()


def open_dying() -> tuple[Finder, dict[str, str]]:
    """Open one that dies at the first picture."""
    return DyingFinder(), MODELS


def mask_all(data_dir: Path) -> None:
    """Make the copies of all packets of a data folder, so that no network is needed to see them."""
    packets = data_dir / "packets"
    for manifest in packets.glob("*/*/*/manifest.json"):
        packet = manifest.parent
        copies = data_dir / kept.FOLDER / packet.relative_to(packets) / kept.OWN_PLATE
        mask_packet(Job(packet, copies, keep_plate=True), StreetFinder(), MODELS)
