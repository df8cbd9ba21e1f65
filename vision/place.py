"""A place: a spot of the picture and what stands there."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self
from uuid import uuid5

from vision.appearance import Appearance
from vision.boxes import Box
from vision.violation import NAMESPACE

HINT_SHARE = 0.5
"""A candidate may begin with a sighting of so much of the score without which it never stands:
what is sure in the end has stood there since it was first guessed at."""


class State(StrEnum):
    """What is believed of a place."""

    CANDIDATE = "candidate"
    """Something was detected here; it may only be passing."""
    STANDING = "standing"
    """It stands here and can be seen."""
    OCCLUDED = "occluded"
    """It was standing here when it could last be seen."""
    GONE = "gone"
    """The spot was seen without it."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One detection of a thing that stands or may stand; `box` in the reference view."""

    box: Box
    score: float
    name: str
    partial: bool = False
    """Whether the box shows only a part of the thing, or more than was known of it."""


@dataclass(slots=True, eq=False)
class Place:
    """The memory of one spot, keyed by where it is and what it looks like, not by a track.

    `box` is in source pixels of the camera's reference view; all times are UTC seconds.
    `observed_s` and `unobserved_s` split the time since `first_seen_s` into time in which the
    thing could be seen to stand there, and time in which nobody could look.
    """

    id: str
    group: str
    box: Box
    look: Appearance | None
    first_seen_s: float
    last_seen_s: float
    last_detected_s: float
    score_sum: float
    names: dict[str, int]
    """How often the detector gave it which class name."""
    best: float = 1.0
    """Highest score of its sightings."""
    state: State = State.CANDIDATE
    backdrop: Appearance | None = None
    """What the spot looked like before the thing came, if that was ever seen."""
    observed_s: float = 0.0
    unobserved_s: float = 0.0
    looks: int = 1
    sightings: int = 1
    cover: float = 0.0
    """Share of the box that other detections usually cover: the next car in a row."""
    outgrown_since_s: float | None = None
    """Since when a larger thing is detected of which this is a part."""
    interrupted: bool = False
    """Whether it was missed since it was last recognised: it may be another thing by now."""
    hidden_s: float = 0.0
    """For how long something has been in front of it since it was last seen."""
    vacant_s: float = 0.0
    """For how long nothing has been found at its spot, in full view, since it was last there."""
    absent_since_s: float | None = None
    other: Appearance | None = None
    other_since_s: float = 0.0
    ended_s: float | None = None
    stood: bool = False
    surely_gone: bool = False
    """Whether the empty spot itself was seen, rather than inferred from another picture."""
    raised: bool = False
    silenced: bool = False

    @classmethod
    def found(
        cls,
        camera_id: str,
        group: str,
        sighting: Sighting,
        look: Appearance | None,
        t_s: float,
        since_s: float,
    ) -> Self:
        """Begin a candidate seen at `t_s` that has been there since `since_s`.

        The same event gives the same id wherever and however often it is replayed.
        """
        corner = ",".join(f"{v:.0f}" for v in sighting.box)
        place_id = str(uuid5(NAMESPACE, f"{camera_id}/{group}/{since_s:.3f}/{corner}"))
        names = {sighting.name: 1}
        box, score = sighting.box, sighting.score
        return cls(place_id, group, box, look, since_s, t_s, t_s, score, names, score)

    def count(self, sighting: Sighting, t_s: float) -> None:
        """Take in that the detector saw it."""
        self.sightings += 1
        self.score_sum += sighting.score
        self.best = max(self.best, sighting.score)
        self.names[sighting.name] = self.names.get(sighting.name, 0) + 1
        self.last_detected_s = t_s

    def stand(self, backdrop: Appearance | None, alike: float) -> None:
        """Count as standing from now on.

        `backdrop` is the empty spot; one that resembles the thing itself by `alike` or more was
        learned while the thing was there and is of no use.
        """
        self.state, self.stood = State.STANDING, True
        if backdrop is not None and self.look is not None:
            self.backdrop = backdrop if backdrop.similarity(self.look) < alike else None

    def become(self, box: Box, look: Appearance | None) -> None:
        """Be known by a larger box from now on: only a part of the thing could be seen so far."""
        self.box, self.look = box, look
        self.backdrop, self.cover, self.outgrown_since_s = None, 0.0, None

    def end(self, ended_s: float, *, surely: bool) -> None:
        """Count as gone since `ended_s`; `surely` if the empty spot was seen."""
        self.state, self.ended_s, self.surely_gone = State.GONE, ended_s, surely
        self.backdrop = self.other = None

    def revive(self, seen_again: "Place") -> "Place":
        """Stand again: what stands here now was recognised as this very thing."""
        self.unobserved_s += seen_again.first_seen_s - (self.ended_s or seen_again.first_seen_s)
        self.observed_s += seen_again.observed_s
        self.box, self.look, self.backdrop = seen_again.box, seen_again.look, seen_again.backdrop
        self.last_seen_s = seen_again.last_seen_s
        self.last_detected_s = seen_again.last_detected_s
        self.state, self.ended_s, self.absent_since_s = State.STANDING, None, None
        self.interrupted, self.vacant_s = False, 0.0
        return self

    def absorb(self, other: "Place") -> None:
        """Be what was taken for two: their sightings were of one thing, look by look."""
        score, looks = self.score_sum + other.score_sum, max(self.looks, other.looks)
        both = self.sightings + other.sightings
        self.first_seen_s = min(self.first_seen_s, other.first_seen_s)
        self.last_seen_s = max(self.last_seen_s, other.last_seen_s)
        self.last_detected_s = max(self.last_detected_s, other.last_detected_s)
        self.looks, self.sightings = looks, min(both, looks)
        self.score_sum, self.best = score * self.sightings / both, max(self.best, other.best)
        for name, count in other.names.items():
            self.names[name] = self.names.get(name, 0) + count
        self.observed_s = max(self.observed_s, other.observed_s)
        self.unobserved_s = max(self.unobserved_s, other.unobserved_s)
        self.absent_since_s = None if other.absent_since_s is None else self.absent_since_s
        if self.stood and other.state is State.STANDING:
            self.state = State.STANDING

    @property
    def score(self) -> float:
        """Mean detection score of its sightings."""
        return self.score_sum / self.sightings

    @property
    def support(self) -> float:
        """Share of the looks at it in which the detector saw it."""
        return self.sightings / self.looks

    @property
    def name(self) -> str:
        """The class name it was given most often."""
        return max(self.names, key=lambda name: self.names[name])

    @property
    def alive(self) -> bool:
        """Whether it is thought to be there still."""
        return self.state is not State.GONE

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        value = {name: getattr(self, name) for name in self.__slots__}
        for name in _LOOKS:
            look: Appearance | None = value[name]
            value[name] = None if look is None else look.to_json()
        plain = {"box": list(self.box), "names": dict(self.names), "state": str(self.state)}
        return value | plain

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of `to_json`."""
        value = dict(value)
        for name in _LOOKS:
            value[name] = None if value[name] is None else Appearance.from_json(value[name])
        value["box"], value["state"] = tuple(value["box"]), State(value["state"])
        return cls(**value)


_LOOKS = ("look", "backdrop", "other")
