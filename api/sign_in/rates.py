"""How many requests the API takes from one account's browser or token, and from one address.

Token buckets, in memory: a restart fills them. What is over the limit is answered with 429 and the
seconds to wait, before anything is looked up.
"""

import hashlib
import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.http.problems import Problem, respond
from api.sign_in.security import cookie_of
from api.sign_in.settings import RateSettings

MOST_KEYS = 50_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in one go, and so many a second from then on."""

    burst: float
    per_s: float


class Buckets:
    """A bucket for each key; `clock` gives monotonic seconds."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._turn = threading.Lock()
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, key: str) -> float:
        """Take one from the bucket of `key`; returns 0, or how many seconds until there is one."""
        with self._turn:
            now_s = self._clock()
            left, since_s = self._left.pop(key, (self._rate.burst, now_s))
            left = min(self._rate.burst, left + (now_s - since_s) * self._rate.per_s)
            wait_s = 0.0 if left >= 1.0 else (1.0 - left) / self._rate.per_s
            self._left[key] = (left - 1.0 if left >= 1.0 else left, now_s)
            self._forget()
            return wait_s

    def _forget(self) -> None:
        """Drop the key that was quiet for longest; keys are in order of their last request."""
        if len(self._left) > MOST_KEYS:
            del self._left[next(iter(self._left))]


class RateLimit:
    """Limits requests below /api: what comes with a cookie or token by that, and all by address.

    Whoever sends a new made-up token each time is still one address.
    """

    def __init__(self, app: ASGIApp, rates: RateSettings) -> None:
        self._app = app
        self._shown = Buckets(Rate(rates.account_burst, rates.account_per_min / 60))
        self._address = Buckets(Rate(rates.address_burst, rates.address_per_min / 60))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            wait_s = self._wait_s(Request(scope))
            if wait_s > 0:
                after_s = math.ceil(wait_s)
                detail = f"too many requests; try again in {after_s} s"
                problem = Problem(429, detail, "rate", {"Retry-After": str(after_s)})
                await respond(problem)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _wait_s(self, request: Request) -> float:
        wait_s = self._address.take(request.client.host if request.client else "")
        shown = request.headers.get("Authorization") or cookie_of(request)
        if shown and wait_s == 0:
            wait_s = self._shown.take(hashlib.sha256(shown.encode("utf-8", "replace")).hexdigest())
        return wait_s
