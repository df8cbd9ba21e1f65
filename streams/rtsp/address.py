"""The parts of an rtsp:// address: where to connect, what to ask for, as whom."""

from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote, urlsplit

from streams.rtsp.problem import ProtocolError

USUAL_PORT = 554


@dataclass(frozen=True, slots=True)
class Address:
    """`uri` has no user in it; `full` is the address as it was given, for messages."""

    full: str
    uri: str
    host: str
    port: int
    user: str
    password: str

    @classmethod
    def parse(cls, full: str) -> Self:
        """Read an address whose user and password are percent-encoded where they need to be.

        Raises ValueError if it names no host.
        """
        parts = urlsplit(full)
        if not parts.hostname:
            raise ValueError("the address names no host")
        port = parts.port or USUAL_PORT
        login, _, place = parts.netloc.rpartition("@")
        user, _, password = login.partition(":")
        path = full.split("://", 1)[1][len(parts.netloc) :].split("#", 1)[0]
        # What an address may not hold is sent percent-encoded, all else as it was given.
        path = quote(path, safe="/?&=%:;,+$!*'()@~[]-._|{}")
        return cls(
            full, f"rtsp://{place}{path}", parts.hostname, port, unquote(user), unquote(password)
        )

    def moved_to(self, location: str) -> str:
        """The address that a device sends its viewer to, with the same user; ProtocolError."""
        try:
            parts = urlsplit(location)
            is_whole = parts.scheme.lower() == "rtsp" and bool(parts.hostname)
        except ValueError:
            is_whole = False
        if not is_whole:
            raise ProtocolError("the device sends its viewers to a place that is no rtsp address")
        if "@" in parts.netloc or not self.user:
            return location
        login = f"{quote(self.user, safe='')}:{quote(self.password, safe='')}"
        return f"rtsp://{login}@{location.split('://', 1)[1]}"
