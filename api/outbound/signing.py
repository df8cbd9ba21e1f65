"""Signatures of webhooks in the Standard Webhooks form.

`webhook-signature` holds one `v1,BASE64` for each secret, with a space between: HMAC-SHA256 with
the secret's bytes over `ID.TIMESTAMP.BODY`. While a secret is being changed there are two.
Source: https://github.com/standard-webhooks/standard-webhooks, specification, version 1.0.0.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

PREFIX = "whsec_"
SECRET_BYTES = 32
LEAST_BYTES, MOST_BYTES = 24, 64
"""As the specification wants them."""


@dataclass(frozen=True, slots=True)
class SigningKeys:
    """The secret in force, and the former one, which signs as well until `old_until_s`."""

    new: str
    old: str | None = None
    old_until_s: float = 0.0

    def at(self, now_s: float) -> tuple[str, ...]:
        """Those that sign now."""
        return (self.new, self.old) if self.old and now_s < self.old_until_s else (self.new,)


def new_signing_secret() -> str:
    """A random secret, as it is handed to whoever receives the webhooks."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def secret_bytes(secret: str) -> bytes:
    """The key in a secret; raises ValueError, without the secret in it, for what is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise ValueError(
            f"a signing secret is {PREFIX} and {LEAST_BYTES} to {MOST_BYTES} bytes in base64"
        )
    return key


def signature_headers(
    event_id: str, at_s: int, body: bytes, signing: Sequence[str]
) -> dict[str, str]:
    """The headers that prove a body: who has one of the `signing` secrets can check it."""
    message = f"{event_id}.{at_s}.".encode() + body
    return {
        "webhook-id": event_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{_sign(secret, message)}" for secret in signing),
    }


def _sign(secret: str, message: bytes) -> str:
    digest = hmac.new(secret_bytes(secret), message, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()
