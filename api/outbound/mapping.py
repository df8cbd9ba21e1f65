"""How a platform speaks, as data: paths, names of fields, codes and statuses. Pure but for reading.

A field of theirs is one of: a path into our document (`case.number`), `{ value = … }`, or
`{ from = "case.raised_at", format = "local" }`.
"""

import datetime as dt
import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from api.toml_files import Part, find_files, read_file

PATH = r"^/[!-~]*$"
"""Printable ASCII without spaces."""
SHIPPED = Path(__file__).parent / "platforms"


class Status(StrEnum):
    """What a platform tells of a case."""

    DISPATCHED = "dispatched"
    ACCEPTED = "accepted"
    HANDLED = "handled"
    RETURNED = "returned"
    CLOSED = "closed"


class FieldPart(Part):
    """Where a value comes from, and how it is written."""

    from_: str | None = Field(None, alias="from")
    value: str | int | float | bool | None = None
    format: Literal["as_is", "text", "epoch_s", "epoch_ms", "local"] = "as_is"


Fields = dict[str, str | FieldPart]


class RequestPart(Part):
    """A request; `{external_id}` and `{cursor}` in `path` are filled in."""

    method: Literal["POST", "PUT"] = "POST"
    path: str = Field(pattern=PATH)
    fields: Fields
    external_id: str = ""

    @field_validator("fields")
    @classmethod
    def _tree(cls, fields: Fields) -> Fields:
        for name in fields:
            parents = name.split(".")[:-1]
            for depth in range(1, len(parents) + 1):
                if (parent := ".".join(parents[:depth])) in fields:
                    raise ValueError(f"{parent!r} is a value, so {name!r} cannot be in it")
        return fields


class PullPart(Part):
    """How changes are asked for, and where in the answer they are."""

    path: str = Field(pattern=PATH)
    items: str
    next: str
    fields: dict[
        Literal["id", "external_id", "status", "at", "note", "operator", "photos"], str
    ]  # fmt: skip
    photo_url: str = "url"
    photo_data: str = "base64"


class CodesPart(Part):
    """Which table gives the code, and what the platform calls it where that differs."""

    scheme: str
    names: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it


class SuccessPart(Part):
    """An answer is a success if `path` in it is one of these; an empty path asks for nothing."""

    path: str = ""
    values: list[str | int | bool] = []  # noqa: RUF012 - pydantic copies it


class Mapping_(Part):  # noqa: N801 - the bare name is the standard library's
    """A platform."""

    title: str
    source: str
    timezone: str = "Asia/Shanghai"
    token_header: str = "Authorization"  # noqa: S105 - a header's name
    token_prefix: str = "Bearer "  # noqa: S105
    success: SuccessPart = SuccessPart()
    push: RequestPart
    attach: RequestPart | None = None
    tell: RequestPart | None = None
    pull: PullPart | None = None
    codes: CodesPart
    statuses: dict[str, Status]

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, OSError, ValueError):
            raise ValueError(f"there is no time zone {name!r}") from None
        return name


def load_mapping(name: str, own: Path) -> Mapping_:
    """The shipped mapping of that name, or the site's own; raises ValueError."""
    files = find_files(SHIPPED, own)
    file = files.get(f"{name}.toml")
    if file is None:
        there = ", ".join(sorted(known.removesuffix(".toml") for known in files))
        raise ValueError(f"there is no mapping {name}.toml in {own}; there are: {there}")
    return read_file(file, Mapping_)


def fill(fields: Fields, document: Mapping[str, Any], timezone: str) -> dict[str, Any]:
    """A body with their names; a dot in a name makes a nested object."""
    body: dict[str, Any] = {}
    for name, field in fields.items():
        *parents, last = name.split(".")
        place = body
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = _value(field, document, timezone)
    return body


def dig(document: object, path: str) -> Any:  # noqa: ANN401 - whatever is there
    """What is at a path like `data.items`, None where nothing is; an empty path is the whole."""
    found = document
    for name in path.split(".") if path else ():
        if isinstance(found, Mapping):
            found = found.get(name)
        elif isinstance(found, list) and re.fullmatch(r"\d{1,4}", name):
            found = found[int(name)] if int(name) < len(found) else None
        else:
            return None
    return found


def is_success(success: SuccessPart, answer: object) -> bool:
    """Whether an answer says that it worked."""
    return not success.path or any(
        type(dig(answer, success.path)) is type(value) and dig(answer, success.path) == value
        for value in success.values
    )


def _value(field: str | FieldPart, document: Mapping[str, Any], timezone: str) -> object:
    if isinstance(field, str):
        return dig(document, field)
    if field.from_ is None:
        return field.value
    found = dig(document, field.from_)
    if found is None or field.format == "as_is":
        return found
    return str(found) if field.format == "text" else _time(str(found), field.format, timezone)


def _time(text: str, form: str, timezone: str) -> object:
    """A time as the platform writes it; what is no time stays as it is."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    if form == "local":
        return at.astimezone(ZoneInfo(timezone)).strftime("%Y-%m-%d %H:%M:%S")
    return round(at.timestamp() * (1000 if form == "epoch_ms" else 1))
