"""Send a file or the part of it that was asked for (RFC 9110, sections 13 and 14)."""

import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import IO

import anyio
from fastapi import Request
from fastapi.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from api.http.problems import Problem

CHUNK_BYTES = 256 * 1024
CACHE = "private, no-cache"
"""A browser may keep it for its user, but asks each time, so that logging out counts."""
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes `first` to `last`, both included."""

    first: int
    last: int


def requested_span(header: str | None, size_bytes: int) -> Span | None:
    """The part of a file that a Range header asks for, None for all of it.

    A header that is malformed, or asks for several parts, is ignored, as the standard allows.
    Raises 416 where the file has no such part.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match[0].endswith("=-"):
        return None
    if match[1]:
        first = int(match[1])
        last = min(int(match[2]), size_bytes - 1) if match[2] else size_bytes - 1
        if match[2] and int(match[2]) < first:
            return None
    else:
        first, last = max(0, size_bytes - int(match[2])), size_bytes - 1
    if first > last:
        raise Problem(
            416,
            f"the file has {size_bytes} bytes",
            headers={"Content-Range": f"bytes */{size_bytes}"},
        )
    return Span(first, last)


def send_file(request: Request, file: IO[bytes], media_type: str, etag: str) -> Response:
    """Answer with an open file, which is closed; `etag` (unquoted) names its contents."""
    headers = {"ETag": f'"{etag}"', "Cache-Control": CACHE, "Accept-Ranges": "bytes"}
    try:
        if _is_known(request.headers.get("If-None-Match"), headers["ETag"]):
            file.close()
            return Response(status_code=304, headers=headers)
        size_bytes = os.fstat(file.fileno()).st_size
        if request.headers.get("If-Range", headers["ETag"]) == headers["ETag"]:
            span = requested_span(request.headers.get("Range"), size_bytes)
        else:
            span = None
    except Problem:
        file.close()
        raise
    if span is None:
        return _FileResponse(file, Span(0, size_bytes - 1), 200, media_type, headers)
    headers["Content-Range"] = f"bytes {span.first}-{span.last}/{size_bytes}"
    return _FileResponse(file, span, 206, media_type, headers)


def _is_known(if_none_match: str | None, etag: str) -> bool:
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    return etag in known or known == ["*"]


class _FileResponse(StreamingResponse):
    """A part of an open file, which is closed whatever becomes of the answer."""

    def __init__(
        self,
        file: IO[bytes],
        span: Span,
        status: int,
        media_type: str,
        headers: dict[str, str],
    ) -> None:
        self._file = file
        length = str(span.last - span.first + 1)
        super().__init__(
            _chunks(file, span), status, {**headers, "Content-Length": length}, media_type
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._file:
            await super().__call__(scope, receive, send)


async def _chunks(file: IO[bytes], span: Span) -> AsyncIterator[bytes]:
    file.seek(span.first)
    left = span.last - span.first + 1
    while left > 0:
        chunk = await anyio.to_thread.run_sync(file.read, min(CHUNK_BYTES, left))
        if not chunk:  # it was cut short meanwhile; the client sees that bytes are missing
            return
        left -= len(chunk)
        yield chunk
