"""Write down who was refused what, once in a while for the same thing."""

import threading

from api import audit
from api.audit import Who
from api.store.database import Store

AGAIN_AFTER_S = 300.0
"""A page that asks again and again for what it may not have is worth a line, not thousands."""
MOST_REMEMBERED = 10_000


class Denials:
    """Remembers, in memory, of which refusals there is a line already."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._told: dict[tuple[str, str, str], float] = {}

    def note(self, store: Store, who: Who, what: str, now_s: float) -> None:
        """Add a line that `who` was refused `what`, unless there was one in the last minutes."""
        if self._is_new((who.name, who.via, what), now_s):
            entry = audit.Entry(now_s, who, "permission.denied", what, audit.Outcome.REFUSED)
            with store.writing() as sql:
                audit.write(sql, entry)

    def _is_new(self, key: tuple[str, str, str], now_s: float) -> bool:
        with self._turn:
            if now_s - self._told.get(key, -AGAIN_AFTER_S) < AGAIN_AFTER_S:
                return False
            if len(self._told) >= MOST_REMEMBERED:
                self._told.clear()
            self._told[key] = now_s
            return True
