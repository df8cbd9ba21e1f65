"""Bytes from a URL to a file, with progress, and what can go wrong said in one sentence."""

import hashlib
import ssl
from collections.abc import Callable
from pathlib import Path

import httpx2
from unearth.fetchers import PyPIClient

Progress = Callable[[int, int], None]
"""Called with the bytes done and the bytes in all; the latter is 0 where it is not known."""

CHUNK_BYTES = 1 << 18


class FetchError(OSError):
    """A file that could not be fetched; the message says why and what to do."""


def client(
    cafile: str | None = None,
    cert: str | None = None,
    proxy: str | None = None,
    trusted_hosts: tuple[str, ...] = (),
    timeout_s: float = 30.0,
) -> PyPIClient:
    """An HTTP client that follows redirects and can read `file://` too."""
    verify = ssl.create_default_context(cafile=cafile) if cafile else True
    return PyPIClient(
        trusted_hosts=trusted_hosts,
        verify=verify,
        cert=cert,
        proxy=proxy,
        timeout=timeout_s,
        follow_redirects=True,
    )


def download(http: PyPIClient, url: str, target: Path, progress: Progress | None) -> str:
    """Write what `url` answers to `target` and return its sha256.

    Raises FetchError when the server cannot be reached, refuses, or stops half-way.
    """
    digest, done = hashlib.sha256(), 0
    try:
        with http.get_stream(url) as answer, target.open("wb") as file:
            answer.raise_for_status()
            total = int(answer.headers.get("Content-Length", 0))
            for chunk in answer.iter_raw(CHUNK_BYTES):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if progress:
                    progress(done, total)
    except httpx2.HTTPStatusError as error:
        raise FetchError(f"the server answered {error.response.status_code}") from error
    except httpx2.TransportError as error:
        raise FetchError(reason(error)) from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise FetchError(str(error)) from error
    if total and done != total:
        raise FetchError(f"the download stopped at {done} of {total} bytes")
    return digest.hexdigest()


def reason(error: httpx2.HTTPError) -> str:
    """One clause for a transport error."""
    if isinstance(error, httpx2.TimeoutException):
        return "the server did not answer in time"
    if isinstance(error, httpx2.ConnectError | httpx2.ProxyError):
        return f"no connection ({error})"
    return f"the download broke off ({error})"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's content, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
