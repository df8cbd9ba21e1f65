"""Class names beside a YOLO data set: `data.yaml`, `classes.txt` or `obj.names`."""

import re
from pathlib import Path

NAMED = ("data.yaml", "data.yml", "classes.txt", "obj.names")
"""Files that list class names, the best first."""

_ENTRY = re.compile(r"\s*(?:-|(?P<index>\d+)\s*:)\s*(?P<name>.+?)\s*$")


class DataError(ValueError):
    """Data that cannot be scored; the message names the file, and the line where there is one."""


def read_names(folder: Path) -> tuple[str, ...] | None:
    """Class names found in `folder` or up to two folders above it (splits share one file).

    In `folder` itself a YAML file of another name will do, if it is the only one. None where
    nothing is there: labels then use the model's own indices. Raises DataError.
    """
    own = [*folder.glob("*.yaml"), *folder.glob("*.yml")]
    places = [
        *(folder / name for name in NAMED),
        *(own if len(own) == 1 else ()),
        *(place / name for place in folder.resolve().parents[:2] for name in NAMED),
    ]
    found = (_read(path) for path in places if path.is_file())
    return next((names for names in found if names is not None), None)


def parse_yaml_names(text: str, source: str) -> tuple[str, ...] | None:
    """The `names` of a YOLO data.yaml: a list or a table of index to name, on one line or many.

    None without them. Only this much of YAML is read, so that scoring needs no YAML library.
    Raises DataError.
    """
    lines = [re.sub(r"(^|\s)#.*", "", line).rstrip() for line in text.splitlines()]
    start = next((i for i, line in enumerate(lines) if re.match(r"names\s*:", line)), None)
    if start is None:
        return None
    first = lines[start].partition(":")[2].strip()
    if first:
        return _flow(" ".join([first, *lines[start + 1 :]]), f"{source}:{start + 1}")
    return _block(lines, start + 1, source)


def _read(path: Path) -> tuple[str, ...] | None:
    """Names in a file: of a YAML file its `names`, if any; of others a name in each line."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise DataError(f"{path} is not UTF-8 text") from None
    if path.suffix in (".yaml", ".yml"):
        return parse_yaml_names(text, str(path))
    return tuple(line.strip() for line in text.splitlines() if line.strip())


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
