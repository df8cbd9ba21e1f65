"""Single sign-on: to the identity provider and back, and what the sign-in page has to know."""

import time
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import BaseModel, ConfigDict, Field

from api.http.problems import Problem
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.sign_in.oidc import PENDING_S, Answer, OidcRefused, Pending, Provider
from api.sign_in.security import browser_of, is_https, set_cookie
from api.sign_in.settings import SecretError
from api.sign_in.single_sign_on import enter, note_refusal
from streams.sealing import SealingError

router = APIRouter(tags=["session"])
PENDING_COOKIE = "skyeye_oidc"
PATH = "/api/oidc"
PURPOSE = "single sign-on"


class SignInWays(BaseModel):
    """How one can sign in; `sso` is what to call single sign-on, null where there is none."""

    sso: str | None


class CallbackQuery(BaseModel):
    """What the provider sends along; what else it may send is ignored."""

    model_config = ConfigDict(extra="ignore")

    state: Annotated[str, Field(max_length=200)] = ""
    code: Annotated[str, Field(max_length=4000)] | None = None
    error: Annotated[str, Field(max_length=200)] | None = None
    iss: Annotated[str, Field(max_length=400)] | None = None


@router.get("/sign-in", dependencies=[NO_QUERY])
def ways(room: InRoom) -> SignInWays:
    """Tell how one can sign in; needs no login."""
    return SignInWays(sso=room.door.sso.settings.label if room.door.sso else None)


@router.get(
    "/oidc/start", dependencies=[NO_QUERY], response_class=RedirectResponse, status_code=302
)
def start(request: Request, room: InRoom) -> Response:
    """Send the browser to the identity provider."""
    try:
        url, pending = _provider(room).begin()
        kept = room.door.seals.seal(pending.to_text(), PURPOSE)
    except (OidcRefused, SealingError) as refused:
        return _back(room, request, refused)
    response = RedirectResponse(url, 302)
    response.set_cookie(
        PENDING_COOKIE,
        kept,
        max_age=int(PENDING_S),
        path=PATH,
        secure=is_https(request),
        httponly=True,
        samesite="lax",  # strict would keep it back: the browser comes from another site
    )
    return response


@router.get("/oidc/callback", response_class=RedirectResponse, status_code=302)
def callback(query: Annotated[CallbackQuery, Query()], request: Request, room: InRoom) -> Response:
    """Take the provider's answer, log the browser in, and show it the desk."""
    provider, browser = _provider(room), browser_of(request)
    answer = Answer(query.state, query.code, query.error, query.iss)
    try:
        claims = provider.finish(_pending(room, request), answer)
        cookie = enter(room.door, provider.settings, claims, browser, time.time())
    except (OidcRefused, SecretError) as refused:
        return _back(room, request, refused)
    response = RedirectResponse("/", 302)
    response.delete_cookie(PENDING_COOKIE, path=PATH)
    set_cookie(request, response, cookie, room.door.settings.longest_s)
    return response


def _provider(room: Room) -> Provider:
    if room.door.sso is None:
        raise Problem(404, "single sign-on is not set up here")
    return room.door.sso


def _pending(room: Room, request: Request) -> Pending:
    try:
        text = room.door.seals.open(request.cookies.get(PENDING_COOKIE, ""), PURPOSE)
    except SealingError:
        raise OidcRefused("state", "this browser has begun no sign-in, or long ago") from None
    return Pending.from_text(text)


def _back(room: Room, request: Request, refused: Exception) -> Response:
    """Back to the sign-in page, which says why nobody was let in."""
    told = refused if isinstance(refused, OidcRefused) else OidcRefused("provider", str(refused))
    note_refusal(room.door, told, browser_of(request), time.time())
    response = RedirectResponse(f"/?sso={told.kind}", 302)
    response.delete_cookie(PENDING_COOKIE, path=PATH)
    return response
