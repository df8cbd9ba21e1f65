"""Tokens for machines: each has scopes and an end, and never may more than its account.

A scope is `read` or a duty; what a token may is what its scopes and its account's role have in
common at the time of the request. A token cannot touch passwords, second factors, sessions or
tokens.
"""

from dataclasses import dataclass

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.sign_in.passwords import hash_secret, new_secret
from api.sign_in.roles import Role
from api.store.database import Store
from api.store.tables import Account, Token
from api.workflow.words import Duty

READ = "read"
EVERYTHING = "*"
"""What tokens of the first release may: all that their account may. None is issued any more."""
SCOPES = (READ, *(duty.value for duty in Duty))
DAY_S = 86_400.0
TOUCH_S = 60.0
LONGEST_NAME = 64
MOST_TOKENS = 100


@dataclass(frozen=True, slots=True)
class Shown:
    """A token that was shown: whose, what it is called, and what it may at most."""

    account: Account
    name: str
    scopes: frozenset[str]

    def duties(self) -> frozenset[Duty]:
        """What of its account's duties it may do."""
        own = Role(self.account.role).duties
        return own if EVERYTHING in self.scopes else frozenset(d for d in own if d in self.scopes)

    @property
    def reads(self) -> bool:
        """Whether it may look at what its account may look at."""
        return bool(self.scopes & {READ, EVERYTHING})


def all_scopes(role: Role) -> list[str]:
    """Whatever a token of such an account may have."""
    return [READ, *sorted(role.duties)]


def issue_token(
    sql: Session,
    account: Account,
    name: str,
    now_s: float,
    scopes: list[str] | None = None,
    expires_s: float | None = None,
) -> str:
    """Return a new token, in place of the account's one of the same name.

    Without `scopes` it may all that its account may now. Raises ValueError for scopes that the
    account does not have, or an end that has passed.
    """
    may = all_scopes(Role(account.role))
    wanted = may if scopes is None else list(dict.fromkeys(scopes))
    if beyond := [scope for scope in wanted if scope not in may]:
        raise ValueError(
            f"the scope {beyond[0][:80]!r} is none that {account.username} has; "
            f"there are: {', '.join(may)}"
        )
    if not wanted:
        raise ValueError(f"a token needs a scope; there are: {', '.join(may)}")
    if not name.strip() or len(name) > LONGEST_NAME:
        raise ValueError(f"a token needs a name of 1 to {LONGEST_NAME} signs")
    if expires_s is not None and expires_s <= now_s:
        raise ValueError("the token would have expired already")
    secret = new_secret()
    sql.execute(delete(Token).where(Token.account_id == account.id, Token.name == name))
    if len(list_tokens(sql, account.id)) >= MOST_TOKENS:
        raise ValueError(f"an account has {MOST_TOKENS} tokens at most: revoke one first")
    row = Token(hash=hash_secret(secret), account_id=account.id, name=name, created_s=now_s)
    row.scopes, row.expires_s, row.used_s = wanted, expires_s, None
    sql.add(row)
    return secret


def list_tokens(sql: Session, account_id: int) -> list[Token]:
    """An account's tokens, in the order of their names."""
    query = select(Token).where(Token.account_id == account_id).order_by(Token.name)
    return list(sql.scalars(query))


def revoke_token(sql: Session, account_id: int, name: str) -> bool:
    """Take a token away; False where there is none of that name."""
    gone = delete(Token).where(Token.account_id == account_id, Token.name == name)
    return bool(sql.execute(gone).rowcount)  # type: ignore[attr-defined]  # of a change it is there


def find_token(store: Store, secret: str, now_s: float) -> Shown | None:
    """Whose token this is, None if nobody's or if its time has passed."""
    key = hash_secret(secret)
    query = (
        select(Account, Token)
        .join(Token, Token.account_id == Account.id)
        .where(Token.hash == key, Account.disabled_s.is_(None))
    )
    with store.reading() as sql:
        row = sql.execute(query).one_or_none()
    if row is None:
        return None
    account, token = row
    if token.expires_s is not None and token.expires_s <= now_s:
        return None
    if token.used_s is None or token.used_s < now_s - TOUCH_S:
        with store.writing() as sql:
            sql.execute(update(Token).where(Token.hash == key).values(used_s=now_s))
    return Shown(account, token.name, frozenset(token.scopes))
