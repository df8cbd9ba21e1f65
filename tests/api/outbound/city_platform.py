"""A city platform that speaks as `platforms/reference.toml` says, and misbehaves when told to."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.api.outbound.receiver import Answer, Request, listening

TOKEN = "city-token-2026"
JPEG = base64.b64decode(
    "/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////"
    "////////////////////////////////wAALCAABAAEBAREA/8QAFAABAAAAAAAAAAAAAAAAAAAAA//EABQQAQAA"
    "AAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AN//Z"
)
PAGE = 3
Fault = Callable[[], Answer]


class CityPlatform:
    """Takes cases, photos and events, and tells changes; what it holds is open to tests.

    `faults` are answered instead, one for each request, as long as there are any; `faults_after`
    once it has taken what was posted, `faults_at` to the posts of those numbers.
    """

    def __init__(self) -> None:
        self.cases: dict[str, dict[str, Any]] = {}
        self.photos: dict[str, list[dict[str, Any]]] = {}
        self.events: dict[str, list[dict[str, Any]]] = {}
        self.changes: list[Any] = []
        self.faults: list[Fault] = []
        self.faults_after: list[Fault] = []
        self.faults_at: dict[int, Fault] = {}
        self.requests: list[Request] = []
        self._by_key: dict[str, str] = {}
        self._turn = threading.Lock()

    def __call__(self, request: Request) -> Answer:
        with self._turn:
            self.requests.append(request)
            if request.headers.get("Authorization") != f"Bearer {TOKEN}":
                return Answer(401, b'{"message": "who are you?"}')
            posts = sum(one.method == "POST" for one in self.requests)
            if request.method == "POST" and posts in self.faults_at:
                return self.faults_at.pop(posts)()
            if self.faults:
                return self.faults.pop(0)()
            answer = self._answer(request)
            if self.faults_after and request.method == "POST":
                return self.faults_after.pop(0)()
            return answer

    def tell(self, external_id: str, status: str, at: str, **more: Any) -> None:
        """Something has happened to a case there."""
        change_id = f"c{len(self.changes) + 1}"
        told = {"changeId": change_id, "caseId": external_id, "status": status, "time": at}
        self.changes.append(told | more)

    def id_of(self, case_id: str) -> str:
        """Under which id it has a case."""
        return next(k for k, one in self.cases.items() if one["sourceCaseId"] == case_id)

    def _answer(self, request: Request) -> Answer:
        parts = urlsplit(request.path)
        match parts.path.strip("/").split("/"):
            case ["api", "v1", "cases"] if request.method == "POST":
                return self._take(request)
            case ["api", "v1", "cases", external_id, "photos" | "events" as what]:
                return self._add(request, external_id, what)
            case ["api", "v1", "changes"]:
                return self._page(parse_qs(parts.query).get("since", [""])[0])
            case ["photos", _]:
                return Answer(200, JPEG, {"Content-Type": "image/jpeg"})
        return Answer(404, b"{}")

    def _take(self, request: Request) -> Answer:
        key = str(request.headers["Idempotency-Key"])
        external_id = self._by_key.setdefault(key, f"P{len(self._by_key) + 1:04d}")
        if external_id not in self.cases:
            self.cases[external_id] = json.loads(request.body)
            self.photos[external_id], self.events[external_id] = [], []
        return good({"caseId": external_id})

    def _add(self, request: Request, external_id: str, what: str) -> Answer:
        told = json.loads(request.body) | {"key": request.headers["Idempotency-Key"]}
        held = getattr(self, what).get(external_id)
        if held is None:
            return Answer(404, b'{"message": "no such case"}')
        if all(one["key"] != told["key"] for one in held):
            held.append(told)
        return good({})

    def _page(self, since: str) -> Answer:
        start = int(since or 0)
        items = self.changes[start : start + PAGE]
        return good({"items": items, "next": str(start + len(items))})


def good(data: object) -> Answer:
    """A success, as this platform tells it."""
    return Answer(200, json.dumps({"code": 0, "data": data}).encode())


def broken(status: int = 500) -> Fault:
    """A server's error."""
    return lambda: Answer(status, b'{"message": "inner error"}')


def garbage(body: bytes = b"<html>gateway</html>") -> Fault:
    """A success that makes no sense."""
    return lambda: Answer(200, body)


def failed(code: object = 17) -> Fault:
    """A success that says in its body that it was none."""
    return lambda: Answer(200, json.dumps({"code": code, "message": "no such category"}).encode())


def late(wait_s: float) -> Fault:
    """An answer that nobody waits for."""

    def wait() -> Answer:
        time.sleep(wait_s)
        return good({})

    return wait


@contextmanager
def city_platform() -> Iterator[tuple[CityPlatform, str]]:
    """A platform that listens, and its address."""
    city = CityPlatform()
    with listening(city) as url:
        yield city, url
