"""Write down who was refused what, once in a while for the same thing."""

import threading

from api import audit
from api.sign_in.logins import User
from api.store import Store

AGAIN_AFTER_S = 300.0
"""A page that asks again and again for what it may not have is worth a line, not thousands."""
MOST_REMEMBERED = 10_000
_turn = threading.Lock()
_told: dict[tuple[str, str, str], float] = {}


def note_denial(store: Store, user: User, what: str, now_s: float) -> None:
    """Add a line that `user` was refused `what`, unless there was one in the last minutes."""
    key = (str(id(store)), user.who.name + user.who.via, what)
    with _turn:
        if now_s - _told.get(key, -AGAIN_AFTER_S) < AGAIN_AFTER_S:
            return
        if len(_told) >= MOST_REMEMBERED:
            _told.clear()
        _told[key] = now_s
    entry = audit.Entry(now_s, user.who, "permission.denied", what, audit.Outcome.REFUSED)
    with store.writing() as sql:
        audit.write(sql, entry)
