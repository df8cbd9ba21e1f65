"""The violation kinds, read from `kinds.toml`."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

from vision.rules.groups import Group

STANDS_ON = ("ground", "box")
JUDGED_BY = ("place", "ledger")
STATUSES = ("measured", "not measured")
NIGHTS = ("judge", "skip")


@dataclass(frozen=True, slots=True)
class Condition:
    """Something that a person may see of the thing: a fact for the file, and no verdict."""

    name: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Kind:
    """One violation kind; the fields are explained at the head of `kinds.toml`."""

    name: str
    zh: str
    en: str
    things: Group
    dwell_s: float
    min_count: int = 1
    grouped: bool = False
    attended_by: frozenset[str] = frozenset()
    exempt_zone_kinds: frozenset[str] = frozenset()
    stands_on: str = "ground"
    judged_by: str = "place"
    zone_kinds: frozenset[str] = frozenset()
    night: str = "judge"
    hours: tuple[str, ...] = ()
    status: str = "not measured"
    on: bool = False
    plate: bool = False
    conditions: tuple[Condition, ...] = ()
    code_newer: str = ""
    code_older: str = ""

    def __post_init__(self) -> None:
        if self.dwell_s < 0 or self.min_count < 1:
            raise ValueError(f"kind {self.name!r}: dwell_s must be >= 0 and min_count >= 1")
        one_of = {
            "stands_on": STANDS_ON,
            "judged_by": JUDGED_BY,
            "status": STATUSES,
            "night": NIGHTS,
        }
        for key, allowed in one_of.items():
            if getattr(self, key) not in allowed:
                raise ValueError(f"kind {self.name!r}: {key} must be one of {', '.join(allowed)}")
        if self.on and self.status != "measured":
            raise ValueError(f"kind {self.name!r}: only a measured kind may be on by default")

    @property
    def group(self) -> str:
        """Name of the group of things that it is about."""
        return self.things.name

    @property
    def classes(self) -> frozenset[str]:
        """Class names of those things."""
        return self.things.classes

    @property
    def context(self) -> frozenset[str]:
        """Class names of whatever else has to be seen to judge it."""
        return self.attended_by | self.things.not_on


def parse_kinds(text: str) -> dict[str, Kind]:
    """Read a kinds table; raises ValueError naming the row that is wrong."""
    table = tomllib.loads(text)
    groups = {name: _group(name, dict(row)) for name, row in table["groups"].items()}
    told = table.get("conditions", {}).items()
    conditions = {name: _condition(name, dict(row)) for name, row in told}
    rows = table["kinds"].items()
    return {name: _kind(name, dict(row), groups, conditions) for name, row in rows}


def _group(name: str, row: dict[str, Any]) -> Group:
    for key in ("classes", "not_on"):
        row[key] = frozenset(row.get(key, ()))
    try:
        return Group(name=name, **row)
    except TypeError as error:
        raise ValueError(f"group {name!r}: {error}") from None


def _condition(name: str, row: dict[str, Any]) -> Condition:
    if not name.isidentifier():
        raise ValueError(f"condition {name!r}: a name has letters, digits and underscores")
    try:
        return Condition(name=name, **row)
    except TypeError as error:
        raise ValueError(f"condition {name!r}: {error}") from None


def _kind(
    name: str, row: dict[str, Any], groups: dict[str, Group], conditions: dict[str, Condition]
) -> Kind:
    group = groups.get(row.pop("group", ""))
    if group is None:
        raise ValueError(f"kind {name!r}: group must be one of {', '.join(sorted(groups))}")
    for key in ("attended_by", "exempt_zone_kinds", "zone_kinds"):
        row[key] = frozenset(row.get(key, ()))
    row["hours"] = tuple(row.get("hours", ()))
    wanted = row.get("conditions", ())
    if unknown := [one for one in wanted if one not in conditions]:
        raise ValueError(f"kind {name!r}: [conditions] has no {', '.join(unknown)}")
    row["conditions"] = tuple(conditions[one] for one in wanted)
    try:
        return Kind(name=name, things=group, **row)
    except TypeError as error:
        raise ValueError(f"kind {name!r}: {error}") from None


KINDS = parse_kinds((files("vision.rules") / "kinds.toml").read_text(encoding="utf-8"))
"""Every kind that this release knows, by name."""
