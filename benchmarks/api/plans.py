"""How PostgreSQL carries out every query that the API asks of large tables."""

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, cast

import psycopg
from fastapi.testclient import TestClient
from sqlalchemy import Engine, event

from api.app import create_app
from benchmarks.api.questions import FIGURES, LISTS

LARGE = ("cases", "history", "deadlines")
_KINDS = ("SELECT", "UPDATE", "DELETE", "WITH")


@dataclass(frozen=True, slots=True)
class Plan:
    """A query, how it is carried out, and which large tables it would read to the end."""

    asked_by: str
    query: str
    nodes: tuple[str, ...]
    read_whole: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


@dataclass(slots=True)
class _Heard:
    """Statements that name a large table, each once for a question."""

    asked_by: str = ""
    statements: dict[tuple[str, str], object] = field(default_factory=dict)

    def hear(self, statement: str, parameters: object) -> None:
        """Keep a statement and what it was asked with."""
        words = statement.lower()
        if statement.lstrip().startswith(_KINDS) and any(
            f" {table}" in words.replace("\n", " ") for table in LARGE
        ):
            self.statements.setdefault((self.asked_by, statement), parameters)


def explain_all(data_dir: Path, token: str, address: str) -> list[Plan]:
    """Ask the application, in this process, everything that it answers about cases; then explain
    each query that it issued on a large table."""
    with _hearing() as heard, TestClient(create_app(data_dir)) as client:
        client.headers["Authorization"] = f"Bearer {token}"
        _ask(client, heard)
    with psycopg.connect(address, autocommit=True) as connection:
        return [
            _plan(connection, asked_by, statement, parameters)
            for (asked_by, statement), parameters in heard.statements.items()
        ]


@contextmanager
def _hearing() -> Iterator[_Heard]:
    heard = _Heard()

    def hear(
        _conn: object, _cursor: object, statement: str, parameters: object, *_: object
    ) -> None:
        heard.hear(statement, parameters)

    event.listen(Engine, "before_cursor_execute", hear)
    try:
        yield heard
    finally:
        event.remove(Engine, "before_cursor_execute", hear)


def _ask(client: TestClient, heard: _Heard) -> None:
    rng, now_s = random.Random(11), time.time()
    for name, ask in (LISTS | FIGURES).items():  # type: ignore[operator]
        heard.asked_by = name
        path = "/api/kpis" if name in FIGURES else "/api/cases"
        client.get(path, params=dict(ask(rng, now_s))).raise_for_status()
    page = client.get("/api/cases", params={"page_size": 2}).json()
    cursor = {"cursor": page["next"]}
    lead = client.get("/api/cases", params={"status": "lead"}).json()["items"][0]
    for name, path, query in (
        ("a cursor's page", "/api/cases", cursor),
        ("one case", f"/api/cases/{lead['id']}", {}),
        ("what a figure counts", "/api/kpis/closing_rate/cases", {}),
        ("changes", "/api/feed/cases", {"after": 6_000_000}),
        ("follow-up", f"/api/cases/{lead['id']}/follow-up", {}),
        ("metrics", "/metrics", {}),
        ("health", "/health", {}),
    ):
        heard.asked_by = name
        client.get(path, params=query)
    heard.asked_by = "a step"
    headers = {"If-Match": f'"{lead["version"]}"', "Idempotency-Key": f"bench-{now_s}"}
    path = f"/api/cases/{lead['id']}/actions"
    client.post(path, json={"action": "file"}, headers=headers).raise_for_status()


def _plan(
    connection: psycopg.Connection, asked_by: str, statement: str, parameters: object
) -> Plan:
    query = f"EXPLAIN (FORMAT JSON) {statement}".encode()
    row = connection.execute(query, cast(Any, parameters)).fetchone()
    assert row is not None  # noqa: S101 - EXPLAIN answers
    told = row[0] if isinstance(row[0], list) else json.loads(row[0])
    nodes = list(_nodes(told[0]["Plan"]))
    whole = sorted({table for kind, table in nodes if "Seq Scan" in kind and table in LARGE})
    texts = tuple(dict.fromkeys(f"{kind} on {table}" for kind, table in nodes if table))
    return Plan(asked_by, " ".join(statement.split())[:400], texts, tuple(whole))


def _nodes(plan: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield plan["Node Type"], plan.get("Relation Name", plan.get("Index Name", ""))
    for part in plan.get("Plans", ()):
        yield from _nodes(part)
