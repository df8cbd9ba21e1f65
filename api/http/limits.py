"""Refuse request bodies that are larger, and paths that are odder, than anything this API takes."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.problems import Problem, respond

LARGEST_BODY_BYTES = 1024 * 1024


class BodyLimit:
    """Answers 413 to a body that is too large, announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        received_bytes = 0

        async def receive_some() -> Message:
            nonlocal received_bytes
            message = await receive()
            received_bytes += len(message.get("body", b""))
            if received_bytes > LARGEST_BODY_BYTES:
                raise _too_large()
            return message

        if scope["type"] == "http" and _announced_bytes(scope) > LARGEST_BODY_BYTES:
            await respond(_too_large())(scope, receive, send)
        else:
            await self._app(scope, receive_some, send)


class PathLimit:
    """Answers 404 to a path with a zero character: no name that is kept anywhere has one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and "\0" in scope["path"]:
            await respond(Problem(404, "there is nothing of that name"))(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _announced_bytes(scope: Scope) -> int:
    text = dict(scope["headers"]).get(b"content-length", b"0")
    return int(text) if text.isdigit() and len(text) < 19 else 0


def _too_large() -> Problem:
    return Problem(413, f"a request may have {LARGEST_BODY_BYTES} bytes at most", "too_large")
