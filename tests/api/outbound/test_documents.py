"""What docs/integrations.md tells integrators is so."""

import json
import re
import time
from pathlib import Path
from typing import Any

from api.outbound.events import alarm_body, event_body, read_events
from api.outbound.mapping import SHIPPED, load_mapping
from api.outbound.settings import SECRETS, SETTINGS
from api.outbound.signing import new_signing_secret, signature_headers
from api.store.database import Store

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The examples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", TEXT, re.DOTALL)


def test_the_example_checks_signatures() -> None:
    (code,) = blocks("python")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - it is this project's own document
    is_genuine = names["is_genuine"]
    old, new, body = new_signing_secret(), new_signing_secret(), b'{"a": 1}'
    headers = signature_headers("e-1", int(time.time()), body, [new, old])
    assert is_genuine(new, headers, body)
    assert is_genuine(old, headers, body)
    assert not is_genuine(new_signing_secret(), headers, body)
    assert not is_genuine(new, headers, body + b" ")
    assert not is_genuine(new, headers | {"webhook-id": "e-2"}, body)
    stale = signature_headers("e-1", int(time.time()) - 400, body, [new])
    assert not is_genuine(new, stale, body)


def keys(value: object) -> object:
    """The names in an object, at every depth but that of facts and the like."""
    if not isinstance(value, dict):
        return None
    return {k: keys(v) if k in ("data", "case", "event") else None for k, v in value.items()}


def test_the_bodies_have_the_keys_that_are_told(store: Store) -> None:
    event_example, alarm_example, feed_example = (json.loads(one) for one in blocks("json"))
    with store.reading() as sql:
        event = read_events(sql, 0, 2**40, 1)[0]
    assert keys(event_body(event)) == keys(event_example)
    alarm = alarm_body(event)
    assert alarm is not None
    assert alarm.keys() == alarm_example.keys()
    assert feed_example["events"][0].keys() == event_body(event).keys() | {"cursor"}


def test_the_settings_are_what_is_told() -> None:
    for name in ("webhook", "mqtt", "platform", "viid"):
        assert f'kind = "{name}"' in TEXT
        assert SECRETS[name]
    for schema in SETTINGS.json_schema()["$defs"].values():
        for key in schema.get("properties", {}):
            assert f"`{key}`" in TEXT or f"{key} = " in TEXT, key


def test_shipped_mappings_can_be_read(tmp_path: Path) -> None:
    for file in SHIPPED.glob("*.toml"):
        assert load_mapping(file.stem, tmp_path).statuses
