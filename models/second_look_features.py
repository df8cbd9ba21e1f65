"""What boxes look like, in numbers: an ImageNet network on their crops, the detector's maps."""

import cv2
import numpy as np
from numpy.typing import NDArray

from models.card import CardError, ModelCard
from models.download import Progress
from models.fetch import fetch
from models.inputs import ModelError
from models.letterbox import Letterbox, Placement
from models.second_look import Maps
from models.second_look_head import BLOCKS, MADE
from models.second_look_pools import grown, pooled
from models.session import Session, open_session
from vision.boxes import Boxes, as_boxes
from vision.frame import Image

Array = NDArray[np.float32]

MARGIN = 1.15
LEAST_PX = 16
MAX_BATCH = 16


class Features:
    """Computes the features of boxes; belongs to one thread, as its session does."""

    def __init__(self, card: ModelCard, session: Session) -> None:
        self._card = card
        self._session = session
        self._letterbox = Letterbox(card)
        width, height = card.input_wh
        self._batch = np.empty((session.max_batch, 3, height, width), dtype=np.float32)

    def of(self, image: Image, xyxy: Boxes, maps: Maps, placement: Placement) -> Array:
        """Features (n, MADE) of boxes (n, 4) in a picture, in the order of BLOCKS but the last.

        `placement` says where the picture lies in the detector's input, of which `maps` are.
        Raises ModelError for a network or maps of other widths than BLOCKS names.
        """
        if not len(xyxy):
            return np.zeros((0, MADE), np.float32)
        height, width = image.shape[:2]
        everything = np.vstack([as_boxes([0, 0, width, height]), xyxy])
        seen = self._seen(
            [crop(image, box, self._card.input_wh) for box in windows(everything, (width, height))]
        )
        picture = np.repeat(seen[:1], len(xyxy), axis=0)
        blocks = [seen[1:], picture, *pooled(xyxy, maps, placement)]
        widths, wanted = [block.shape[1] for block in blocks], list(BLOCKS.values())[:-1]
        if widths != wanted:
            raise ModelError(
                f"a second look needs features of widths {', '.join(map(str, wanted))} "
                f"and gets {', '.join(map(str, widths))}; check the card {self._card.name!r}"
            )
        return np.hstack(blocks)

    def _seen(self, crops: list[Image]) -> Array:
        """What the network says of each crop, (n, its width)."""
        found: list[Array] = []
        for start in range(0, len(crops), self._session.max_batch):
            part = crops[start : start + self._session.max_batch]
            for slot, image in zip(self._batch, part, strict=False):
                self._letterbox.write(image, slot)
            (out, *_) = self._session.run(self._batch[: len(part)])
            if out.ndim != 2:
                raise ModelError(f"model {self._card.name!r} gives no rows of features")
            found.append(out.astype(np.float32, copy=False))
        return np.concatenate(found)


def open_features(
    card: ModelCard,
    backend: str = "auto",
    threads: int | None = None,
    progress: Progress | None = None,
) -> Features:
    """Fetch a card's network if need be and open it; raises what `open_detector` raises."""
    if card.family != "features":
        raise CardError(f"model card {card.name!r} is no network that gives features")
    session = open_session(fetch(card, progress), card, backend, threads, MAX_BATCH)
    return Features(card, session)


def windows(xyxy: Boxes, size_wh: tuple[int, int]) -> NDArray[np.int64]:
    """What of the picture is cut out for boxes (n, 4), in whole pixels (n, 4).

    A little more than the box, at least half as wide as high and as high as wide, and at least
    LEAST_PX; never beyond the picture.
    """
    wide = grown(xyxy, MARGIN)
    centre, wh = (wide[:, :2] + wide[:, 2:]) / 2, wide[:, 2:] - wide[:, :2]
    wh = np.maximum(np.maximum(wh, wh[:, ::-1] / 2), LEAST_PX)
    size = np.array(size_wh)
    start = np.clip(np.rint(centre - wh / 2), 0, size - 1)
    stop = np.clip(np.rint(centre + wh / 2), start + 1, size)
    return np.hstack([start, stop]).astype(np.int64)


def crop(image: Image, window: NDArray[np.int64], size_wh: tuple[int, int]) -> Image:
    """A window of a picture, stretched to `size_wh`."""
    x1, y1, x2, y2 = window.tolist()
    shrinks = x2 - x1 > size_wh[0] or y2 - y1 > size_wh[1]
    way = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image[y1:y2, x1:x2], size_wh, interpolation=way), dtype=np.uint8)
