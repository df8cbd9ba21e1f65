"""Who may see a stream: Basic (RFC 7617) and Digest (RFC 7616) authentication."""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass

_SCHEME = re.compile(r"(?:^|,)\s*(Basic|Digest)\s", re.IGNORECASE)
_PARAMETER = re.compile(r'([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
HASHES: dict[str, Callable[[bytes], "hashlib._Hash"]] = {
    "sha-256": hashlib.sha256,
    "md5": lambda data: hashlib.md5(data, usedforsecurity=False),
}
"""The strongest first."""


@dataclass(frozen=True, slots=True)
class Challenge:
    """How a device wants to be told the password."""

    scheme: str
    parameters: dict[str, str]

    @property
    def algorithm(self) -> str:
        """Digest's hash in lower case, MD5 where nothing is said."""
        return self.parameters.get("algorithm", "MD5").lower()

    @property
    def nonce(self) -> str:
        """What Digest hashes the password with."""
        return self.parameters.get("nonce", "")

    @property
    def is_stale(self) -> bool:
        """Whether only the nonce was too old, and the password right."""
        return self.parameters.get("stale", "").lower() == "true"

    @property
    def rank(self) -> int:
        """Lower is stronger; -1: this kind is not known."""
        if self.scheme == "basic":
            return len(HASHES)
        known = list(HASHES)
        name = self.algorithm.removesuffix("-sess")
        offers = self.parameters.get("qop", "auth").replace(" ", "").split(",")
        return known.index(name) if name in known and "auth" in offers else -1


def strongest(headers: Iterable[str]) -> Challenge | None:
    """The strongest of the ways offered in WWW-Authenticate headers, None if none is known."""
    challenges = [challenge for header in headers for challenge in _challenges(header)]
    known = [challenge for challenge in challenges if challenge.rank >= 0]
    return min(known, key=lambda challenge: challenge.rank, default=None)


def _challenges(header: str) -> Iterable[Challenge]:
    starts = list(_SCHEME.finditer(header))
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(header)
        found = _PARAMETER.findall(header[start.end() : end])
        parameters = {
            name.lower(): re.sub(r"\\(.)", r"\1", quoted) or plain for name, quoted, plain in found
        }
        yield Challenge(start[1].lower(), parameters)


class Credentials:
    """User and password, and how often each nonce was used."""

    def __init__(self, user: str, password: str) -> None:
        self._user = user
        self._password = password
        self._nonce = ""
        self._count = 0

    def answer(self, challenge: Challenge, method: str, uri: str, cnonce: str = "") -> str:
        """Value of the Authorization header; `cnonce` is random unless given."""
        if challenge.scheme == "basic":
            both = f"{self._user}:{self._password}".encode()
            return "Basic " + base64.b64encode(both).decode()
        if challenge.nonce != self._nonce:
            self._nonce, self._count = challenge.nonce, 0
        self._count += 1
        return self._digest(challenge, method, uri, cnonce or secrets.token_hex(8))

    def _digest(self, challenge: Challenge, method: str, uri: str, cnonce: str) -> str:
        named = challenge.algorithm
        make = HASHES[named.removesuffix("-sess")]

        def digest(*parts: str) -> str:
            return make(":".join(parts).encode()).hexdigest()

        realm, nonce = challenge.parameters.get("realm", ""), challenge.nonce
        secret = digest(self._user, realm, self._password)
        if named.endswith("-sess"):
            secret = digest(secret, nonce, cnonce)
        what, count = digest(method, uri), f"{self._count:08x}"
        quoted = {"username": self._user, "realm": realm, "nonce": nonce, "uri": uri}
        plain = {}
        if "qop" in challenge.parameters:
            quoted["response"] = digest(secret, nonce, count, cnonce, "auth", what)
            quoted["cnonce"] = cnonce
            plain = {"qop": "auth", "nc": count}
        else:  # as in RFC 2069
            quoted["response"] = digest(secret, nonce, what)
            if named.endswith("-sess"):
                quoted["cnonce"] = cnonce
        if "opaque" in challenge.parameters:
            quoted["opaque"] = challenge.parameters["opaque"]
        if "algorithm" in challenge.parameters:
            plain["algorithm"] = challenge.parameters["algorithm"]
        values = [f'{name}="{_escaped(value)}"' for name, value in quoted.items()]
        return "Digest " + ", ".join(values + [f"{name}={value}" for name, value in plain.items()])


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
