"""Requests made up from the API's description, as every role: no defect, no undescribed answer.

`SKYEYE_EXAMPLES=50` makes up so many for each operation and sends each as every role; otherwise the
roles take turns, as all of them take minutes. test_authorisation.py asks everything as everybody.
"""

import itertools
import json
import os
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import schemathesis
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from api.app import create_app
from api.sign_in.roles import Role
from tests.api.conftest import Made

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]
EXAMPLES = int(os.environ.get("SKYEYE_EXAMPLES", "0"))
AT_ONCE = len(Role) if EXAMPLES else 3
TURNS = itertools.cycle(Role)
CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
ENDLESS = "/api/events"
AWAY = ("/api/oidc/start", "/api/oidc/callback")
"""These lead to another system."""


@pytest.fixture
def client(made: Made) -> Iterator[TestClient]:
    """The application, with no limit to how often it is asked."""
    names = ("account_per_min", "account_burst", "address_per_min", "address_burst")
    rates = "".join(f"{name} = 1000000\n" for name in names)
    (made.data_dir / "sign_in.toml").write_text(f"[rates]\n{rates}")
    app = create_app(made.data_dir)
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield client


def test_no_request_meets_a_defect(client: TestClient, made: Made) -> None:
    schema = schemathesis.openapi.from_dict(client.get("/api/openapi.json").json())
    problems = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if operation.path not in (ENDLESS, *AWAY):
            problems += list(_ask(client, made, operation))
    assert not problems, "\n\n".join(problems)


def _ask(client: TestClient, made: Made, operation: Any) -> Iterator[str]:
    """What is wrong with the answers of one operation; each kind once."""
    found: dict[str, str] = {}

    @settings(
        max_examples=EXAMPLES or 2,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), real=st.booleans())
    def ask(case: Any, real: bool) -> None:
        if real and "case_id" in (case.path_parameters or {}):
            case.path_parameters["case_id"] = made.violations[0].id
        told = case.as_transport_kwargs(base_url="http://testserver")
        told.pop("cookies", None)
        headers = dict(told.pop("headers", None) or {})
        for role in itertools.islice(TURNS, AT_ONCE):
            try:
                answer = client.request(**told, headers=headers | made.bearer(role))
            except (UnicodeEncodeError, httpx.InvalidURL):  # no client could send it
                return
            if wrong := _wrong(case, answer):
                kind = f"{operation.label} {answer.status_code}"
                found.setdefault(kind, f"{kind} as {role}: {told}: {wrong}")

    ask()
    yield from found.values()


def _wrong(case: Any, answer: Any) -> str:
    """What of an answer is not as it was described; 503 says that something else is at fault."""
    checks = CHECKS[1:] if answer.status_code == 503 else CHECKS
    try:
        case.validate_response(answer, checks=checks)
    except AssertionError as error:
        return f"{error!s:.600}"
    except BaseExceptionGroup as error:
        return "; ".join(f"{one!s:.400}" for one in error.exceptions)
    return ""


ODD = ("\ud800", "a\0b", "\udfff", 2**70)


@pytest.mark.parametrize("database", ["sqlite", "postgresql"], indirect=True)
def test_what_no_database_keeps_is_refused(client: TestClient, made: Made) -> None:
    """In every text and number of every body that is described, one at a time."""
    openapi = client.get("/api/openapi.json").json()
    shapes = openapi["components"]["schemas"]
    for path, methods in openapi["paths"].items():
        for method, told in methods.items():
            content = told.get("requestBody", {}).get("content", {}).get("application/json")
            name = (content or {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
            for key in shapes.get(name, {}).get("properties", {}):
                _send_odd(client, made, (method, path), shapes[name], key)


def _send_odd(
    client: TestClient, made: Made, operation: tuple[str, str], shape: Any, key: str
) -> None:
    method, path = operation
    url = re.sub(r"\{case_id\}", made.violations[0].id, path)
    url = re.sub(r"\{\w+\}", "1", url)
    whole = {
        name: _some(part) for name, part in shape["properties"].items() if "default" not in part
    }
    for odd in ODD:
        body = json.dumps(whole | {key: odd})
        headers = {**made.bearer("admin"), "Content-Type": "application/json", "If-Match": '"1"'}
        answer = client.request(method, url, content=body, headers=headers)
        assert answer.status_code < 500 or answer.status_code == 503, (method, path, key, odd)


def _some(part: Any) -> Any:
    """A value of a described type."""
    if "enum" in part:
        return part["enum"][0]
    if "anyOf" in part:
        return None
    return {"integer": 1, "number": 1.0, "boolean": True, "array": [], "object": {}}.get(
        part.get("type", ""), "some"
    )
