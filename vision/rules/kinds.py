"""The violation kinds, read from `kinds.toml`."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

STANDS_ON = ("ground", "box")
JUDGED_BY = ("place", "ledger")


@dataclass(frozen=True, slots=True)
class Kind:
    """One violation kind; the fields are explained at the head of `kinds.toml`."""

    name: str
    zh: str
    en: str
    group: str
    classes: frozenset[str]
    dwell_s: float
    min_count: int = 1
    grouped: bool = False
    attended_by: frozenset[str] = frozenset()
    exempt_zone_kinds: frozenset[str] = frozenset()
    stands_on: str = "ground"
    judged_by: str = "place"
    code_newer: str = ""
    code_older: str = ""

    def __post_init__(self) -> None:
        if self.dwell_s < 0 or self.min_count < 1:
            raise ValueError(f"kind {self.name!r}: dwell_s must be >= 0 and min_count >= 1")
        if self.stands_on not in STANDS_ON:
            raise ValueError(f"kind {self.name!r}: stands_on must be one of {', '.join(STANDS_ON)}")
        if self.judged_by not in JUDGED_BY:
            raise ValueError(f"kind {self.name!r}: judged_by must be one of {', '.join(JUDGED_BY)}")


def parse_kinds(text: str) -> dict[str, Kind]:
    """Read a kinds table; raises ValueError naming the row that is wrong."""
    table = tomllib.loads(text)
    groups = {name: frozenset(classes) for name, classes in table["groups"].items()}
    return {name: _kind(name, dict(row), groups) for name, row in table["kinds"].items()}


def _kind(name: str, row: dict[str, Any], groups: dict[str, frozenset[str]]) -> Kind:
    if row.get("group") not in groups:
        raise ValueError(f"kind {name!r}: group must be one of {', '.join(sorted(groups))}")
    for key in ("attended_by", "exempt_zone_kinds"):
        row[key] = frozenset(row.get(key, ()))
    try:
        return Kind(name=name, classes=groups[row["group"]], **row)
    except TypeError as error:
        raise ValueError(f"kind {name!r}: {error}") from None


KINDS = parse_kinds((files("vision.rules") / "kinds.toml").read_text(encoding="utf-8"))
"""Every kind that this release knows, by name."""
