"""Who may ask what: cookies, tokens, duties, and the guard against forged requests."""

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer

from api.http.problems import Problem
from api.room import InRoom, Room
from api.sign_in.logins import Browser, User, user_of_cookie, user_of_token
from api.workflow.rules import RULES
from api.workflow.words import Duty

COOKIE = "skyeye_session"
HOST_COOKIE = "__Host-skyeye_session"
"""Its name over https: browsers take it from this very host only, and only with Secure."""
PROOF_HEADER = "X-Skyeye"
"""Another site can make a browser send our cookie, but not this header."""
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
CASEWORK = frozenset().union(*(rule.duties for rule in RULES.values()))

_BEARER = HTTPBearer(auto_error=False, description="a token of POST /api/tokens")
_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, description="from POST /api/session")


def _anybody(
    request: Request,
    room: InRoom,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
    _cookie: Annotated[str | None, Depends(_COOKIE)],
) -> User:
    """Who is asking; raises 401 where nobody is known, 403 for what may be a forged request."""
    user, settings, now_s = None, room.door.settings, time.time()
    if bearer:
        user = user_of_token(room.store, bearer.credentials, now_s, settings)
    elif cookie := cookie_of(request):
        user = user_of_cookie(room.store, cookie, now_s, settings)
        if user and request.method not in SAFE_METHODS:
            check_origin(request)
    if user is None:
        raise Problem(401, "log in first", "login", {"WWW-Authenticate": "Bearer"})
    return replace(user, who=replace(user.who, address=address_of(request)))


def check_origin(request: Request) -> None:
    """Refuse a change that another site may have made a browser ask for."""
    if PROOF_HEADER not in request.headers:
        raise Problem(403, f"send the header {PROOF_HEADER}: 1 with a change", "forged")
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None:  # the browser's own word, right also where a proxy changes Host
        is_ours = site in ("same-origin", "none")
    else:
        is_ours = origin is None or urlsplit(origin).netloc == request.headers.get("Host")
    if not is_ours:
        raise Problem(403, "this change comes from a page of another site", "forged")


def address_of(request: Request) -> str:
    """The network address of whoever asks, "" where it is not known."""
    return request.client.host if request.client else ""


def browser_of(request: Request) -> Browser:
    """Where a request comes from."""
    return Browser(address_of(request), request.headers.get("User-Agent", ""))


def cookie_of(request: Request) -> str | None:
    """The cookie that was sent; over https only the one that no other host can have set."""
    return request.cookies.get(_cookie_name(request))


def set_cookie(request: Request, response: Response, cookie: str, longest_s: float) -> None:
    """Let the browser keep a cookie.

    Strict: no other site's page, link or form sends it; the desk's first page needs none, so that
    a link from elsewhere works all the same.
    """
    response.set_cookie(
        _cookie_name(request),
        cookie,
        max_age=int(longest_s),
        path="/",
        secure=is_https(request),
        httponly=True,
        samesite="strict",
    )


def drop_cookie(request: Request, response: Response) -> None:
    """Let the browser forget the cookie."""
    response.delete_cookie(
        _cookie_name(request), path="/", secure=is_https(request), httponly=True, samesite="strict"
    )


def is_https(request: Request) -> bool:
    """Whether the browser asked over https, as the server or the proxy before it says."""
    return request.url.scheme == "https"


def _cookie_name(request: Request) -> str:
    return HOST_COOKIE if is_https(request) else COOKIE


Anybody = Annotated[User, Depends(_anybody)]
"""Whoever is logged in, also without the second factor that their role wants."""


def _user(user: Anybody) -> User:
    """Who is asking; raises 403 for somebody whose role wants a second factor first."""
    if user.lacks_factor:
        raise Problem(
            403, f"the role {user.role} needs a second factor: set it up, then go on", "factor"
        )
    return user


AnyUser = Annotated[User, Depends(_user)]
"""Whoever is logged in: for what tells nothing of cases, cameras, accounts or the log."""


def _with(allows: Callable[[User], bool], what: str) -> Callable[[Request, User, Room], User]:
    def check(request: Request, user: AnyUser, room: InRoom) -> User:
        if not allows(user):
            asked = f"{request.method} {_route(request)}"
            room.door.denials.note(room.store, user.who, asked, time.time())
            raise Problem(403, f"this takes {what}; yours is {user.role}", "role")
        return user

    return check


def _has(*needed: Duty) -> Callable[[Request, User, Room], User]:
    duties = " or ".join(sorted(needed))
    return _with(lambda user: bool(user.duties & set(needed)), f"the duty {duties}")


def _route(request: Request) -> str:
    """The path with its parts' names in place of what was asked for."""
    names = {str(value): f"{{{name}}}" for name, value in request.path_params.items()}
    return "/".join(names.get(part, part) for part in request.scope["path"].split("/"))


CaseReader = Annotated[
    User, Depends(_with(lambda user: user.sees_cases, "a role or token that may look at cases"))
]
"""Somebody who may look at cases and their evidence."""
CameraReader = Annotated[
    User, Depends(_with(lambda user: user.sees_cameras, "a role or token that may look at cameras"))
]
"""Somebody who may look at cameras and what they see."""
Caseworker = Annotated[User, Depends(_has(*CASEWORK))]
"""Somebody who does something to cases; the workflow says what, and in which state."""
PermitKeeper = Annotated[User, Depends(_has(Duty.DISPATCHER, Duty.LEGAL))]
"""Somebody who grants permits and takes them back."""
Dispatcher = Annotated[User, Depends(_has(Duty.DISPATCHER))]
"""Somebody who dispatches cases, and settles what platforms tell of them."""
CameraAdmin = Annotated[User, Depends(_has(Duty.CAMERA_ADMIN))]
"""Somebody who sets up cameras."""
LegalOfficer = Annotated[User, Depends(_has(Duty.LEGAL, Duty.ADMIN))]
"""Somebody who holds evidence for a dispute."""
LooksReader = Annotated[User, Depends(_has(Duty.LEGAL, Duty.AUDITOR))]
"""Somebody who sees who looked at originals."""
SystemAdmin = Annotated[User, Depends(_has(Duty.SYSTEM_ADMIN))]
"""The system administrator: settings of the site, what is sent to other systems."""
SecurityAdmin = Annotated[User, Depends(_has(Duty.SECURITY_ADMIN))]
"""The security administrator: accounts and roles."""
Auditor = Annotated[User, Depends(_has(Duty.AUDITOR))]
"""The audit administrator: reads the audit log."""
