"""What the open-vocabulary network makes of a picture before it is told what to look for."""

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard
from models.fetch import fetch
from models.letterbox import Letterbox
from models.pictures import read_picture
from models.session import Session, open_session
from vision.boxes import Boxes

WIDTH = 512


@dataclass(frozen=True, slots=True, eq=False)
class Anchors:
    """Every anchor of one picture.

    `xyxy` (a, 4) float32 source pixels; `embedding` (a, 512) float16; `bias` (a,) float32, what
    the network adds to every logit of the anchor.
    """

    xyxy: Boxes
    embedding: NDArray[np.float16]
    bias: NDArray[np.float32]


class Embedder:
    """Runs the network with unit vectors for a vocabulary, so that its logits are the embedding.

    Results are kept in `cache`, a folder: they are 9 MB a picture and take a second to make.
    """

    def __init__(self, card: ModelCard, cache: Path) -> None:
        self._card, self._cache = card, cache
        self._letterbox = Letterbox(card)
        self._session: Session | None = None
        cache.mkdir(parents=True, exist_ok=True)

    def anchors(self, picture: Path, mirrored: bool = False) -> Anchors:
        """All anchors of a picture; `mirrored` turns it left to right, boxes included."""
        key = sha256(picture.read_bytes() + bytes([mirrored]) + self._card.sha256.encode())
        kept = self._cache / f"{key.hexdigest()[:32]}.npz"
        if not kept.is_file():
            anchors = self._run(picture, mirrored)
            np.savez(kept, a=anchors.xyxy, b=anchors.embedding, c=anchors.bias)
        with np.load(kept) as arrays:
            return Anchors(arrays["a"], arrays["b"], arrays["c"])

    def _run(self, picture: Path, mirrored: bool) -> Anchors:
        image = read_picture(picture)
        if mirrored:
            image = np.ascontiguousarray(image[:, ::-1])
        width, height = self._card.input_wh
        batch = np.empty((1, 3, height, width), np.float32)
        placement = self._letterbox.write(image, batch[0])
        boxes, logits = (np.asarray(o[0], np.float32) for o in self._opened().run(batch)[:2])
        centre, half = boxes[:2].T, boxes[2:].T / 2
        xyxy = placement.restore(np.hstack([centre - half, centre + half]))
        embedding = (logits[:WIDTH] - logits[WIDTH]).T
        return Anchors(xyxy, embedding.astype(np.float16), logits[WIDTH].copy())

    def _opened(self) -> Session:
        if self._session is None:
            probes = np.vstack([np.eye(WIDTH), np.zeros((1, WIDTH))]).astype(np.float32)
            given = {"vectors": probes, "bias": np.zeros(WIDTH + 1, np.float32)}
            self._session = open_session(fetch(self._card), self._card, max_batch=1, given=given)
        return self._session
