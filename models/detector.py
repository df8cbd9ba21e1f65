"""Pictures in, detections out."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from models.card import ModelCard, load_detector_card
from models.download import Progress
from models.fetch import fetch
from models.inputs import Outputs
from models.letterbox import Letterbox, Placement
from models.outputs import Candidates, decode, feature_maps
from models.second_look import Maps, SecondLook
from models.second_look_features import open_features
from models.session import Session, open_session
from vision.boxes import area
from vision.detections import Detections
from vision.frame import Picture, bgr

LOWEST_SCORE = 0.10
"""Reported from here up: what a card's `score_threshold` founds, a lower score may sustain."""


class Detector(Protocol):
    """Whatever finds objects in pictures."""

    @property
    def names(self) -> tuple[str, ...]:
        """Class names that the detections' class ids index."""
        ...

    @property
    def max_batch(self) -> int:
        """Pictures that are worth giving at once."""
        ...

    def detect(self, images: Sequence[Picture]) -> list[Detections]:
        """Detections of each picture, in order; any number of pictures."""
        ...


@dataclass(frozen=True, slots=True)
class DetectTimes:
    """What one call of `detect` took, in milliseconds.

    Fitting pictures, the networks (a second look with all it needs is one), and the rest.
    """

    preprocess_ms: float = 0.0
    session_ms: float = 0.0
    postprocess_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class Fitted:
    """Pictures as the network takes them, (n, 3, h, w), and where each lies in its input."""

    images: Sequence[Picture]
    batch: NDArray[np.float32]
    placements: list[Placement]
    took_ms: float


class OnnxDetector:
    """A network as its card describes it, behind a session.

    `detect` is `look` at what `fit` made. These two may be called in threads of their own, one for
    each, so that pictures are fitted while others are looked at. `times` tell of the last look.
    """

    def __init__(
        self,
        card: ModelCard,
        session: Session,
        lowest_score: float = LOWEST_SCORE,
        second: SecondLook | None = None,
    ) -> None:
        self.card = card
        self.session = session
        self.times = DetectTimes()
        self._lowest_score = lowest_score
        self._second = second
        self._letterbox = Letterbox(card)
        self._buffers = cycle([_Buffer(card), _Buffer(card)])

    @property
    def names(self) -> tuple[str, ...]:
        """Class names that the detections' class ids index."""
        return self.card.names

    @property
    def max_batch(self) -> int:
        """Pictures of one run of the network."""
        return self.session.max_batch

    def detect(self, images: Sequence[Picture]) -> list[Detections]:
        """Detections of each (H, W, 3) BGR picture in its own pixels, best score first.

        Scores start at `lowest_score`. Raises ValueError for a picture of another kind, ModelError
        when the network's outputs are not what its card says.
        """
        return self.look(self.fit(images))

    def fit(self, images: Sequence[Picture]) -> Fitted:
        """Fit pictures to the network; it is over with them when `fit` is called once more.

        Raises ValueError for a picture that is not (H, W, 3) BGR.
        """
        began_s = time.perf_counter()
        batch = next(self._buffers).rows(len(images))
        placements = [self._letterbox.write(im, batch[i]) for i, im in enumerate(images)]
        return Fitted(images, batch, placements, (time.perf_counter() - began_s) * 1000)

    def look(self, fitted: Fitted) -> list[Detections]:
        """Detections of each picture that was fitted: see `detect`."""
        found: list[Detections] = []
        self.times = DetectTimes(preprocess_ms=fitted.took_ms)
        for start in range(0, len(fitted.images), self.max_batch):
            found += self._run(fitted, slice(start, start + self.max_batch))
        return found

    def _run(self, fitted: Fitted, rows: slice) -> list[Detections]:
        placements, began_s = fitted.placements[rows], time.perf_counter()
        outputs = self.session.run(fitted.batch[rows])
        ran_s = time.perf_counter()
        first = self._first(outputs, placements)
        placed_s = time.perf_counter()
        found = self._second_looks(fitted.images[rows], first, outputs, placements)
        looked_s = time.perf_counter()
        found = [f[f.score >= self._lowest_score] for f in found]
        self.times = DetectTimes(
            self.times.preprocess_ms,
            self.times.session_ms + (ran_s - began_s + looked_s - placed_s) * 1000,
            self.times.postprocess_ms + (placed_s - ran_s) * 1000,
        )
        return found

    def _first(self, outputs: Outputs, placements: list[Placement]) -> list[Detections]:
        """What the network alone finds in each picture, down to what deserves a second look."""
        lowest = self._lowest_score
        if self._second:
            lowest = min(lowest, self.card.proposal_threshold)
        candidates = decode(outputs, len(placements), self.card, lowest)
        return [self._placed(c, p) for c, p in zip(candidates, placements, strict=True)]

    def _second_looks(
        self,
        images: Sequence[Picture],
        found: list[Detections],
        outputs: Outputs,
        placements: list[Placement],
    ) -> list[Detections]:
        if self._second is None:
            return found
        maps = feature_maps(outputs, self.card)
        return [
            self._second.at(bgr(image), found[i], Maps(*(m[i] for m in maps)), placements[i])
            for i, image in enumerate(images)
        ]

    def _placed(self, candidates: Candidates, placement: Placement) -> Detections:
        """Candidates in source pixels; those that lie wholly in the padding are gone."""
        found = Detections(
            placement.restore(candidates.xyxy),
            candidates.score,
            candidates.class_id,
            self.card.names,
            candidates.told,
        )
        return found[area(found.xyxy) > 0]


class _Buffer:
    """Room for pictures that are fitted, made larger when there are more."""

    def __init__(self, card: ModelCard) -> None:
        width, height = card.input_wh
        self._room = np.empty((0, 3, height, width), dtype=np.float32)

    def rows(self, count: int) -> NDArray[np.float32]:
        """As many rows as there are pictures."""
        if count > len(self._room):
            self._room = np.empty((count, *self._room.shape[1:]), dtype=np.float32)
        return self._room[:count]


def open_detector(
    card_name: str,
    backend: str = "auto",
    threads: int | None = None,
    max_batch: int | None = None,
    progress: Progress | None = None,
    lowest_score: float = LOWEST_SCORE,
    *,
    precision: str = "auto",
    streams: int | None = None,
) -> OnnxDetector:
    """Fetch a model if need be, open it on a backend, and give its detector.

    `lowest_score` is what is still reported: an average precision wants all there is; the rest is
    as `open_session` says. Raises CardError, FetchError, BackendError, ModelError: each one
    sentence with its remedy.
    """
    card = load_detector_card(card_name)
    path = fetch(card, progress)
    session = open_session(
        path, card, backend, threads, max_batch, precision=precision, streams=streams
    )
    return OnnxDetector(card, session, lowest_score, _second_look(card, backend, threads))


def _second_look(card: ModelCard, backend: str, threads: int | None) -> SecondLook | None:
    """The second look that a card asks for, on the same backend as the first."""
    if card.head is None or card.features_card is None:
        return None
    return SecondLook(card, card.head, open_features(card.features_card, backend, threads))
