"""What a detector saw in one picture, as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from vision.boxes import Boxes, as_boxes


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """Objects found in one picture.

    `xyxy` (n, 4) float32 source pixels; `score` (n,) float32, 0 to 1; `class_id` (n,) int64 into
    `names`; `embedding` (n, d) float32 or None. Raises ValueError when the columns do not agree.
    """

    xyxy: Boxes
    score: NDArray[np.float32]
    class_id: NDArray[np.int64]
    names: tuple[str, ...]
    embedding: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        n = len(self.xyxy)
        if self.xyxy.shape != (n, 4) or self.score.shape != (n,) or self.class_id.shape != (n,):
            raise ValueError(
                f"detections need xyxy (n, 4), score (n,), class_id (n,); got "
                f"{self.xyxy.shape}, {self.score.shape}, {self.class_id.shape}"
            )
        if n and not 0 <= self.class_id.min() <= self.class_id.max() < len(self.names):
            raise ValueError(f"class ids must index the {len(self.names)} class names")
        if self.embedding is not None and len(self.embedding) != n:
            raise ValueError(f"{n} detections but {len(self.embedding)} embeddings")

    @classmethod
    def of(
        cls, xyxy: ArrayLike, score: ArrayLike, class_id: ArrayLike, names: tuple[str, ...]
    ) -> Self:
        """Build from anything array-like."""
        return cls(
            as_boxes(xyxy),
            np.asarray(score, dtype=np.float32).reshape(-1),
            np.asarray(class_id, dtype=np.int64).reshape(-1),
            names,
        )

    @classmethod
    def empty(cls, names: tuple[str, ...] = ()) -> Self:
        """Nothing seen."""
        return cls.of([], [], [], names)

    def __len__(self) -> int:
        return len(self.xyxy)

    def __getitem__(self, rows: NDArray[np.bool_] | NDArray[np.intp] | slice) -> Self:
        """The chosen rows, by mask, indices or slice."""
        return replace(
            self,
            xyxy=self.xyxy[rows],
            score=self.score[rows],
            class_id=self.class_id[rows],
            embedding=None if self.embedding is None else self.embedding[rows],
        )

    def named(self, wanted: frozenset[str]) -> Self:
        """Only the objects whose class is one of `wanted`."""
        ids = [i for i, name in enumerate(self.names) if name in wanted]
        return self[np.isin(self.class_id, ids)]

    def name(self, row: int) -> str:
        """Class name of one row."""
        return self.names[int(self.class_id[row])]


def merge(looks: Sequence[Detections]) -> Detections:
    """Join what several detectors saw in the same picture; their class names are united.

    The embeddings are kept only if every look has them, of one length.
    """
    names = tuple(dict.fromkeys(name for look in looks for name in look.names))
    number = {name: i for i, name in enumerate(names)}
    ids = [number[look.name(row)] for look in looks for row in range(len(look))]
    merged = Detections.of(
        np.concatenate([as_boxes([]), *(look.xyxy for look in looks)]),
        np.concatenate([np.zeros(0), *(look.score for look in looks)]),
        ids,
        names,
    )
    found = [look.embedding for look in looks if look.embedding is not None]
    if not found or len(found) < len(looks) or len({e.shape[1] for e in found}) > 1:
        return merged
    return replace(merged, embedding=np.concatenate(found))
