"""Find the line of a key in a TOML text, so that a message can point at it."""

import re
from collections.abc import Sequence

Path = Sequence[str | int]
"""Keys and list positions, as pydantic reports them: ("zones", 0, "polygon")."""

HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"'. ]+?)\s*=")


def line_of(text: str, path: Path) -> int:
    """Line number (from 1) of the deepest part of `path` that is written in `text`."""
    best_line, best_depth = 1, 0
    table: list[str | int] = []
    counts: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := HEADER.match(line):
            table = _table(header, counts)
            written: list[str | int] = table
        elif key := KEY.match(line):
            written = [*table, *_parts(key[1])]
        else:
            continue
        depth = _shared(written, path)
        if depth == len(written) and depth > best_depth:
            best_line, best_depth = number, depth
    return best_line


def _table(header: re.Match[str], counts: dict[tuple[str, ...], int]) -> list[str | int]:
    """Path of a table header; `[[x]]` counts up the position in the list x."""
    names = tuple(_parts(header[2]))
    if header[1] == "[[":
        for inner in [known for known in counts if known[: len(names)] == names != known]:
            del counts[inner]  # the lists in the next entry begin anew
        counts[names] = counts.get(names, -1) + 1
    path: list[str | int] = []
    for depth, name in enumerate(names, start=1):
        path.append(name)
        if names[:depth] in counts:
            path.append(counts[names[:depth]])
    return path


def _parts(name: str) -> list[str]:
    return [part.strip().strip("\"'") for part in name.split(".")]


def _shared(written: Path, wanted: Path) -> int:
    depth = 0
    for a, b in zip(written, wanted, strict=False):
        if a != b:
            break
        depth += 1
    return depth
