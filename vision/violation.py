"""A violation: what the brain concludes, and what becomes a case."""

from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID, uuid5

from vision.boxes import Box

NAMESPACE = UUID("6f1d3c1e-54b5-5a6e-9c0b-2f6a5b0c7d11")
"""Namespace of every name-based UUID of this project (RFC 9562, version 5)."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One measured value with its unit; `unit` is empty for counts and names."""

    value: float | int | str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Violation:
    """Something stood where it should not, for longer than it may.

    Times are UTC seconds. `started_s` is when the thing was first seen standing there while the
    rule was on, `raised_s` when the rule's dwell had passed, `ended_s` when it was seen to have
    gone (None while it stands). `box_xyxy` is in source pixels.
    """

    camera_id: str
    kind: str
    zone: str
    place_id: str
    started_s: float
    raised_s: float
    ended_s: float | None
    box_xyxy: Box
    score: float
    facts: dict[str, Fact]

    @property
    def id(self) -> str:
        """The same for the same event, whoever computes it and however often (RFC 9562 UUIDv5)."""
        key = f"{self.camera_id}/{self.kind}/{self.zone}/{self.place_id}/{self.started_s:.3f}"
        return str(uuid5(NAMESPACE, key))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, `id` included."""
        return {
            "id": self.id,
            "kind": self.kind,
            "camera_id": self.camera_id,
            "zone": self.zone,
            "place_id": self.place_id,
            "started_s": round(self.started_s, 3),
            "raised_s": round(self.raised_s, 3),
            "ended_s": None if self.ended_s is None else round(self.ended_s, 3),
            "box_xyxy": [round(v, 1) for v in self.box_xyxy],
            "score": round(self.score, 4),
            "facts": {n: {"value": f.value, "unit": f.unit} for n, f in self.facts.items()},
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        x1, y1, x2, y2 = value["box_xyxy"]
        return cls(
            value["camera_id"],
            value["kind"],
            value["zone"],
            value["place_id"],
            value["started_s"],
            value["raised_s"],
            value["ended_s"],
            (x1, y1, x2, y2),
            value["score"],
            {n: Fact(f["value"], f["unit"]) for n, f in value["facts"].items()},
        )
