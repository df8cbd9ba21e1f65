"""What went wrong with a camera's video, in one line that a user can act on."""

from collections.abc import Iterator
from contextlib import contextmanager

import av

from streams.uri import is_live, mask_uri

BY_KIND: tuple[tuple[type[BaseException], str], ...] = (
    (av.error.HTTPUnauthorizedError, "wrong user or password (401); correct them in the uri"),
    (av.error.HTTPForbiddenError, "access is forbidden (403); allow this user to see the stream"),
    (av.error.HTTPNotFoundError, "there is no such stream (404); check the path in the uri"),
    (av.error.HTTPClientError, "the device refuses the request; check the path in the uri"),
    (av.error.HTTPServerError, "the device reports a fault of its own; restart it"),
    (ConnectionRefusedError, "nothing listens there; check the address and the device"),
    (ConnectionError, "the device closed the connection; check that it allows one more viewer"),
    (FileNotFoundError, "no such file or folder; check the uri"),
    (PermissionError, "the file may not be read; give this user the right to read it"),
    (IsADirectoryError, "this is a folder; name a video in it, or put pictures there"),
    (av.error.ProtocolNotFoundError, "this kind of address cannot be read; use rtsp or http"),
    (av.error.DecoderNotFoundError, "this codec cannot be decoded; set the camera to H.264"),
)
"""The first that fits is told."""


class SourceError(OSError):
    """A camera or file gives no pictures; the message is one line for the user."""

    def __init__(self, uri: str, problem: str, *, is_locked_out: bool = False) -> None:
        super().__init__(f"{mask_uri(uri)}: {problem}")
        self.problem = problem
        self.is_locked_out = is_locked_out
        """The password is wrong: trying it often locks the account of many devices."""


def silence(uri: str, timeout_s: float) -> SourceError:
    """The error for a device that says nothing for `timeout_s` seconds."""
    remedy = "check the device and the network, or raise timeout_s"
    return SourceError(uri, f"no picture within {timeout_s:g} s; {remedy}")


def refusal(uri: str, status: int) -> SourceError:
    """The error for a device that answers with this status (400 to 599)."""
    kinds = {401: 0, 403: 1, 404: 2}
    number = kinds.get(status, 3 if status < 500 else 4)
    return SourceError(uri, BY_KIND[number][1], is_locked_out=status == 401)


@contextmanager
def explained(uri: str, timeout_s: float) -> Iterator[None]:
    """Turn what FFmpeg and the system raise in this block into a SourceError."""
    try:
        yield
    except SourceError:
        raise
    except (av.error.ExitError, TimeoutError, av.error.TimeoutError):
        raise silence(uri, timeout_s) from None
    except (av.FFmpegError, OSError) as error:
        is_locked_out = isinstance(error, av.error.HTTPUnauthorizedError)
        raise SourceError(uri, _problem(error, uri), is_locked_out=is_locked_out) from None


def _problem(error: Exception, uri: str) -> str:
    for kind, text in BY_KIND:
        if isinstance(error, kind):
            return text
    if isinstance(error, EOFError):
        return "the stream ended"
    if isinstance(error, av.error.InvalidDataError):
        if is_live(uri):
            return "what the device sends is not a video; check the uri and the codec"
        return "this is not a video, or it is cut short; copy it again"
    if is_live(uri):
        return "it cannot be reached; check the address, its name and the network"
    return f"it cannot be read: {getattr(error, 'strerror', None) or error}"
