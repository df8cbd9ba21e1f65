"""The desk's types are those of the API."""

from api.http.web_types import TARGET, current, describe


def test_the_types_that_are_checked_in_are_those_of_the_api() -> None:
    assert TARGET.read_text(encoding="utf-8") == current(), "run `python -m api.http.web_types`"


def test_shapes_as_types() -> None:
    parts = {
        "A": {
            "properties": {
                "id": {"type": "integer"},
                "of": {"anyOf": [{"$ref": "#/components/schemas/B"}, {"type": "null"}]},
                "box": {"type": "array", "prefixItems": [{"type": "number"}, {"type": "string"}]},
                "a-b": {"type": "array", "items": {"enum": ["x", 1]}},
                "more": {"type": "object", "additionalProperties": {"type": "boolean"}},
            },
            "required": ["id", "of"],
        },
        "B": {"enum": ["lead", "filed"]},
    }
    answer = {"200": {"content": {"application/json": {"schema": {"$ref": "#/x/A"}}}}}
    text = describe(
        {"components": {"schemas": parts}, "paths": {"/a": {"get": {"responses": answer}}}}
    )
    for line in (
        "export interface A {",
        "  id: number\n  of: B | null\n  box?: [number, string]",
        '  "a-b"?: ("x" | 1)[]\n  more?: Record<string, boolean>',
        'export type B = "lead" | "filed"',
        '"GET /a": { body: unknown; answer: A }',
    ):
        assert line in text
