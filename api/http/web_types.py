"""The API's description as TypeScript, for the web desk.

`python -m api.http.web_types` writes it anew.

openapi-typescript would do it too, but wants TypeScript 5 beside the desk's 6 and Node.js to test
it. Here a test compares what is checked in with what the application describes.
"""

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.app import create_app

TARGET = Path(__file__).parents[1] / "web" / "src" / "api" / "schema.ts"
HEAD = "/** The API's shapes. Written by `python -m api.http.web_types`: do not edit by hand. */\n"
_PLAIN = {
    "string": "string", "integer": "number", "number": "number", "boolean": "boolean",
    "null": "null",
}  # fmt: skip
_JSON = "application/json"
Schema = dict[str, Any]


def describe(openapi: Schema) -> str:
    """All shapes and operations of an OpenAPI description, in the order of their names."""
    shapes = sorted(openapi["components"]["schemas"].items())
    declared = [_declaration(_name(name), schema) for name, schema in shapes]
    return "\n".join([HEAD, *declared, _operations(openapi["paths"])])


def current() -> str:
    """What the application describes now."""
    with tempfile.TemporaryDirectory() as folder:
        return describe(create_app(Path(folder)).openapi())


def _declaration(name: str, schema: Schema) -> str:
    if "properties" not in schema:
        return f"export type {name} = {_type(schema)}\n"
    lines = "\n".join(f"  {line}" for line in _members(schema))
    return f"export interface {name} {{\n{lines}\n}}\n"


def _members(schema: Schema) -> Iterator[str]:
    required = schema.get("required", ())
    for name, part in schema["properties"].items():
        key = name if re.fullmatch(r"[A-Za-z_]\w*", name) else json.dumps(name)
        yield f"{key}{'' if name in required else '?'}: {_type(part)}"


def _type(schema: Schema) -> str:
    """A schema as a type; what it says beyond TypeScript's words is left out."""
    if "$ref" in schema:
        return _name(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    for key in ("anyOf", "oneOf", "allOf"):
        if key in schema:
            return " | ".join(dict.fromkeys(_type(part) for part in schema[key]))
    return _composed(schema)


def _composed(schema: Schema) -> str:
    kind = schema.get("type")
    if kind == "array":
        if parts := schema.get("prefixItems"):
            return f"[{', '.join(map(_type, parts))}]"
        inner = _type(schema.get("items", {}))
        return f"({inner})[]" if " | " in inner else f"{inner}[]"
    if kind == "object" or "properties" in schema:
        if "properties" in schema:
            return f"{{ {'; '.join(_members(schema))} }}"
        more = schema.get("additionalProperties")
        return f"Record<string, {_type(more) if isinstance(more, dict) else 'unknown'}>"
    return _PLAIN.get(str(kind), "unknown")


def _operations(paths: Schema) -> str:
    lines = [
        f'  "{method.upper()} {path}": {{ body: {_body(told)}; answer: {_answer(told)} }}'
        for path, methods in sorted(paths.items())
        for method, told in sorted(methods.items())
    ]
    listed = "\n".join(lines)
    return (
        "/** What each operation takes and answers, as JSON; `unknown` where it is none. */\n"
        f"export interface Operations {{\n{listed}\n}}\n\n"
        'export type Answer<Name extends keyof Operations> = Operations[Name]["answer"]\n'
        'export type Body<Name extends keyof Operations> = Operations[Name]["body"]\n'
    )


def _body(told: Schema) -> str:
    content = told.get("requestBody", {}).get("content", {})
    return _type(content[_JSON].get("schema", {})) if _JSON in content else "unknown"


def _answer(told: Schema) -> str:
    good = [told["responses"][code] for code in sorted(told["responses"]) if code.startswith("2")]
    content = good[0].get("content", {}) if good else {}
    return _type(content[_JSON].get("schema", {})) if _JSON in content else "unknown"


def _name(name: str) -> str:
    """A schema's name as an identifier, as two models of one name have dots in theirs."""
    return re.sub(r"\W+", "_", name)


if __name__ == "__main__":
    TARGET.write_text(current(), encoding="utf-8")
    sys.stdout.write(f"wrote {TARGET}\n")
