"""A view library after GA/T 1400: checks digest authentication, registration and shapes."""

import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.api.outbound.receiver import Answer, Request, listening

USER, PASSWORD = "skyeye", "view-2026"
REALM = "VIID"
OBJECTS = {
    "/VIID/MotorVehicles": ("MotorVehicleListObject", "MotorVehicleObject", "MotorVehicleID"),
    "/VIID/NonMotorVehicles": (
        "NonMotorVehicleListObject", "NonMotorVehicleObject", "NonMotorVehicleID"
    ),
    "/VIID/Scenes": ("SceneListObject", "SceneObject", "SceneID"),
}  # fmt: skip
Fault = Callable[[], Answer]


class ViewLibrary:
    """Takes what is pushed by who is registered; `problems` is what was wrong with requests."""

    def __init__(self) -> None:
        self.registered: set[str] = set()
        self.objects: dict[str, dict[str, Any]] = {}
        self.keepalives = 0
        self.registrations = 0
        self.problems: list[str] = []
        self.faults: list[Fault] = []
        self._nonces: set[str] = set()

    def __call__(self, request: Request) -> Answer:
        if not self._proved(request):
            nonce = secrets.token_hex(16)
            self._nonces.add(nonce)
            challenge = f'Digest realm="{REALM}", qop="auth", nonce="{nonce}", algorithm=MD5'
            return Answer(401, b"", {"WWW-Authenticate": challenge})
        if "VIID+JSON" not in str(request.headers["Content-Type"]):
            self.problems.append(f"content type {request.headers['Content-Type']}")
        if self.faults:
            return self.faults.pop(0)()
        device = str(request.headers["User-Identify"])
        body = json.loads(request.body)
        if request.path == "/VIID/System/Register":
            self.registrations += 1
            return self._register(device, body)
        if device not in self.registered:
            return Answer(401, b"", {"WWW-Authenticate": "Unregistered"})
        if request.path == "/VIID/System/Keepalive":
            self.keepalives += body["KeepaliveObject"]["DeviceID"] == device
            return status(request.path, 0)
        return self._take(request.path, body)

    def _register(self, device: str, body: dict[str, Any]) -> Answer:
        if body["RegisterObject"]["DeviceID"] != device:
            return status("/VIID/System/Register", 4, "Invalid Operation")
        self.registered.add(device)
        return status("/VIID/System/Register", 0)

    def _take(self, path: str, body: dict[str, Any]) -> Answer:
        list_name, name, id_name = OBJECTS[path]
        told = []
        for one in body[list_name][name]:
            object_id = one[id_name]
            self._check(one, object_id)
            self.objects[object_id] = one
            told.append(
                {"RequestURL": path, "StatusCode": 0, "StatusString": "OK", "Id": object_id}
            )
        answer = {"ResponseStatusListObject": {"ResponseStatusObject": told}}
        return Answer(200, json.dumps(answer).encode())

    def _check(self, one: dict[str, Any], object_id: str) -> None:
        if not re.fullmatch(r"\d{48}", object_id):
            self.problems.append(f"id {object_id}")
        if not re.fullmatch(r"\d{41}", one["SourceID"]):
            self.problems.append(f"source id {one['SourceID']}")
        for key in ("MarkTime", "AppearTime", "DisappearTime"):
            if not re.fullmatch(r"20\d{12}", one[key]):
                self.problems.append(f"{key} {one[key]}")
        for image in one["SubImageList"]["SubImageInfoObject"]:
            if not re.fullmatch(r"\d{41}", image["ImageID"]):
                self.problems.append(f"image id {image['ImageID']}")

    def _proved(self, request: Request) -> bool:
        """Digest authentication as RFC 7616 has it, with MD5."""
        header = str(request.headers.get("Authorization", ""))
        if not header.startswith("Digest "):
            return False
        told = dict(re.findall(r'(\w+)="?([^",]*)"?', header))
        if told.get("nonce") not in self._nonces or told.get("uri") != request.path:
            return False
        one = _md5(f"{USER}:{REALM}:{PASSWORD}")
        two = _md5(f"{request.method}:{request.path}")
        parts = (one, told["nonce"], told["nc"], told["cnonce"], "auth", two)
        return told.get("response") == _md5(":".join(parts)) and told.get("username") == USER


def status(path: str, code: object, text: str = "OK") -> Answer:
    """A ResponseStatusObject."""
    told = {"RequestURL": path, "StatusCode": code, "StatusString": text, "Id": ""}
    return Answer(200, json.dumps({"ResponseStatusObject": told}).encode())


@contextmanager
def view_library() -> Iterator[tuple[ViewLibrary, str]]:
    """A view library that listens, and its address."""
    library = ViewLibrary()
    with listening(library) as url:
        yield library, url


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()  # noqa: S324 - as the standard's digest wants
