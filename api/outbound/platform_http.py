"""A city platform over HTTP and JSON, spoken to as a mapping says."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urljoin

import httpx

from api.cameras import list_cameras
from api.codes.tables import CodeBook
from api.outbound.events import Event, event_body
from api.outbound.guard import Reach, guarded_client
from api.outbound.http_answers import ask, check_answer
from api.outbound.mapping import Mapping_, RequestPart, dig, fill, is_success
from api.outbound.photos import Photo
from api.outbound.platform import News, PhotoRef
from api.outbound.reading import read_news
from api.outbound.sender import Refused, Undelivered
from api.outbound.settings import PlatformSettings
from api.practice import Practice
from streams.bus import Bus

LARGEST_PICTURE_BYTES = 10 * 1024 * 1024
LONGEST_ID = 120


class HttpPlatform:
    """See Platform; `token`, if there is one, is shown to the platform's own host only."""

    def __init__(
        self,
        settings: PlatformSettings,
        mapping: Mapping_,
        token: str,
        reach: Reach,
        practice: Practice,
        bus: Bus,
    ) -> None:
        self._settings = settings
        self._mapping = mapping
        self._token = token
        self._book = practice.book
        if mapping.codes.scheme not in self._book.tables:
            raise ValueError(f"codes.scheme: there is no code table {mapping.codes.scheme!r}")
        if not (token + mapping.token_prefix).isascii() or not token.isprintable():
            raise ValueError("the token has signs that no header can have: enter it anew")
        self._bus = bus
        self._client = guarded_client(reach, settings.timeout_s)

    def push(self, event: Event, key: str) -> str:
        """See Platform."""
        mapping = self._mapping
        answer = self._send(mapping.push, self._document(event), key)
        found = dig(answer, mapping.push.external_id)
        text = str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""
        if not text or len(text) > LONGEST_ID or not text.isprintable():
            where = mapping.push.external_id
            raise Undelivered(f"its answer has no case id at {where}: {_short(answer)}")
        return text

    def attach(self, external_id: str, photo: Photo, key: str) -> None:
        """See Platform."""
        if self._mapping.attach is not None:
            document = {"photo": photo.document("before"), "external_id": external_id}
            self._send(self._mapping.attach, document, key, external_id)

    def tell(self, external_id: str, event: Event) -> None:
        """See Platform."""
        if self._mapping.tell is not None:
            self._send(self._mapping.tell, self._document(event), event.id, external_id)

    def changes(self, cursor: str) -> tuple[Sequence[News], str]:
        """See Platform."""
        pull = self._mapping.pull
        if pull is None:
            return (), cursor
        path = pull.path.replace("{cursor}", quote(cursor, safe=""))
        answer = self._ask(self._request("GET", path, None, None))
        items, following = dig(answer, pull.items), dig(answer, pull.next)
        if not isinstance(items, list):
            raise Undelivered(f"its answer has no list at {pull.items}: {_short(answer)}")
        if isinstance(following, bool) or not isinstance(following, str | int):
            raise Undelivered(f"its answer has no cursor at {pull.next}: {_short(answer)}")
        return [read_news(item, self._mapping) for item in items], str(following)[:400]

    def picture(self, ref: PhotoRef) -> bytes:
        """See Platform; addresses may be relative to the platform's."""
        if ref.base64 is not None:
            try:
                return base64.b64decode(ref.base64, validate=True)
            except (binascii.Error, ValueError):
                raise Refused("it is not base64") from None
        url = urljoin(self._settings.url, ref.url or "")
        try:
            own = httpx.URL(url).netloc == httpx.URL(self._settings.url).netloc
            headers = self._identity() if own else {}
            request = self._client.build_request("GET", url, headers=headers)
        except (httpx.InvalidURL, ValueError, TypeError):
            raise Refused(f"{url[:80]!r} is no address") from None
        response = ask(self._client, request, self._settings.timeout_s, LARGEST_PICTURE_BYTES)
        check_answer(response)
        return response.content

    def close(self) -> None:
        """See Platform."""
        self._client.close()

    def _send(
        self, part: RequestPart, document: Mapping[str, Any], key: str, external_id: str = ""
    ) -> object:
        body = fill(part.fields, document, self._mapping.timezone)
        path = part.path.replace("{external_id}", quote(external_id, safe=""))
        return self._ask(self._request(part.method, path, body, key))

    def _request(
        self, method: str, path: str, body: dict[str, Any] | None, key: str | None
    ) -> httpx.Request:
        headers = self._identity() | {"Accept": "application/json"}
        if key is not None:
            headers["Idempotency-Key"] = quote(key, safe="")
        url = self._settings.url.rstrip("/") + path
        return self._client.build_request(method, url, json=body, headers=headers)

    def _ask(self, request: httpx.Request) -> object:
        """The answer as JSON, if it says that it worked."""
        response = ask(self._client, request, self._settings.timeout_s)
        check_answer(response)
        try:
            answer: object = json.loads(response.content)
        except (ValueError, RecursionError):
            raise Undelivered(f"its answer is no JSON: {response.text[:80]!r}") from None
        if not is_success(self._mapping.success, answer):
            raise Refused(f"it says that it did not work: {_short(answer)}")
        return answer

    def _identity(self) -> dict[str, str]:
        if not self._token:
            return {}
        return {self._mapping.token_header: self._mapping.token_prefix + self._token}

    def _document(self, event: Event) -> dict[str, Any]:
        """What a mapping can send: the event's body, the code, and where the camera is."""
        body = event_body(event)
        scheme, code = self._code(event)
        return {
            **body["data"],
            "id": event.id,
            "scheme": scheme,
            "code": code,
            "camera": _camera(self._bus, event.case.camera_id, event.case.camera_name),
            "description": f"{event.case.camera_name} {event.case.zone}",
        }

    def _code(self, event: Event) -> tuple[str | None, str | None]:
        return code_of(self._book, self._mapping, event)


def code_of(book: CodeBook, mapping: Mapping_, event: Event) -> tuple[str | None, str | None]:
    """Scheme and code of a case as the platform calls them, None where its table has none."""
    scheme = mapping.codes.scheme
    found = book.find_in(scheme, event.case.kind)
    if found is None:
        return None, None
    return scheme, mapping.codes.names.get(found.text, found.text)


def _camera(bus: Bus, camera_id: str, name: str) -> dict[str, Any]:
    keys = ("location", "device_number", "latitude", "longitude")
    found = next((one.camera for one in list_cameras(bus) if one.id == camera_id), None)
    known = {key: getattr(found, key) for key in keys} if found else dict.fromkeys(keys)
    return known | {"id": camera_id, "name": name}


def _short(answer: object) -> str:
    text = json.dumps(answer, ensure_ascii=False)
    return re.sub(r"[\x00-\x1f\ud800-\udfff]", "?", text)[:120]
