"""Targets over HTTP: set up, served by a running application, watched, replayed."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import select

from api.app import create_app
from api.outbound.settings import WebhookSettings
from api.outbound.signing import secret_bytes
from api.outbound.tables import Target
from api.outbound.targets import find_target, open_secrets, put_target, reseal
from api.store.database import Store
from api.store.tables import Case
from streams.sealing import Seals
from tests.api.conftest import COUNT, Made
from tests.api.outbound.receiver import Answer, Request, allow_loopback, listening

Eventually = Callable[[Callable[[], bool]], None]
TARGETS = "/api/outbound/targets"


class City:
    """A receiver of webhooks."""

    def __init__(self) -> None:
        self.got: list[Request] = []
        self.answer: Callable[[Request], Answer] = lambda _: Answer(204, b"")
        self.turn = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        with self.turn:
            answer = self.answer(request)
            if answer.status < 300:
                self.got.append(request)
            return answer

    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(request.body) for request in self.got]


@pytest.fixture
def city() -> City:
    return City()


@pytest.fixture
def url(city: City) -> Iterator[str]:
    with listening(city) as address:
        yield address


@pytest.fixture
def system(made: Made) -> Iterator[TestClient]:
    """A client as the system administrator; loopback may be sent to."""
    allow_loopback(made.data_dir)
    with TestClient(create_app(made.data_dir)) as client:
        client.headers.update(made.bearer("system_admin"))
        yield client


def put(client: TestClient, name: str, **body: Any) -> dict[str, Any]:
    answer = client.put(f"{TARGETS}/{name}", json=body)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def signatures(request: Request) -> list[str]:
    return str(request.headers["webhook-signature"]).split()


def signature(secret: str, request: Request) -> str:
    """As a receiver works it out."""
    head = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}."
    mac = hmac.new(secret_bytes(secret), head.encode() + request.body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def test_a_webhook_from_the_beginning(
    system: TestClient, made: Made, city: City, url: str, eventually: Eventually
) -> None:
    made_target = put(
        system, "city", settings={"kind": "webhook", "url": f"{url}/in"}, start="beginning"
    )
    secret = made_target["signing_secret"]
    eventually(lambda: len(city.got) == COUNT + 1)
    first = city.got[0]
    oldest = made.violations[-1]
    assert (first.method, first.path) == ("POST", "/in")
    assert first.headers["Idempotency-Key"] == first.headers["webhook-id"] == f"{oldest.id}-1"
    assert signatures(first) == [signature(secret, first)]
    body = city.bodies()[0]
    assert (body["version"], body["id"], body["type"]) == (1, f"{oldest.id}-1", "case.raised")
    assert body["timestamp"].endswith("Z")
    assert body["data"]["case"]["kind"] == oldest.kind
    assert body["data"]["event"]["seq"] == 1
    eventually(lambda: system.get(f"{TARGETS}/city").json()["behind"] == 0)
    shown = system.get(f"{TARGETS}/city").json()
    assert (shown["state"], shown["sent"], shown["secrets"]) == ("ok", COUNT + 1, ["signing"])
    assert "signing_secret" not in shown
    assert secret not in system.get(TARGETS).text
    again = put(system, "city", settings={"kind": "webhook", "url": f"{url}/other"})
    assert again["signing_secret"] is None


def test_only_what_comes_from_now_on(
    system: TestClient, made: Made, city: City, url: str, eventually: Eventually
) -> None:
    settings = {"kind": "webhook", "url": url, "actions": ["file"]}
    put(system, "city", settings=settings)
    body = {"verdict": "confirmed", "version": 1}
    case_id = made.violations[0].id
    headers = made.bearer("officer")
    system.post(f"/api/cases/{case_id}/verdict", json=body, headers=headers).raise_for_status()
    eventually(lambda: len(city.got) == 1)
    assert city.bodies()[0]["type"] == "case.file"
    assert city.bodies()[0]["data"]["case"]["status"] == "filed"


def test_the_alarm_shape(
    system: TestClient, made: Made, city: City, url: str, eventually: Eventually, store: Store
) -> None:
    settings = {"kind": "webhook", "url": url, "body": "alarm"}
    put(system, "old", settings=settings, start="beginning")
    eventually(lambda: len(city.got) == COUNT + 1)
    raised = [body for body in city.bodies() if body["alarm_type"] == 0]
    assert raised[0].keys() == {
        "event_type", "alarm_type", "task_id", "stream_id", "timestamp", "message_id",
        "bounding_box", "polygon_name", "license_plate",
    }  # fmt: skip
    with store.reading() as sql:
        case = sql.scalars(select(Case).order_by(Case.raised_s)).first()
    assert case is not None
    assert raised[0]["event_type"] == case.kind
    assert raised[0]["timestamp"] == round(case.raised_s * 1000)
    assert raised[0]["bounding_box"] == case.box_xyxy
    ended = [body for body in city.bodies() if body["alarm_type"] == 1]
    assert [body["message_id"] for body in ended] == [f"{made.violations[2].id}-2"]


def test_a_new_secret_and_the_former_one_sign(
    system: TestClient, made: Made, city: City, url: str, eventually: Eventually
) -> None:
    old = put(system, "city", settings={"kind": "webhook", "url": url})["signing_secret"]
    new = system.post(f"{TARGETS}/city/secret").json()["signing_secret"]
    body = {"verdict": "confirmed", "version": 1}
    url = f"/api/cases/{made.violations[0].id}/verdict"
    system.post(url, json=body, headers=made.bearer("officer")).raise_for_status()
    eventually(lambda: len(city.got) == 1)
    assert signatures(city.got[0]) == [signature(key, city.got[0]) for key in (new, old)]


def test_secrets_are_sealed_at_rest(system: TestClient, made: Made, url: str, store: Store) -> None:
    secret = "whsec_" + base64.b64encode(b"k" * 32).decode()
    settings = {"kind": "webhook", "url": url}
    told = put(system, "city", settings=settings, secrets={"signing": secret})
    assert told["signing_secret"] is None
    with store.reading() as sql:
        kept = sql.scalars(select(Target)).one().secrets
    assert list(kept) == ["signing"]
    assert kept["signing"].startswith("sealed://")
    for file in made.data_dir.glob("cases.db*"):
        assert secret[6:].encode() not in file.read_bytes()


def test_secrets_survive_a_new_key(made: Made, store: Store) -> None:
    seals = Seals(made.data_dir / "keys")
    settings = WebhookSettings(kind="webhook", url="http://127.0.0.1/")
    with store.writing() as sql:
        _, secret = put_target(sql, "city", settings, {}, seals, 0.0, 0)
    seals.add_key()
    with store.writing() as sql:
        assert reseal(sql, seals) == 1
    seals.drop_old_keys()
    with store.reading() as sql:
        assert open_secrets(find_target(sql, "city"), seals) == {"signing": secret}


def test_dead_letters_are_listed_and_replayed(
    system: TestClient, made: Made, city: City, url: str, eventually: Eventually
) -> None:
    bad = made.violations[-1].id
    city.answer = lambda request: (
        Answer(422, b'{"error": "no such district"}') if bad.encode() in request.body else Answer()
    )
    settings = {"kind": "webhook", "url": url, "refused_tries": 1}
    put(system, "city", settings=settings, start="beginning")
    eventually(lambda: len(city.got) == COUNT)
    eventually(lambda: system.get(f"{TARGETS}/city").json()["dead"] == 1)
    letter = system.get(f"{TARGETS}/city/dead").json()[0]
    assert (letter["case_id"], letter["reason"], letter["seq"]) == (bad, "refused", 1)
    assert "no such district" in letter["error"]
    assert system.get(f"{TARGETS}/city/dead", params={"after": letter["cursor"]}).json() == []
    city.answer = lambda _: Answer()
    assert system.post(f"{TARGETS}/city/replay", json={"case_id": bad}).json() == {"count": 1}
    eventually(lambda: len(city.got) == COUNT + 1)
    eventually(lambda: system.get(f"{TARGETS}/city").json()["dead"] == 0)


def test_a_slow_target_delays_no_other(
    system: TestClient, city: City, url: str, eventually: Eventually
) -> None:
    let_go = threading.Event()

    def hold(_: Request) -> Answer:
        let_go.wait(20)
        return Answer()

    with listening(hold) as slow:
        put(system, "slow", settings={"kind": "webhook", "url": slow}, start="beginning")
        put(system, "city", settings={"kind": "webhook", "url": url}, start="beginning")
        eventually(lambda: len(city.got) == COUNT + 1)
        assert system.get(f"{TARGETS}/slow").json()["sent"] == 0
        let_go.set()
        eventually(lambda: system.get(f"{TARGETS}/slow").json()["sent"] == COUNT + 1)


def test_pause_resume_and_remove(
    system: TestClient, city: City, url: str, eventually: Eventually
) -> None:
    put(system, "city", settings={"kind": "webhook", "url": url})
    assert system.post(f"{TARGETS}/city/pause").json()["state"] == "paused"
    assert system.post(f"{TARGETS}/city/resume").json()["state"] == "new"
    assert system.delete(f"{TARGETS}/city").status_code == 204
    missing = system.get(f"{TARGETS}/city")
    assert missing.status_code == 404
    assert "skyeye outbound list" in missing.json()["detail"]


def test_figures(system: TestClient, city: City, url: str, eventually: Eventually) -> None:
    put(system, "city", settings={"kind": "webhook", "url": url}, start="beginning")
    eventually(lambda: system.get(f"{TARGETS}/city").json()["behind"] == 0)
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(system.get("/metrics").text)
        for sample in family.samples
        if sample.labels == {"target": "city"}
    }
    assert found["skyeye_outbound_sent_total"] == COUNT + 1
    assert (found["skyeye_outbound_behind"], found["skyeye_outbound_dead"]) == (0, 0)
    assert system.get("/health").json()["checks"]["outbound"] == "ok"


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ({"settings": {"kind": "webhook"}}, "settings.webhook.url"),
        ({"settings": {"kind": "fax", "url": "x"}}, "settings"),
        ({"settings": {"kind": "webhook", "url": "http://10.0.0.1/"}}, "settings.url"),
        ({"settings": {"kind": "webhook", "url": "ftp://x/"}}, "settings.url"),
        ({"settings": {"kind": "webhook", "url": "http://u:p@8.8.8.8/"}}, "settings.url"),
        (
            {"settings": {"kind": "webhook", "url": "http://127.0.0.1/"},
             "secrets": {"signing": "x"}},
            "secrets.signing",
        ),
        (
            {"settings": {"kind": "webhook", "url": "http://127.0.0.1/"}, "secrets": {"pw": "x"}},
            "secrets.pw",
        ),
        ({"settings": {"kind": "webhook", "url": "http://127.0.0.1/", "x": 1}}, "settings"),
        ({"settings": {"kind": "mqtt", "host": "192.168.1.1"}}, "settings.url"),
        ({"settings": {"kind": "mqtt", "host": "127.0.0.1", "prefix": "a/#"}}, "settings"),
    ],
)  # fmt: skip
def test_targets_that_make_no_sense(system: TestClient, body: dict[str, Any], key: str) -> None:
    answer = system.put(f"{TARGETS}/city", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["key"].startswith(key)
    assert system.get(TARGETS).json() == []


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\u0000b"'])
def test_texts_that_cannot_be_kept(system: TestClient, text: str) -> None:
    head = {"Content-Type": "application/json"}
    for body in (
        f'{{"settings": {{"kind": "webhook", "url": {text}}}}}',
        f'{{"settings": {{"kind": "webhook", "url": "http://127.0.0.1/", "kinds": [{text}]}}}}',
        f'{{"settings": {{"kind": "webhook", "url": "http://127.0.0.1/"}}, '
        f'"secrets": {{"signing": {text}}}}}',
        f'{{"settings": {{"kind": "webhook", "url": "http://127.0.0.1/"}}, '
        f'"secrets": {{{text}: "x"}}}}',
    ):
        answer = system.put(f"{TARGETS}/city", content=body, headers=head)
        assert answer.status_code == 422, answer.text
    replay = system.post(f"{TARGETS}/x/replay", content=f'{{"case_id": {text}}}', headers=head)
    assert replay.status_code == 422


def test_a_name_that_is_none(system: TestClient) -> None:
    body = {"settings": {"kind": "webhook", "url": "http://127.0.0.1/"}}
    for name in ("A", "a b", "%00", "x" * 41, "-x"):
        assert system.put(f"{TARGETS}/{name}", json=body).status_code in (404, 422)
