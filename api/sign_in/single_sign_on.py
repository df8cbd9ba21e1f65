"""Whose account it is that an identity provider vouches for, and with which role."""

from typing import Any

from sqlalchemy.orm import Session

from api import audit
from api.sign_in.accounts import add_account, change_role, find_account, fold_username
from api.sign_in.entry import Door
from api.sign_in.logins import Browser, open_login, tidy_logins
from api.sign_in.oidc import OidcRefused
from api.sign_in.roles import Role
from api.sign_in.settings import OidcSettings
from api.sign_in.tables import Identity
from api.store.tables import Account


def enter(
    door: Door, oidc: OidcSettings, claims: dict[str, Any], browser: Browser, now_s: float
) -> str:
    """Log somebody in whom the provider vouches for and return the cookie; raises OidcRefused."""
    role = _role(door, oidc, claims)
    with door.store.writing() as sql:
        account = _account(sql, oidc, claims, role, now_s)
        if account.disabled_s is not None or not door.settings.may_be(Role(account.role)):
            raise OidcRefused("no_account", "this account may not sign in")
        who = audit.Who(account.username, "oidc", browser.address)
        if role is not None and account.role != role:
            _change_role(sql, account, role)
            more = {"role": role.value, "issuer": oidc.issuer}
            subject = f"account:{account.username}"
            audit.write(sql, audit.Entry(now_s, who, "account.change", subject, more=more))
        tidy_logins(sql, door.settings, now_s)
        method = "oidc+mfa" if _has_second_factor(oidc, claims) else "oidc"
        cookie = open_login(sql, account, now_s, method, browser)
        told = audit.Entry(
            now_s, who, "sign_in", f"account:{account.username}", more={"method": method}
        )
        audit.write(sql, told)
    return cookie


def note_refusal(door: Door, refused: OidcRefused, browser: Browser, now_s: float) -> None:
    """Write down that nobody was let in."""
    who = audit.Who("", "oidc", browser.address)
    more = {"why": refused.kind, "detail": str(refused)}
    with door.store.writing() as sql:
        audit.write(
            sql, audit.Entry(now_s, who, "sign_in", "account:?", audit.Outcome.FAILED, more)
        )


def link(sql: Session, issuer: str, subject: str, account: Account, now_s: float) -> None:
    """Let whom the provider calls `subject` sign in to an account; raises ValueError if taken."""
    row = sql.get(Identity, (issuer, subject))
    if row is not None and row.account_id != account.id:
        raise ValueError("this identity is another account's")
    if row is None:
        sql.add(Identity(issuer=issuer, subject=subject, account_id=account.id, created_s=now_s))


def _role(door: Door, oidc: OidcSettings, claims: dict[str, Any]) -> Role | None:
    """The role that the claim gives; None where roles are given here alone."""
    if not oidc.roles:
        return None
    told = claims.get(oidc.claim)
    values = {str(value) for value in told} if isinstance(told, list) else {str(told)}
    role = next((role for value, role in oidc.roles.items() if value in values), None)
    if role is None or not door.settings.may_be(role):
        raise OidcRefused("no_role", "no role here is given to what the provider says of you")
    return role


def _account(
    sql: Session, oidc: OidcSettings, claims: dict[str, Any], role: Role | None, now_s: float
) -> Account:
    identity = sql.get(Identity, (oidc.issuer, claims["sub"]))
    if identity is not None:
        return sql.get_one(Account, identity.account_id)
    if not oidc.create_accounts or role is None:
        raise OidcRefused("no_account", "no account here is linked to this identity")
    return _new_account(sql, oidc, claims, role, now_s)


def _new_account(
    sql: Session, oidc: OidcSettings, claims: dict[str, Any], role: Role, now_s: float
) -> Account:
    """An account of its own; never one that is there, whatever the provider calls somebody."""
    try:
        name = fold_username(str(claims.get("preferred_username") or claims["sub"]))
        add_account(sql, name, role, now_s, str(claims.get("name") or "")[:64])
    except ValueError as error:
        raise OidcRefused("no_account", f"no account can be made: {error}") from None
    sql.flush()
    account = find_account(sql, name)
    assert account is not None  # noqa: S101 - it was just made
    link(sql, oidc.issuer, claims["sub"], account, now_s)
    sql.flush()
    who, more = audit.Who("", "oidc"), {"role": role.value, "issuer": oidc.issuer}
    audit.write(sql, audit.Entry(now_s, who, "account.add", f"account:{name}", more=more))
    return account


def _change_role(sql: Session, account: Account, role: Role) -> None:
    try:
        change_role(sql, account, role)
    except ValueError as error:
        raise OidcRefused("no_role", str(error)) from None


def _has_second_factor(oidc: OidcSettings, claims: dict[str, Any]) -> bool:
    methods = claims.get("amr")
    return isinstance(methods, list) and bool(set(map(str, methods)) & set(oidc.factor_methods))
