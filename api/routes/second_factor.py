"""One's own second factor: set it up, show it, renew its recovery codes, take it away."""

import time

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from sqlalchemy import delete
from sqlalchemy.orm import Session

from api import audit
from api.http.problems import Problem
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.routes.session import Code, Secret, account_of, needs_cookie, prove_password, refusal
from api.sign_in import second_factor
from api.sign_in.entry import Refused, confirm_code
from api.sign_in.logins import User, open_login
from api.sign_in.security import Anybody, AnyUser, browser_of, set_cookie
from api.store.tables import Account, Login

router = APIRouter(prefix="/second-factor", tags=["second factor"], dependencies=[NO_QUERY])


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class PasswordProof(_Body):
    """The password, so that it is the account's owner who sits there."""

    password: Secret


class CodeProof(_Body):
    """A code of the authenticator app."""

    code: Code


class RemovalProof(PasswordProof, CodeProof):
    """Both: who holds only one of them cannot take the other away."""


class FactorView(BaseModel):
    """Whether there is a second factor, and whether the role wants one."""

    confirmed: bool
    wanted: bool
    recovery_codes_left: int


class EnrolmentView(BaseModel):
    """What the app is given, once; `qr` is the same as a picture (data: address of an SVG)."""

    secret: str
    uri: str
    qr: str


class RecoveryView(BaseModel):
    """Codes that stand in for the app, each once; they are not shown again."""

    recovery_codes: list[str]


@router.get("")
def show_factor(user: Anybody, room: InRoom) -> FactorView:
    """Tell whether one has a second factor."""
    with room.store.reading() as sql:
        return FactorView(
            confirmed=second_factor.is_confirmed(sql, user.account_id),
            wanted=user.role in room.door.settings.second_factor,
            recovery_codes_left=second_factor.recovery_codes_left(sql, user.account_id),
        )


@router.post("")
def begin(body: PasswordProof, user: Anybody, request: Request, room: InRoom) -> EnrolmentView:
    """Begin with an authenticator app: it counts once a code of it is confirmed."""
    prove_password(room, user, body.password, request)
    with room.store.writing() as sql:
        try:
            made = second_factor.enrol(
                sql, room.door.seals, user.account_id, user.username, time.time()
            )
        except ValueError as error:
            raise Problem(409, str(error), "not_possible") from None
    return EnrolmentView(secret=made.secret, uri=made.uri, qr=made.qr)


@router.post("/confirm")
def confirm(
    body: CodeProof, user: Anybody, request: Request, response: Response, room: InRoom
) -> RecoveryView:
    """Let the app count from now on; all other browsers are logged out."""
    needs_cookie(user)
    with room.store.writing() as sql:
        codes = second_factor.confirm(sql, room.door.seals, user.account_id, body.code, time.time())
        if codes is not None:
            cookie = _log_in_anew(sql, user, "totp", request)
            _note(sql, user, "second_factor.confirm")
    if codes is None:
        raise Problem(403, "the code is wrong, or nothing waits to be confirmed", "code")
    set_cookie(request, response, cookie, room.door.settings.longest_s)
    return RecoveryView(recovery_codes=codes)


@router.post("/check", status_code=204)
def check(
    body: CodeProof, user: Anybody, request: Request, response: Response, room: InRoom
) -> None:
    """Show the second factor after logging in without it, by single sign-on, say."""
    method = _prove_code(room, user, body.code, request)
    with room.store.writing() as sql:
        cookie = _log_in_anew(sql, user, method, request, others=False)
        _note(sql, user, "second_factor.check")
    set_cookie(request, response, cookie, room.door.settings.longest_s)


@router.post("/recovery-codes")
def renew(body: CodeProof, user: AnyUser, request: Request, room: InRoom) -> RecoveryView:
    """Make new recovery codes; the older ones are void."""
    _prove_code(room, user, body.code, request)
    with room.store.writing() as sql:
        codes = second_factor.renew_recovery_codes(sql, user.account_id)
        _note(sql, user, "second_factor.renew")
    return RecoveryView(recovery_codes=codes)


@router.post("/remove", status_code=204)
def remove(body: RemovalProof, user: AnyUser, request: Request, room: InRoom) -> None:
    """Take one's second factor away, as before moving to another phone."""
    prove_password(room, user, body.password, request)
    _prove_code(room, user, body.code, request)
    with room.store.writing() as sql:
        second_factor.remove(sql, user.account_id)
        _note(sql, user, "second_factor.remove")


def _prove_code(room: Room, user: User, code: str, request: Request) -> str:
    needs_cookie(user)
    with room.store.reading() as sql:
        account = sql.get_one(Account, user.account_id)
    try:
        return confirm_code(room.door, account, code, browser_of(request), time.time())
    except Refused as refused:
        raise refusal(refused, wrong=403) from None


def _log_in_anew(
    sql: Session, user: User, method: str, request: Request, *, others: bool = True
) -> str:
    """A new cookie in place of the one that asked and, with `others`, of all."""
    gone = Login.account_id == user.account_id if others else Login.hash == user.login
    sql.execute(delete(Login).where(gone))
    account = sql.get_one(Account, user.account_id)
    return open_login(sql, account, time.time(), method, browser_of(request))


def _note(sql: Session, user: User, action: str) -> None:
    audit.write(sql, audit.Entry(time.time(), user.who, action, account_of(user)))
