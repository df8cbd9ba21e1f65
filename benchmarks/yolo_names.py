"""Class names beside a YOLO data set: `data.yaml`, `classes.txt` or `obj.names`."""

import re
from pathlib import Path

LISTS = ("classes.txt", "obj.names")

_ENTRY = re.compile(r"\s*(?:-|(?P<index>\d+)\s*:)\s*(?P<name>.+?)\s*$")


class DataError(ValueError):
    """Data that cannot be scored; the message names the file, and the line where there is one."""


def read_names(folder: Path) -> tuple[str, ...] | None:
    """Class names found in `folder` or up to two folders above it (splits share one file).

    None where no such file is there: labels then use the model's own indices. Raises DataError.
    """
    for place in (folder, *folder.resolve().parents[:2]):
        for name in ("data.yaml", "data.yml"):
            if (path := place / name).is_file():
                return parse_yaml_names(path.read_text(encoding="utf-8"), str(path))
        for name in LISTS:
            if (path := place / name).is_file():
                lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
                return tuple(line for line in lines if line)
    return None


def parse_yaml_names(text: str, source: str) -> tuple[str, ...]:
    """The `names` of a YOLO data.yaml: a list or a table of index to name, on one line or many.

    Only this much of YAML is read, so that scoring needs no YAML library. Raises DataError.
    """
    lines = [re.sub(r"(^|\s)#.*", "", line).rstrip() for line in text.splitlines()]
    start = next((i for i, line in enumerate(lines) if re.match(r"names\s*:", line)), None)
    if start is None:
        raise DataError(f"{source}: no `names:`; list the classes there")
    first = lines[start].partition(":")[2].strip()
    if first:
        return _flow(" ".join([first, *lines[start + 1 :]]), f"{source}:{start + 1}")
    return _block(lines, start + 1, source)


def _block(lines: list[str], start: int, source: str) -> tuple[str, ...]:
    """Entries below `names:`, one a line: `- car`, or `2: car`."""
    named: dict[int, str] = {}
    for number, line in enumerate(lines[start:], start + 1):
        if not line:
            continue
        entry = _ENTRY.match(line)
        if entry is None:
            if not line[0].isspace():
                break  # the next key
            raise DataError(
                f"{source}:{number}: {line.strip()!r} is neither `- name` nor `0: name`"
            )
        index = int(entry["index"]) if entry["index"] else len(named)
        named[index] = _unquoted(entry["name"])
    return _in_order(named, source)


def _flow(text: str, source: str) -> tuple[str, ...]:
    """Entries in brackets: `[a, b]`, or `{0: a, 1: b}`."""
    closing = {"[": "]", "{": "}"}.get(text[0], "")
    inside, found, _ = text[1:].partition(closing) if closing else ("", "", "")
    if not found:
        raise DataError(f"{source}: names must be a list [a, b] or a table {{0: a}}")
    named: dict[int, str] = {}
    for part in filter(None, (part.strip() for part in inside.split(","))):
        index, colon, name = part.partition(":")
        if closing == "]":
            named[len(named)] = _unquoted(part)
        elif colon and index.strip().isdigit():
            named[int(index)] = _unquoted(name.strip())
        else:
            raise DataError(f"{source}: {part!r} is not `index: name`")
    return _in_order(named, source)


def _in_order(named: dict[int, str], source: str) -> tuple[str, ...]:
    if not named or sorted(named) != list(range(len(named))):
        raise DataError(f"{source}: names must be numbered 0, 1, 2 and so on, without a gap")
    return tuple(named[i] for i in range(len(named)))


def _unquoted(name: str) -> str:
    if len(name) >= 2 and name[0] == name[-1] and name[0] in "'\"":
        return name[1:-1]
    return name
