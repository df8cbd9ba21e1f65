"""Who may ask what: cookies, tokens, roles, the guard against forged requests, headers."""

import time
from dataclasses import replace
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem
from api.room import InRoom
from api.sign_in.logins import User, user_of_cookie, user_of_token
from api.workflow.rules import RULES
from api.workflow.words import Duty

COOKIE = "skyeye_session"
PROOF_HEADER = "X-Skyeye"
"""Another site can make a browser send our cookie, but not this header."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' blob: data:; "
        "media-src 'self' blob: data:; font-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


_BEARER = HTTPBearer(auto_error=False, description="a token of `skyeye accounts token`")
_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, description="from POST /api/session")


def _user(
    request: Request,
    room: InRoom,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    cookie: Annotated[str | None, Depends(_COOKIE)],
) -> User:
    """Who is asking; raises 401 where nobody is known, 403 for what may be a forged request."""
    user = None
    if bearer:
        user = user_of_token(room.store, bearer.credentials)
    elif cookie:
        user = user_of_cookie(room.store, cookie, time.time())
        if user and request.method not in SAFE_METHODS and PROOF_HEADER not in request.headers:
            raise Problem(403, f"send the header {PROOF_HEADER}: 1 with a change", "forged")
    if user is None:
        raise Problem(401, "log in first", "login", {"WWW-Authenticate": "Bearer"})
    return replace(user, who=replace(user.who, address=address_of(request)))


def address_of(request: Request) -> str:
    """The network address of whoever asks, "" where it is not known."""
    return request.client.host if request.client else ""


AnyUser = Annotated[User, Depends(_user)]


CASEWORK = frozenset().union(*(rule.duties for rule in RULES.values()))


def _caseworker(user: AnyUser) -> User:
    return _with_duty(user, CASEWORK)


def _camera_admin(user: AnyUser) -> User:
    return _with_duty(user, frozenset({Duty.CAMERA_ADMIN}))


def _with_duty(user: User, needed: frozenset[Duty]) -> User:
    if not user.role.duties & needed:
        duties = " or ".join(sorted(needed))
        raise Problem(403, f"this takes the duty {duties}; yours is {user.role}", "role")
    return user


Caseworker = Annotated[User, Depends(_caseworker)]
"""Somebody who does something to cases; the workflow says what, and in which state."""
CameraAdmin = Annotated[User, Depends(_camera_admin)]


class CarefulHeaders:
    """Adds the headers that keep a browser careful, and say what it may keep."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", _keeping(scope["path"], message["status"]))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _keeping(path: str, status: int) -> str:
    """What a browser may keep: the desk's assets, as their names change with their contents."""
    if path.startswith("/assets/") and status in (200, 304):
        return "public, max-age=31536000, immutable"
    return "no-store" if path.startswith("/api/") else "no-cache"
