"""Log in, log out, change one's password, and see where one is logged in."""

import math
import time
from typing import Annotated

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api import audit
from api.http.problems import Problem, invalid
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.sign_in.accounts import set_password
from api.sign_in.entry import Refused, Shown, confirm_password, sign_in
from api.sign_in.logins import (
    User,
    close_login,
    list_logins,
    login_id,
    needs_factor,
    open_login,
)
from api.sign_in.passwords import LONGEST
from api.sign_in.roles import Role
from api.sign_in.security import (
    Anybody,
    browser_of,
    cookie_of,
    drop_cookie,
    set_cookie,
)
from api.store.tables import Account, Login
from api.workflow.words import Duty

FRESH_S = 300.0
router = APIRouter(tags=["session"], dependencies=[NO_QUERY])
Secret = Annotated[str, Field(max_length=LONGEST)]
Code = Annotated[str, Field(max_length=40, description="of the app, or a recovery code")]


class Credentials(BaseModel):
    """Who wants to log in; `code` where there is a second factor."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"username": "wang", "password": "…", "code": "123456"}]},
    )

    username: Annotated[str, Field(max_length=200)]
    password: Secret
    code: Code | None = None


class PasswordChange(BaseModel):
    """The password until now, and the one from now on."""

    model_config = ConfigDict(extra="forbid")

    old: Secret
    new: Secret


class UserView(BaseModel):
    """Who is logged in, and what they may do and see.

    `lacks_factor`: nothing is open until a second factor is set up or shown. `sso`: they came by
    single sign-on, and need no password here.
    """

    username: str
    role: Role
    duties: list[Duty]
    display_name: str
    sees_cases: bool
    sees_cameras: bool
    lacks_factor: bool
    small_office: bool
    sso: bool


class LoginView(BaseModel):
    """A browser that is logged in; `id` names it, `current` is the one that asks."""

    id: str
    created_s: float
    seen_s: float
    method: str
    address: str
    agent: str
    current: bool


@router.post("/session")
def log_in(body: Credentials, request: Request, response: Response, room: InRoom) -> UserView:
    """Log in with a name, a password and, where there is one, a second factor; sets a cookie."""
    shown = Shown(body.username, body.password, body.code, cookie_of(request))
    try:
        entered = sign_in(room.door, shown, browser_of(request), time.time())
    except Refused as refused:
        raise refusal(refused) from None
    set_cookie(request, response, entered.cookie, room.door.settings.longest_s)
    account, role = entered.account, Role(entered.account.role)
    return UserView(
        username=account.username,
        role=role,
        duties=sorted(role.duties),
        display_name=account.display_name,
        sees_cases=role.sees_cases,
        sees_cameras=role.sees_cameras,
        lacks_factor=needs_factor(account, entered.method, room.door.settings),
        small_office=room.door.settings.small_office,
        sso=False,
    )


@router.get("/session")
def who_am_i(user: Anybody, room: InRoom) -> UserView:
    """Tell who is logged in."""
    return UserView(
        username=user.username,
        role=user.role,
        duties=sorted(user.duties),
        display_name=user.display_name,
        sees_cases=user.sees_cases,
        sees_cameras=user.sees_cameras,
        lacks_factor=user.lacks_factor,
        small_office=room.door.settings.small_office,
        sso=user.who.via == "oidc",
    )


@router.delete("/session", status_code=204)
def log_out(user: Anybody, room: InRoom, request: Request, response: Response) -> None:
    """Log out this browser."""
    if user.login:
        with room.store.writing() as sql:
            close_login(sql, user.login)
            audit.write(sql, audit.Entry(time.time(), user.who, "sign_out", account_of(user)))
    drop_cookie(request, response)


@router.post("/session/password", status_code=204)
def change_password(
    body: PasswordChange, user: Anybody, request: Request, response: Response, room: InRoom
) -> None:
    """Change one's own password; all other browsers are logged out."""
    prove_password(room, user, body.old, request)
    with room.store.writing() as sql:
        account, method = sql.get_one(Account, user.account_id), _method(sql, user)
        try:
            set_password(sql, account, body.new)
        except ValueError as error:
            raise invalid([{"key": "new", "message": str(error)}]) from None
        cookie = open_login(sql, account, time.time(), method, browser_of(request))
        entry = audit.Entry(time.time(), user.who, "account.password", account_of(user))
        audit.write(sql, entry)
    set_cookie(request, response, cookie, room.door.settings.longest_s)


@router.get("/sessions")
def list_sessions(user: Anybody, room: InRoom) -> list[LoginView]:
    """List the browsers in which one is logged in, the last used first."""
    with room.store.reading() as sql:
        return [_login_view(login, user) for login in list_logins(sql, user.account_id)]


@router.delete("/sessions/{session_id}", status_code=204)
def end_session(
    session_id: Annotated[str, Path(max_length=80)], user: Anybody, room: InRoom
) -> None:
    """Log out one of one's own browsers."""
    needs_cookie(user)
    with room.store.writing() as sql:
        own = list_logins(sql, user.account_id)
        found = next((login for login in own if login_id(login) == session_id), None)
        if found is None:
            raise Problem(404, "there is no such session of yours; it may have ended")
        close_login(sql, found.hash)
        entry = audit.Entry(time.time(), user.who, "session.end", account_of(user))
        audit.write(sql, entry)


def refusal(refused: Refused, wrong: int = 401) -> Problem:
    """What is answered to who is not let in."""
    if refused.kind == "throttled":
        after_s = math.ceil(refused.wait_s)
        detail = f"{refused}; try again in {after_s} s"
        return Problem(429, detail, refused.kind, {"Retry-After": str(after_s)})
    return Problem(wrong, str(refused), refused.kind)


def needs_cookie(user: User) -> None:
    """Refuse a token what only its account itself may do."""
    if user.login is None:
        raise Problem(403, "a token cannot do this; log in", "role")


def prove_password(room: Room, user: User, password: str, request: Request) -> None:
    """Make sure that it is the account's owner who sits there.

    Whoever came by single sign-on within the last minutes has just proved it there.
    """
    needs_cookie(user)
    with room.store.reading() as sql:
        account = sql.get_one(Account, user.account_id)
        login = sql.get(Login, user.login)
    if login and login.method.startswith("oidc") and login.created_s > time.time() - FRESH_S:
        return
    try:
        confirm_password(room.door, account, password, browser_of(request), time.time())
    except Refused as refused:
        raise refusal(refused, wrong=403) from None


def account_of(user: User) -> str:
    """What the audit log calls the account of whoever asks."""
    return f"account:{user.username}"


def _method(sql: Session, user: User) -> str:
    login = sql.get(Login, user.login)
    return login.method if login else "password"


def _login_view(login: Login, user: User) -> LoginView:
    return LoginView(
        id=login_id(login),
        created_s=login.created_s,
        seen_s=login.seen_s,
        method=login.method,
        address=login.address,
        agent=login.agent,
        current=login.hash == user.login,
    )
