"""Push to a view library after GA/T 1400: register with digest authentication, keep alive, push.

Not confirmed: see `api.outbound.viid_objects`; also that 401 to a push means "register anew".
"""

import json
from typing import Any

import httpx

from api.outbound.events import Event
from api.outbound.guard import Reach, guarded_client
from api.outbound.http_answers import ask, check_answer
from api.outbound.photos import Pictures
from api.outbound.sender import Choice, Refused, Undelivered
from api.outbound.settings import ViidSettings
from api.outbound.viid_objects import body, kind_of
from api.workflow.words import Action

CONTENT_TYPE = "application/VIID+JSON;charset=utf-8"
FILED_ONLY = frozenset({Action.FILE.value})
OK = 0
BUSY = frozenset({2, 3, 9})
"""Device busy, device error, rebooting: later it may work."""


class Viid:
    """Pushes to one view library: what was filed, unless other actions are chosen. See Sender."""

    def __init__(
        self, settings: ViidSettings, password: str, reach: Reach, pictures: Pictures
    ) -> None:
        self._settings = settings
        self._pictures = pictures
        self._choice = Choice(frozenset(settings.actions) or FILED_ONLY, frozenset(settings.kinds))
        self._client = guarded_client(reach, settings.timeout_s)
        self._client.auth = httpx.DigestAuth(settings.username, password)
        self._registered = False

    def wants(self, event: Event) -> bool:
        """See Sender."""
        return self._choice.takes(event)

    def send(self, event: Event, _now_s: float) -> None:
        """See Sender."""
        self._register()
        pictures = list(self._pictures.of(event.case))
        path = kind_of(event).path
        self._post(path, body(event, self._settings.device_id, pictures))

    def idle(self, _now_s: float) -> float:
        """Stay registered."""
        self._register()
        told = {"KeepaliveObject": {"DeviceID": self._settings.device_id}}
        self._post("/VIID/System/Keepalive", told)
        return self._settings.keepalive_s

    def close(self) -> None:
        """See Sender."""
        self._client.close()

    def _register(self) -> None:
        if self._registered:
            return
        told = {"RegisterObject": {"DeviceID": self._settings.device_id}}
        try:
            self._post("/VIID/System/Register", told)
        except Refused as error:  # it is about us, not about an event
            raise Undelivered(f"it does not register {self._settings.device_id}: {error}") from None
        self._registered = True

    def _post(self, path: str, told: dict[str, Any]) -> None:
        headers = {
            "Content-Type": CONTENT_TYPE,
            "Accept": "application/VIID+JSON, application/json",
            "User-Identify": self._settings.device_id,
        }
        url = self._settings.url.rstrip("/") + path
        content = json.dumps(told, ensure_ascii=False).encode()
        request = self._client.build_request("POST", url, content=content, headers=headers)
        try:
            response = ask(self._client, request, self._settings.timeout_s)
            check_answer(response)
        except Undelivered:
            self._registered = False  # it may have forgotten us
            raise
        self._check_statuses(response)

    def _check_statuses(self, response: httpx.Response) -> None:
        """Raise what the answer says of each object."""
        try:
            answer: object = json.loads(response.content)
        except (ValueError, RecursionError):
            raise Undelivered(f"its answer is no JSON: {response.text[:80]!r}") from None
        found = statuses(answer)
        if not found:
            raise Undelivered(f"its answer has no ResponseStatusObject: {str(answer)[:80]}")
        for code, text in found:
            if code in BUSY:
                raise Undelivered(f"it answered status {code} {text}".strip())
            if code != OK:
                raise Refused(f"it answered status {code} {text}".strip())


def statuses(answer: object) -> list[tuple[int, str]]:
    """Code and text of each status in an answer, which has one or a list of them."""
    if not isinstance(answer, dict):
        return []
    inner = answer.get("ResponseStatusListObject", answer)
    found = inner.get("ResponseStatusObject") if isinstance(inner, dict) else None
    told = []
    for one in found if isinstance(found, list) else [found]:
        if not isinstance(one, dict):
            return []
        code = one.get("StatusCode")
        if isinstance(code, str) and code.isascii() and code.isdigit():
            code = int(code[:9])
        if isinstance(code, bool) or not isinstance(code, int):
            return []
        told.append((code, str(one.get("StatusString", ""))[:80]))
    return told
