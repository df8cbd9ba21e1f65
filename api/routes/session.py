"""Log in, log out, change one's password."""

import math
import time
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from api.problems import Problem, invalid
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.security import COOKIE, AnyUser
from api.sign_in.accounts import Role, find_account, set_password
from api.sign_in.logins import LONGEST_S, User, close_login, open_login
from api.sign_in.passwords import LONGEST, is_password
from api.tables import Account
from api.workflow.words import Duty

FREE_ATTEMPTS_PER_HOST = 30
"""An office may share one address, so it has more attempts than one name from it."""
router = APIRouter(prefix="/session", tags=["session"], dependencies=[NO_QUERY])
Secret = Annotated[str, Field(max_length=LONGEST)]


class Credentials(BaseModel):
    """Who wants to log in."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(max_length=200)]
    password: Secret


class PasswordChange(BaseModel):
    """The password until now, and the one from now on."""

    model_config = ConfigDict(extra="forbid")

    old: Secret
    new: Secret


class UserView(BaseModel):
    """Who is logged in."""

    username: str
    role: Role
    duties: list[Duty]
    display_name: str


@router.post("")
def log_in(body: Credentials, request: Request, response: Response, room: InRoom) -> UserView:
    """Log in with a name and a password; the answer sets a cookie."""
    account = _check(request, room, body.username, body.password)
    with room.store.writing() as sql:
        cookie = open_login(sql, account, time.time())
    _set_cookie(request, response, cookie)
    return _view(account.username, Role(account.role), account.display_name)


@router.get("")
def who_am_i(user: AnyUser) -> UserView:
    """Tell who is logged in."""
    return _view(user.username, user.role, user.display_name)


@router.delete("", status_code=204)
def log_out(user: AnyUser, room: InRoom, response: Response) -> None:
    """Log out this browser."""
    if user.login:
        with room.store.writing() as sql:
            close_login(sql, user.login)
    response.delete_cookie(COOKIE, path="/")


@router.post("/password", status_code=204)
def change_password(
    body: PasswordChange, user: AnyUser, request: Request, response: Response, room: InRoom
) -> None:
    """Change one's own password; all other browsers are logged out."""
    if user.login is None:
        raise Problem(403, "a token cannot change a password; log in", "role")
    _check(request, room, user.username, body.old, wrong=403)
    with room.store.writing() as sql:
        cookie = _change(sql, user, body.new)
    _set_cookie(request, response, cookie)


def _view(username: str, role: Role, display_name: str) -> UserView:
    duties = sorted(role.duties)
    return UserView(username=username, role=role, duties=duties, display_name=display_name)


def _change(sql: Session, user: User, new: str) -> str:
    account = sql.get_one(Account, user.account_id)
    try:
        set_password(sql, account, new)
    except ValueError as error:
        raise invalid([{"key": "new", "message": str(error)}]) from None
    return open_login(sql, account, time.time())


def _check(request: Request, room: Room, username: str, password: str, wrong: int = 401) -> Account:
    """The account of a name and its password; raises 401 (or `wrong`), 429 for too many tries."""
    host = request.client.host if request.client else ""
    one, many = f"{host} {username.casefold()}", host
    wait_s = max(room.throttle.wait_s(one), room.throttle.wait_s(many, FREE_ATTEMPTS_PER_HOST))
    if wait_s > 0:
        after_s = math.ceil(wait_s)
        detail = f"too many wrong passwords; try again in {after_s} s"
        raise Problem(429, detail, "throttled", {"Retry-After": str(after_s)})
    account = _find(room, username)
    if not is_password(password, account.password_hash if account else None) or account is None:
        for key in (one, many):
            room.throttle.failed(key)
        raise Problem(wrong, "the user name or the password is wrong", "credentials")
    room.throttle.succeeded(one)
    return account


def _find(room: Room, username: str) -> Account | None:
    """The account of that name if it may log in."""
    try:
        with room.store.reading() as sql:
            account = find_account(sql, username)
    except ValueError:  # not a name that an account could have
        return None
    return account if account and account.disabled_s is None else None


def _set_cookie(request: Request, response: Response, cookie: str) -> None:
    response.set_cookie(
        COOKIE,
        cookie,
        max_age=int(LONGEST_S),
        path="/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
