"""What another system's HTTP answer means for a delivery, and requests that end in time."""

import email.utils
import re
import time
from collections.abc import Mapping

import httpx

from api.outbound.guard import AnswerTooLong
from api.outbound.sender import Refused, Undelivered

MOST_ANSWER_BYTES = 1024 * 1024
_BUSY = frozenset({408, 409, 425, 429})
"""Client errors that are about the moment, not about what was sent."""
_LOCKED = frozenset({401, 403, 404, 405, 410})
"""They say that address or secret are wrong, and then for every event: all wait."""


def ask(
    client: httpx.Client,
    request: httpx.Request,
    deadline_s: float,
    most_bytes: int = MOST_ANSWER_BYTES,
) -> httpx.Response:
    """Send a request and read its answer whole, within `deadline_s` in all.

    httpx limits the wait for each piece only, and a server may send one byte at a time for ever.
    Raises Undelivered where no whole answer came.
    """
    until_s = time.monotonic() + deadline_s
    try:
        response = client.send(request, stream=True)
        try:
            body = _read(response, until_s, most_bytes)
        finally:
            response.close()
    except httpx.HTTPError as error:
        raise Undelivered(plain(error)) from None
    except httpx.InvalidURL as error:
        raise Undelivered(f"the address cannot be used: {error}") from None
    headers = {"content-type": response.headers.get("content-type", "")}
    retry = response.headers.get("retry-after")
    if retry:
        headers["retry-after"] = retry
    return httpx.Response(response.status_code, headers=headers, content=body, request=request)


def plain(error: Exception) -> str:
    """An error's words, without the number that the system has for it."""
    return re.sub(r"\[Errno -?\d+\] ", "", str(error))[:300] or type(error).__name__


def check_answer(response: httpx.Response) -> None:
    """Return for a success; raises Undelivered where later may help, Refused where it will not."""
    status = response.status_code
    if 200 <= status < 300:
        return
    told = f"it answered {status}{_excerpt(response)}"
    if status in _LOCKED:
        raise Undelivered(f"{told}; check the address and the secret")
    if 300 <= status < 400:
        raise Undelivered(f"{told}: redirects are not followed; set the address that it leads to")
    if 400 <= status < 500 and status not in _BUSY:
        raise Refused(told)
    raise Undelivered(told, _retry_after_s(response.headers))


def _read(response: httpx.Response, until_s: float, most_bytes: int) -> bytes:
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > most_bytes:
            raise AnswerTooLong(f"its answer has over {most_bytes} bytes")
        if time.monotonic() > until_s:
            raise httpx.ReadTimeout("its answer took too long")
        parts.append(part)
    return b"".join(parts)


def _excerpt(response: httpx.Response) -> str:
    """The beginning of an answer that is text, for whoever has to find out what is wrong."""
    kind = response.headers.get("content-type", "")
    if not response.content or not ("json" in kind or kind.startswith("text/plain")):
        return ""
    text = response.content[:600].decode("utf-8", "replace").replace("\0", "")
    return f" ({' '.join(text.split())[:200]})"


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    text = headers.get("retry-after", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return None
