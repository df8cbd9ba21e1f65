"""No password of a camera, no token, cookie, code or password of an account shows anywhere."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from streams.bus import SqliteBus
from streams.config import Camera
from streams.video.source import open_source
from tests.api.conftest import Made

SECRET = "geh#eim&99"
ADDRESSES = [
    f"rtsp://admin:{SECRET}@127.0.0.1:9/Streaming/Channels/101",
    f"rtsp://admin:a/b@{SECRET}@127.0.0.1:9/1",
    f"http://127.0.0.1:9/live?user=admin&password={SECRET}",
    f"rtsp://127.0.0.1:9/user=admin&password={SECRET}&channel=1",
    f"https://127.0.0.1:9/?token={SECRET}",
    f"rtsps://{SECRET}@127.0.0.1:9/1",
]
PARTS = ("geh#eim", "eim&99", "geh")


def holds_secret(text: str) -> bool:
    return any(part in text for part in PARTS)


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that is logged, from the finest level on."""
    written = io.StringIO()
    handler, root = logging.StreamHandler(written), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield written
    root.removeHandler(handler)
    root.setLevel(level)


def every_answer(client: TestClient, made: Made, role: str) -> Iterator[tuple[str, str]]:
    """What every operation without a body answers somebody of a role."""
    for path, item in client.get("/api/openapi.json").json()["paths"].items():
        if "get" not in item or path == "/api/events":
            continue
        url = path.replace("{camera_id}", "gate").replace("{case_id}", made.violations[0].id)
        url = url.replace("{name}", "start.jpg").replace("{username}", "officer")
        yield url, client.get(url, headers=made.bearer(role), follow_redirects=False).text


def test_the_password_of_a_camera(
    visitor: TestClient, made: Made, log: io.StringIO, bus: SqliteBus
) -> None:
    headers = made.bearer("system_admin")
    answers = []
    for uri in ADDRESSES:
        camera = {"id": "gate", "name": "Gate", "uri": uri, "timeout_s": 1}
        put = visitor.put("/api/cameras/gate", json=camera, headers=headers)
        assert put.status_code == 200, put.text
        answers.append(put.text)
        asked = ("/api/cameras", "/api/cameras/gate", "/api/cameras/gate/toml")
        answers += [visitor.get(path, headers=headers).text for path in asked]
        elsewhere = {"uri": uri.replace("127", "128")}
        for change in ({"zones": 3}, {"id": "other"}, elsewhere, {"x": uri}):
            wrong = visitor.put("/api/cameras/gate", json=camera | change, headers=headers)
            answers.append(wrong.text)
        toml = f'id = "gate"\nname = 3\nuri = "{uri}"'
        for text in (toml, toml + "x", f'uri = "{uri}'):
            told = {"Content-Type": "text/plain", **headers}
            answers.append(visitor.post("/api/cameras/import", content=text, headers=told).text)
        with pytest.raises(OSError, match=r".") as caught:
            list(open_source(Camera.model_validate(camera), live=False).looks())
        answers.append(str(caught.value))
    answers += [text for _, text in every_answer(visitor, made, "admin")]
    answers.append(log.getvalue())
    assert [text for text in answers if holds_secret(text)] == []
    raw = b"".join(path.read_bytes() for path in made.data_dir.rglob("*.db*"))
    assert b"eim&99" not in raw


def test_what_lets_somebody_in(visitor: TestClient, made: Made, log: io.StringIO) -> None:
    secrets = [made.passwords["admin"], *made.tokens.values()]
    body = {"username": "admin", "password": made.passwords["admin"]}
    answers = [visitor.post("/api/session", json=body).text]
    secrets.append(visitor.cookies["skyeye_session"])
    proof = {"X-Skyeye": "1"}
    begun = visitor.post(
        "/api/second-factor", json={"password": made.passwords["admin"]}, headers=proof
    ).json()
    secrets.append(begun["secret"])
    wrong = {"username": made.passwords["admin"], "password": made.passwords["admin"], "x": 1}
    answers.append(visitor.post("/api/session", json=wrong).text)
    answers.append(visitor.post("/api/session", json={**body, "username": ["x"]}).text)
    visitor.get("/api/session", headers={"Authorization": f"Bearer {made.tokens['viewer']}x"})
    visitor.cookies.clear()
    answers += [text for _, text in every_answer(visitor, made, "admin")]
    answers.append(log.getvalue())
    for secret in secrets:
        assert not any(secret in text for text in answers)


def test_files_of_secrets_are_their_owners_alone(made: Made, visitor: TestClient) -> None:
    assert visitor.get("/health").status_code in (200, 503)
    private = [*made.data_dir.glob("keys/*.key"), made.data_dir / "cases.db"]
    assert {file.name for file in private} >= {"sealing.key", "cases.db"}
    assert all(_mode(file) == 0o600 for file in private)


def _mode(file: Path) -> int:
    return file.stat().st_mode & 0o777
