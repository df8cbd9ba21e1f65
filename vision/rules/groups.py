"""Groups of things that are remembered together, read from the head of `kinds.toml`."""

from dataclasses import dataclass

MEMORIES = ("place", "region")


@dataclass(frozen=True, slots=True)
class Group:
    """Things that may be taken for one another, and how they are remembered.

    `memory`: "place" for what has a shape (see `vision.places`), "region" for what has none
    (`vision.regions`). A thing that is mostly covered by one of a class in `not_on` is worn or
    carried by it and does not count. What is not detected, beyond chance, in `min_support` of the
    looks may be a mistake and is no violation. The rest is for regions: `stand_looks` looks with
    it, one of `found_score`, make one stand, `missing_looks` looks without it over at least
    `bridge_s` end it; neighbours within `reach` of their size are one, and `overlap` (a share of
    the smaller box) makes a detection one of a region. Raises ValueError for values that make no
    sense.
    """

    name: str
    classes: frozenset[str]
    memory: str = "place"
    not_on: frozenset[str] = frozenset()
    min_support: float = 0.3
    found_score: float = 0.35
    stand_looks: int = 2
    missing_looks: int = 3
    bridge_s: float = 120.0
    reach: float = 0.0
    overlap: float = 0.3
    remember_s: float = 3600.0
    silence_s: float = 7 * 86400.0

    def __post_init__(self) -> None:
        if not self.classes:
            raise ValueError(f"group {self.name!r} needs classes")
        if self.memory not in MEMORIES:
            raise ValueError(f"group {self.name!r}: memory must be one of {', '.join(MEMORIES)}")
        if min(self.stand_looks, self.missing_looks) < 1:
            raise ValueError(f"group {self.name!r}: looks must be at least 1")
