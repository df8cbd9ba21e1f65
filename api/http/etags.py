"""A tag for every JSON document that is read, so that asking again costs nothing if it is the same.

The tag (RFC 9110, section 8.8.3) is a hash of the answer. Where the route names a version, as those
of cases do, it comes first: `"3-0c41…"`. The version alone is what If-Match needs.
"""

import hashlib

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

JSON = "application/json"
DIGITS = 20


class EntityTags:
    """Gives JSON answers below /api/ their ETag, and answers 304 to whoever has it already."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_read = scope["type"] == "http" and scope["method"] == "GET"
        if is_read and scope["path"].startswith("/api/"):
            known = Headers(scope=scope).get("If-None-Match", "")
            tagging = _Tagging(known, scope, receive, send)
            await self._app(scope, receive, tagging.send)
        else:
            await self._app(scope, receive, send)


class _Tagging:
    """Holds one answer back until it is whole, if it is a JSON document."""

    def __init__(self, known: str, scope: Scope, receive: Receive, send: Send) -> None:
        self._known = {tag.strip().removeprefix("W/") for tag in known.split(",")}
        self._scope, self._receive, self._send = scope, receive, send
        self._start: Message | None = None
        self._body = bytearray()

    async def send(self, message: Message) -> None:
        """Take a message of the answer."""
        if message["type"] == "http.response.start" and _is_document(message):
            self._start = message
        elif self._start is None:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._end(self._start)

    async def _end(self, start: Message) -> None:
        headers = MutableHeaders(scope=start)
        version = headers.get("ETag", "").strip('"')
        digest = hashlib.sha256(self._body).hexdigest()[:DIGITS]
        headers["ETag"] = f'"{version}-{digest}"' if version else f'"{digest}"'
        if self._known & {headers["ETag"], "*"}:
            not_modified = Response(status_code=304, headers={"ETag": headers["ETag"]})
            await not_modified(self._scope, self._receive, self._send)
            return
        await self._send(start)
        await self._send({"type": "http.response.body", "body": bytes(self._body)})


def _is_document(start: Message) -> bool:
    return start["status"] == 200 and Headers(raw=start["headers"]).get("Content-Type") == JSON


def read_version(if_match: str) -> int | None:
    """The version that a tag of a case begins with; None for what is none of ours."""
    text = if_match.strip().removeprefix("W/").strip('"').partition("-")[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
