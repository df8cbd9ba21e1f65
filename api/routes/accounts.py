"""Accounts and roles, for the security administrator."""

import time
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from api import audit
from api.http.problems import Problem, invalid
from api.http.texts import Text
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.routes.tokens import TokenView, token_view
from api.sign_in import lockout, second_factor
from api.sign_in.accounts import (
    add_account,
    change_role,
    disable_account,
    enable_account,
    find_account,
    reset_password,
)
from api.sign_in.logins import User
from api.sign_in.roles import ROLE_TITLES, Role
from api.sign_in.security import AnyUser, SecurityAdmin
from api.sign_in.single_sign_on import link
from api.sign_in.tables import SecondFactor
from api.sign_in.tokens import list_tokens, revoke_token
from api.store.tables import Account, Login
from api.workflow.words import Duty

router = APIRouter(tags=["accounts"], dependencies=[NO_QUERY])
Name = Annotated[Text, Path(max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAccount(_Body):
    """An account to make."""

    username: Annotated[Text, Field(min_length=1, max_length=64)]
    role: Role
    display_name: Annotated[Text, Field(max_length=64)] = ""


class AccountChange(_Body):
    """What to change; what is left out stays."""

    role: Role | None = None
    display_name: Annotated[Text, Field(min_length=1, max_length=64)] | None = None
    disabled: bool | None = None


class NewIdentity(_Body):
    """Whom the identity provider means: the `sub` of their ID token."""

    subject: Annotated[Text, Field(min_length=1, max_length=255)]


class AccountView(BaseModel):
    """An account; `locked_for_s` is how long nobody can sign in to it after too many failures."""

    username: str
    display_name: str
    role: Role
    created_s: float
    disabled_s: float | None
    second_factor: bool
    second_factor_wanted: bool
    locked_for_s: float
    tokens: list[TokenView]


class NewPassword(BaseModel):
    """A password to hand out; it is not shown again."""

    username: str
    password: str


class RoleTitle(BaseModel):
    """A name in both languages."""

    zh: str
    en: str


class RoleView(BaseModel):
    """A role, what it does and sees; `granted_here`: whether this site gives it to anybody."""

    name: Role
    title: RoleTitle
    duties: list[Duty]
    sees_cases: bool
    sees_cameras: bool
    second_factor_wanted: bool
    granted_here: bool


@router.get("/roles")
def list_roles(_user: AnyUser, room: InRoom) -> list[RoleView]:
    """List the roles and what each may."""
    settings = room.door.settings
    return [
        RoleView(
            name=role,
            title=RoleTitle(zh=ROLE_TITLES[role].zh, en=ROLE_TITLES[role].en),
            duties=sorted(role.duties),
            sees_cases=role.sees_cases,
            sees_cameras=role.sees_cameras,
            second_factor_wanted=role in settings.second_factor,
            granted_here=settings.may_be(role),
        )
        for role in Role
    ]


@router.get("/accounts")
def list_accounts(_user: SecurityAdmin, room: InRoom) -> list[AccountView]:
    """List all accounts, disabled ones included."""
    with room.store.reading() as sql:
        rows = sql.scalars(select(Account).order_by(Account.username)).all()
        return [_view(sql, room, account) for account in rows]


@router.post("/accounts", status_code=201)
def add(body: NewAccount, user: SecurityAdmin, room: InRoom) -> NewPassword:
    """Make an account; the answer has its password, once."""
    _check_role(room, body.role)
    with room.store.writing() as sql:
        try:
            password = add_account(sql, body.username, body.role, time.time(), body.display_name)
        except ValueError as error:
            raise invalid([{"key": "username", "message": str(error)}]) from None
        sql.flush()
        account = _get(sql, body.username)
        _note(sql, user, "account.add", account, role=body.role.value)
        return NewPassword(username=account.username, password=password)


@router.patch("/accounts/{username}")
def change(username: Name, body: AccountChange, user: SecurityAdmin, room: InRoom) -> AccountView:
    """Change an account's role or name, disable it, or let it in again; never one's own role."""
    if body.role:
        _check_role(room, body.role)
    with room.store.writing() as sql:
        account = _get(sql, username)
        if account.id == user.account_id and (body.role or body.disabled):
            raise Problem(409, "nobody changes or disables their own account", "not_possible")
        try:
            _apply(sql, account, body)
        except ValueError as error:
            raise Problem(409, str(error), "not_possible") from None
        sql.flush()
        view = _view(sql, room, account)
        told = {key: str(value) for key, value in body.model_dump(exclude_none=True).items()}
        _note(sql, user, "account.change", account, **told)
        return view


@router.post("/accounts/{username}/password")
def reset(username: Name, user: SecurityAdmin, room: InRoom) -> NewPassword:
    """Give an account a new random password to hand out, and log it out everywhere."""
    with room.store.writing() as sql:
        account = _not_own(_get(sql, username), user)
        password = reset_password(sql, account)
        _note(sql, user, "account.password", account)
        return NewPassword(username=account.username, password=password)


@router.post("/accounts/{username}/unlock", status_code=204)
def unlock(username: Name, user: SecurityAdmin, room: InRoom) -> None:
    """Let an account in again that was locked after too many failures."""
    _do(room, user, username, "account.unlock", lambda sql, a: lockout.unlock(sql, a.username))


@router.delete("/accounts/{username}/second-factor", status_code=204)
def remove_factor(username: Name, user: SecurityAdmin, room: InRoom) -> None:
    """Take away the second factor of somebody who has lost it; they are logged out everywhere."""

    def work(sql: Session, account: Account) -> None:
        second_factor.remove(sql, _not_own(account, user).id)
        _log_out(sql, account)

    _do(room, user, username, "second_factor.remove", work)


@router.put("/accounts/{username}/identity", status_code=204)
def link_identity(username: Name, body: NewIdentity, user: SecurityAdmin, room: InRoom) -> None:
    """Let somebody sign in to this account whom the identity provider calls `subject`."""
    sso = room.door.sso

    def work(sql: Session, account: Account) -> None:
        if sso is None:
            raise Problem(409, "single sign-on is not set up here", "not_possible")
        try:
            link(sql, sso.settings.issuer, body.subject, account, time.time())
        except ValueError as error:
            raise Problem(409, str(error), "not_possible") from None

    _do(room, user, username, "account.identity", work, subject=body.subject)


@router.delete("/accounts/{username}/sessions", status_code=204)
def end_sessions(username: Name, user: SecurityAdmin, room: InRoom) -> None:
    """Log an account out everywhere."""
    _do(room, user, username, "session.end", _log_out)


@router.delete("/accounts/{username}/tokens/{name}", status_code=204)
def revoke(username: Name, name: Name, user: SecurityAdmin, room: InRoom) -> None:
    """Take a token of somebody away."""

    def work(sql: Session, account: Account) -> None:
        if not revoke_token(sql, account.id, name):
            raise Problem(404, f"{account.username} has no token {name[:80]!r}")

    _do(room, user, username, "token.revoke", work, token=name)


def _do(
    room: Room,
    user: User,
    username: str,
    action: str,
    work: Callable[[Session, Account], object],
    **more: str,
) -> None:
    with room.store.writing() as sql:
        account = _get(sql, username)
        work(sql, account)
        _note(sql, user, action, account, **more)


def _apply(sql: Session, account: Account, body: AccountChange) -> None:
    if body.display_name:
        account.display_name = body.display_name.strip() or account.username
    if body.role and body.role != account.role:
        change_role(sql, account, body.role)
    if body.disabled and account.disabled_s is None:
        disable_account(sql, account, time.time())
    elif body.disabled is False:
        enable_account(account)


def _not_own(account: Account, user: User) -> Account:
    """Refuse a short cut round what one's own password and second factor take."""
    if account.id == user.account_id:
        raise Problem(409, "change your own under your account, with your password", "not_possible")
    return account


def _log_out(sql: Session, account: Account) -> None:
    sql.execute(delete(Login).where(Login.account_id == account.id))


def _check_role(room: Room, role: Role) -> None:
    if not room.door.settings.may_be(role):
        message = (
            "this site keeps system, security and audit administrators apart; `small_office` of "
            "sign_in.toml says so"
        )
        raise invalid([{"key": "role", "message": message}])


def _get(sql: Session, username: str) -> Account:
    try:
        account = find_account(sql, username)
    except ValueError:
        account = None
    if account is None:
        raise Problem(404, f"there is no account {username[:80]!r}")
    return account


def _view(sql: Session, room: Room, account: Account) -> AccountView:
    factor = sql.get(SecondFactor, account.id)
    return AccountView(
        username=account.username,
        display_name=account.display_name,
        role=Role(account.role),
        created_s=account.created_s,
        disabled_s=account.disabled_s,
        second_factor=factor is not None and factor.confirmed_s is not None,
        second_factor_wanted=Role(account.role) in room.door.settings.second_factor,
        locked_for_s=lockout.locked_for_s(sql, account.username, time.time()),
        tokens=[token_view(token) for token in list_tokens(sql, account.id)],
    )


def _note(sql: Session, user: User, action: str, account: Account, **more: str) -> None:
    subject = f"account:{account.username}"
    audit.write(sql, audit.Entry(time.time(), user.who, action, subject, more=more))
