"""One's own API tokens."""

import time
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api import audit
from api.http.problems import Problem, invalid
from api.http.texts import Text
from api.room import InRoom
from api.routes.refuse import NO_QUERY
from api.routes.session import needs_cookie
from api.sign_in.security import AnyUser
from api.sign_in.tokens import DAY_S, LONGEST_NAME, issue_token, list_tokens, revoke_token
from api.store.tables import Account, Token

router = APIRouter(prefix="/tokens", tags=["tokens"], dependencies=[NO_QUERY])


class NewToken(BaseModel):
    """What the token is for, what it may do (`read`, or a duty of one's own), and for how long."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"name": "map", "scopes": ["read"], "days": 90}]},
    )

    name: Annotated[Text, Field(min_length=1, max_length=LONGEST_NAME)]
    scopes: Annotated[list[Annotated[Text, Field(max_length=40)]], Field(min_length=1)]
    days: Annotated[float, Field(gt=0, le=3660, allow_inf_nan=False)] = 90


class TokenView(BaseModel):
    """A token; `scopes` are what it may do at most, `*` all that its account may."""

    name: str
    scopes: list[str]
    created_s: float
    expires_s: float | None
    used_s: float | None


class IssuedToken(TokenView):
    """A new token; `token` is not shown again."""

    token: str


@router.get("")
def list_own(user: AnyUser, room: InRoom) -> list[TokenView]:
    """List one's own tokens."""
    with room.store.reading() as sql:
        return [token_view(token) for token in list_tokens(sql, user.account_id)]


@router.post("", status_code=201)
def issue(body: NewToken, user: AnyUser, room: InRoom) -> IssuedToken:
    """Make a token, in place of one of the same name; it is shown once."""
    needs_cookie(user)
    longest_days = room.door.settings.longest_token_days
    if body.days > longest_days:
        raise invalid([{"key": "days", "message": f"a token lives {longest_days:g} days at most"}])
    now_s = time.time()
    expires_s = now_s + body.days * DAY_S
    with room.store.writing() as sql:
        account = sql.get_one(Account, user.account_id)
        try:
            secret = issue_token(sql, account, body.name, now_s, body.scopes, expires_s)
        except ValueError as error:
            raise invalid([{"key": "scopes", "message": str(error)}]) from None
        more = {"scopes": " ".join(body.scopes), "days": f"{body.days:g}"}
        audit.write(
            sql, audit.Entry(now_s, user.who, "token.issue", f"token:{body.name}", more=more)
        )
    return IssuedToken(
        name=body.name,
        scopes=list(dict.fromkeys(body.scopes)),
        created_s=now_s,
        expires_s=expires_s,
        used_s=None,
        token=secret,
    )


@router.delete("/{name}", status_code=204)
def revoke(name: Annotated[Text, Path(max_length=200)], user: AnyUser, room: InRoom) -> None:
    """Take one of one's own tokens away."""
    needs_cookie(user)
    with room.store.writing() as sql:
        if not revoke_token(sql, user.account_id, name):
            raise Problem(404, f"you have no token {name[:80]!r}")
        audit.write(sql, audit.Entry(time.time(), user.who, "token.revoke", f"token:{name}"))


def token_view(token: Token) -> TokenView:
    """A token as it is shown."""
    return TokenView(
        name=token.name,
        scopes=token.scopes,
        created_s=token.created_s,
        expires_s=token.expires_s,
        used_s=token.used_s,
    )
