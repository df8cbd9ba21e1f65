"""Evidence over HTTP: whole, in parts, as a ZIP, checked, and nothing else."""

import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi.testclient import TestClient

from api.http.media import Span, requested_span
from api.http.problems import Problem
from streams.evidence.signature import sign_manifest
from streams.evidence.verify import verify_packet
from tests.api.conftest import Made


@pytest.mark.parametrize(
    ("header", "span"),
    [
        ("bytes=0-0", Span(0, 0)),
        ("bytes=0-", Span(0, 99)),
        ("bytes=10-19", Span(10, 19)),
        ("bytes=90-1000", Span(90, 99)),
        ("bytes=-10", Span(90, 99)),
        ("bytes=-1000", Span(0, 99)),
        ("Bytes=99-", Span(99, 99)),
        (" bytes=1-2 ", Span(1, 2)),
        (None, None),
        ("", None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=20-10", None),
        ("bytes=a-b", None),
        ("bytes=0-1,5-6", None),
        ("bytes=0x1-2", None),
        ("bytes=+1-2", None),
        ("bytes=٣-٤", None),
        ("items=0-1", None),
        ("bytes=" + "9" * 5000 + "-", None),
    ],
)
def test_the_part_that_is_asked_for(header: str | None, span: Span | None) -> None:
    assert requested_span(header, 100) == span


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=999999-"])
def test_a_part_that_is_not_there(header: str) -> None:
    with pytest.raises(Problem) as raised:
        requested_span(header, 100)
    assert raised.value.status_code == 416
    assert raised.value.headers == {"Content-Range": "bytes */100"}


def test_an_empty_file_has_no_parts() -> None:
    assert requested_span(None, 0) is None
    with pytest.raises(Problem):
        requested_span("bytes=0-", 0)


@pytest.fixture
def url(made: Made) -> str:
    return f"/api/cases/{made.violations[0].id}"


def original(client: TestClient, url: str, name: str) -> str:
    """Begin a look at an original, and where it is then."""
    look = client.post(f"{url}/looks", json={"file": name, "reason": "核对原始图像"})
    assert look.status_code == 201, look.text
    return str(look.json()["url"])


@pytest.fixture
def clip(made: Made) -> bytes:
    return (made.packet(0) / "arrival.mp4").read_bytes()


def test_a_whole_file(officer: TestClient, url: str, clip: bytes) -> None:
    answer = officer.get(original(officer, url, "arrival.mp4"))
    assert answer.status_code == 200
    assert answer.content == clip
    assert answer.headers["content-type"] == "video/mp4"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["cache-control"] == "private, no-store"
    assert answer.headers["content-length"] == str(len(clip))


def test_a_part_of_a_file(officer: TestClient, url: str, clip: bytes) -> None:
    answer = officer.get(original(officer, url, "arrival.mp4"), headers={"Range": "bytes=100-299"})
    assert answer.status_code == 206
    assert answer.content == clip[100:300]
    assert answer.headers["content-range"] == f"bytes 100-299/{len(clip)}"
    assert answer.headers["content-length"] == "200"


def test_a_part_beyond_the_end(officer: TestClient, url: str, clip: bytes) -> None:
    answer = officer.get(
        original(officer, url, "arrival.mp4"), headers={"Range": f"bytes={len(clip)}-"}
    )
    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(clip)}"
    assert answer.json()["status"] == 416


def test_a_part_only_of_the_same_file(officer: TestClient, url: str) -> None:
    path = original(officer, url, "start.jpg")
    etag = officer.get(path).headers["etag"]
    part = {"Range": "bytes=0-9"}
    assert officer.get(path, headers={**part, "If-Range": etag}).status_code == 206
    for other in ('"other"', f"W/{etag}", "Tue, 24 Nov 2026 00:00:00 GMT"):
        assert officer.get(path, headers={**part, "If-Range": other}).status_code == 200


def test_a_file_that_the_browser_has(officer: TestClient, url: str) -> None:
    path = original(officer, url, "start.jpg")
    etag = officer.get(path).headers["etag"]
    for known in (etag, f'"x", W/{etag}', "*"):
        answer = officer.get(path, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
    assert officer.get(path, headers={"If-None-Match": '"x"'}).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "manifest.json", "nothing.jpg", "..%2Fmanifest.json", "%2e%2e", "..%2f..%2f..%2fcases.db",
        "start.jpg%00", "%2Fetc%2Fpasswd", "START.JPG", "start.jpg%2F", "x" * 3000, "%ff",
    ],
)  # fmt: skip
def test_only_what_the_manifest_names(viewer: TestClient, url: str, name: str) -> None:
    answer = viewer.get(f"{url}/media/{name}")
    assert answer.status_code == 404
    assert "passwd:" not in answer.text


def renamed(made: Made, old: str, new: str) -> None:
    """Make the manifest name another file."""
    path = made.packet(0) / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["files"][new] = manifest["files"].pop(old)
    path.write_text(json.dumps(manifest))


@pytest.mark.parametrize("name", ["../secret.jpg", "/etc/passwd", ".hidden.jpg", "a/b.jpg"])
def test_a_manifest_cannot_name_files_elsewhere(
    viewer: TestClient, made: Made, url: str, name: str
) -> None:
    renamed(made, "start.jpg", name)
    (made.packet(0).parent / "secret.jpg").write_bytes(b"secret")
    answer = viewer.get(f"{url}/media/{name.replace('/', '%2F')}")
    assert answer.status_code == 404
    assert viewer.get(url).json()["media"] == []


def test_a_manifest_cannot_make_a_page(officer: TestClient, made: Made, url: str) -> None:
    path = made.packet(0) / "manifest.json"
    path.write_text(path.read_text().replace("image/jpeg", "text/html"))
    answer = officer.get(original(officer, url, "start.jpg"))
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["x-content-type-options"] == "nosniff"


def replace_by_link(file: Path, target: Path) -> None:
    file.unlink()
    file.symlink_to(target)


def replace_by_pipe(file: Path, target: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def replace_by_folder(file: Path, target: Path) -> None:
    file.unlink()
    file.mkdir()


def remove(file: Path, target: Path) -> None:
    file.unlink()


@pytest.mark.parametrize("change", [replace_by_link, replace_by_pipe, replace_by_folder, remove])
def test_only_ordinary_files(officer: TestClient, made: Made, url: str, change: object) -> None:
    assert callable(change)
    there = original(officer, url, "start.jpg")
    change(made.packet(0) / "start.jpg", made.data_dir / "cases.db")
    answer = officer.get(there)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("start.jpg ")
    assert str(made.data_dir) not in answer.text


def test_a_packet_that_is_a_link_is_not_followed(
    officer: TestClient, made: Made, url: str, tmp_path: Path
) -> None:
    paths = [original(officer, url, name) for name in ("start.jpg", "packet.zip")]
    packet = made.packet(0)
    packet.rename(tmp_path / "elsewhere")
    packet.symlink_to(tmp_path / "elsewhere")
    assert [officer.get(path).status_code for path in paths] == [404, 404]
    assert officer.get(f"{url}/media/start.jpg").status_code == 404
    assert "link" in officer.get(url).json()["missing"][0]["reason"]


def test_packets_may_lie_on_another_disk(
    officer: TestClient, made: Made, url: str, tmp_path: Path
) -> None:
    packets = made.data_dir / "packets"
    packets.rename(tmp_path / "disk")
    packets.symlink_to(tmp_path / "disk")
    assert officer.get(original(officer, url, "start.jpg")).status_code == 200


def test_the_packet_as_a_zip(officer: TestClient, url: str, tmp_path: Path) -> None:
    there = original(officer, url, "packet.zip")
    answer = officer.get(there)
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="330482202611230004.zip"'
    (tmp_path / "packet.zip").write_bytes(answer.content)
    sealed = officer.get(url).json()["manifest_sha256"]
    assert verify_packet(tmp_path / "packet.zip", sealed).ok
    part = officer.get(there, headers={"Range": "bytes=0-3"})
    assert (part.status_code, part.content) == (206, b"PK\x03\x04")
    assert len(zipfile.ZipFile(io.BytesIO(answer.content)).namelist()) == 7


def test_a_sound_packet(viewer: TestClient, made: Made, url: str) -> None:
    verdict = viewer.post(f"{url}/verify").json()
    assert verdict["ok"]
    assert verdict["problems"] == []
    assert verdict["manifest_sha256"] == viewer.get(url).json()["manifest_sha256"]
    assert verdict["signed_by"] in {path.stem for path in (made.data_dir / "keys").glob("*.pub")}


def test_a_packet_signed_by_a_stranger_is_not_sound(
    viewer: TestClient, made: Made, url: str
) -> None:
    data = (made.packet(0) / "manifest.json").read_bytes()
    forged = sign_manifest(data, Ed25519PrivateKey.generate(), 1_795_400_000.0)
    (made.packet(0) / "signature.json").write_bytes(forged)
    (problem,) = viewer.post(f"{url}/verify").json()["problems"]
    assert problem.startswith("signature.json is by key ")


def test_the_legal_profiles_that_a_packet_meets(viewer: TestClient, made: Made, url: str) -> None:
    static, lead = viewer.get(f"{url}/profiles").json()
    assert (static["name"], static["met"]) == ("ga_t_832_static", False)
    lacks = {clause["check"] for clause in static["clauses"] if not clause["met"]}
    assert {"clock", "standing"} <= lacks
    assert all(clause["why_zh"] for clause in static["clauses"] if not clause["met"])
    assert (lead["name"], lead["met"]) == ("lead", True)
    made.packet(0).rename(made.packet(0).with_name("away"))
    assert viewer.get(f"{url}/profiles").status_code == 404


def test_one_changed_byte_is_found(viewer: TestClient, made: Made, url: str) -> None:
    file = made.packet(0) / "closeup.jpg"
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    verdict = viewer.post(f"{url}/verify").json()
    assert not verdict["ok"]
    assert verdict["problems"][0].startswith("closeup.jpg was altered")


def test_a_packet_that_is_gone_is_not_sound(officer: TestClient, made: Made, url: str) -> None:
    there = original(officer, url, "packet.zip")
    made.packet(0).rename(made.packet(0).with_name("away"))
    verdict = officer.post(f"{url}/verify").json()
    assert verdict["problems"] == ["its evidence packet is not there"]
    assert officer.get(there).status_code == 404


@pytest.mark.parametrize("path", ["", "/media/start.jpg", "/looks/1/packet.zip", "/profiles"])
def test_nothing_without_a_login(visitor: TestClient, url: str, path: str) -> None:
    assert visitor.get(f"{url}{path}").status_code == 401
