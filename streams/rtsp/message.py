"""RTSP/1.0 messages as text: what is sent and what comes back (RFC 2326, sections 4 to 7)."""

from collections.abc import Iterable
from dataclasses import dataclass

from streams.rtsp.problem import ProtocolError

LARGEST_HEAD_BYTES = 16 * 2**10
LARGEST_BODY_BYTES = 64 * 2**10


@dataclass(frozen=True, slots=True)
class Message:
    """A response, or a request of the device: its first line, headers (names in lower case) and
    body."""

    first_line: str
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""

    @property
    def status(self) -> int | None:
        """Status code of a response; None for a request. Raises ProtocolError for neither."""
        words = self.first_line.split(None, 2)
        if not words or not words[0].startswith("RTSP/"):
            return None
        if len(words) < 2 or not (words[1].isascii() and words[1].isdigit()) or len(words[1]) > 3:
            raise ProtocolError("the device sends a response without a status")
        return int(words[1])

    def get(self, name: str) -> str:
        """The first header of that name (in lower case), "" if there is none."""
        return next((value for key, value in self.headers if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every header of that name (in lower case)."""
        return [value for key, value in self.headers if key == name]


def parse_head(head: bytes) -> Message:
    """Read first line and headers, without the empty line at their end."""
    lines = head.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        if line[:1] in (" ", "\t") and headers:  # a header that goes on
            name, value = headers[-1]
            headers[-1] = (name, f"{value} {line.strip()}")
        elif ":" in line:
            name, _, value = line.partition(":")
            headers.append((name.strip().lower(), value.strip()))
    return Message(lines[0].strip(), tuple(headers))


def body_bytes(message: Message) -> int:
    """How long the body of a message is; raises ProtocolError if it cannot be."""
    text = message.get("content-length") or "0"
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) > LARGEST_BODY_BYTES:
        raise ProtocolError(f"the device sends a message of {text[:20]!r} bytes")
    return int(text)


def write_message(first_line: str, headers: Iterable[tuple[str, str]]) -> bytes:
    """A request or response without a body; raises ProtocolError if it would hold a line break."""
    lines = [first_line, *(f"{name}: {value}" for name, value in headers)]
    if any("\r" in line or "\n" in line for line in lines):
        raise ProtocolError("the address holds a line break")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()
