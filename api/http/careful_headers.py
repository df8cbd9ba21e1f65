"""The headers that keep a browser careful, and say what it may keep."""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self' blob: data:; font-src 'self' data:; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
"""What a page may load: only what comes from here; no script and no style within the page."""
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


class CarefulHeaders:
    """Adds the headers to every answer; over https for `hsts_s` seconds nothing but https."""

    def __init__(self, app: ASGIApp, hsts_s: int = 0) -> None:
        self._app = app
        self._hsts = f"max-age={hsts_s}" if hsts_s else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if self._hsts and scope["scheme"] == "https":
                    headers.setdefault("Strict-Transport-Security", self._hsts)
                headers.setdefault("Cache-Control", _keeping(scope["path"], message["status"]))
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _keeping(path: str, status: int) -> str:
    """What a browser may keep: the desk's assets, as their names change with their contents."""
    if path.startswith("/assets/") and status in (200, 304):
        return "public, max-age=31536000, immutable"
    return "no-store" if path.startswith("/api/") else "no-cache"
