"""The time-stamp authority of a site: `tsa.toml` in the data folder, and asking it (RFC 3161)."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from rfc3161_client import HashAlgorithm, TimestampRequestBuilder

from streams.evidence.anchor import (
    LARGEST_BYTES,
    AnchorError,
    Head,
    Roots,
    Stamp,
    read_roots,
    read_stamp,
    stamp_problem,
)

FILE_NAME = "tsa.toml"
TIMEOUT_S = 20.0
NO_AUTHORITY = "no time-stamp authority is configured"


class AuthoritySettings(BaseModel):
    """`tsa.toml`: `root` is a file of trusted certificates, from the data folder if relative.

    `policy` is the object identifier that its stamps have to name, where one is wanted.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    root: Path
    policy: str | None = Field(None, pattern=r"^[0-2](\.(0|[1-9]\d*))+$")
    every_h: float = Field(24.0, ge=0.1, le=24 * 31)

    @field_validator("url")
    @classmethod
    def _is_http(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("it is no address of the form http://… or https://…")
        if parts.username or parts.password:
            raise ValueError("a name or password in an address is seen in logs: leave it out")
        return url


@dataclass(frozen=True, slots=True)
class Authority:
    """Who stamps, and by which certificates its stamps are known."""

    url: str
    roots: Roots
    policy: str | None
    every_s: float

    def stamp(self, head: Head) -> tuple[bytes, Stamp]:
        """Have a head stamped; return the answer's bytes, checked, and what they say.

        Raises AnchorError where the authority is away, refuses, or answers something else.
        """
        data = head.as_bytes()
        request = TimestampRequestBuilder(data, HashAlgorithm.SHA256).build()
        answer = self._ask(request.as_bytes())
        try:
            stamp = read_stamp(answer)
        except ValueError as error:
            raise AnchorError(f"{self.url} gave no time stamp: {error}") from None
        problem = stamp_problem(stamp, data, self.roots, self.policy, request.nonce)
        if problem is not None:
            raise AnchorError(f"the time stamp of {self.url} is not kept: {problem}")
        return answer, stamp

    def _ask(self, request: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query"}
        try:
            with httpx.stream(
                "POST", self.url, content=request, headers=headers, timeout=TIMEOUT_S
            ) as response:
                if response.status_code != httpx.codes.OK:
                    raise AnchorError(f"{self.url} answered with status {response.status_code}")
                answer = b""
                for piece in response.iter_bytes():
                    answer += piece
                    if len(answer) > LARGEST_BYTES:
                        raise AnchorError(f"{self.url} answered more than a time stamp has")
                return answer
        except httpx.HTTPError as error:
            why = str(error) or type(error).__name__
            raise AnchorError(f"{self.url} cannot be reached: {why}") from None


def load_authority(data_dir: Path) -> Authority | None:
    """The authority of a data folder, None without a `tsa.toml`; raises AnchorError."""
    path = data_dir / FILE_NAME
    if not path.is_file():
        return None
    try:
        told = AuthoritySettings.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        message = str(first["msg"]).removeprefix("Value error, ")
        raise AnchorError(f"{path}: {key}: {message}") from None
    except (OSError, ValueError) as error:
        raise AnchorError(f"{path}: {error}") from None
    return Authority(told.url, read_roots(data_dir / told.root), told.policy, told.every_h * 3600)
