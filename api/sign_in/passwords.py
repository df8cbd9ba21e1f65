"""Passwords and the secrets that stand for them."""

import hashlib
import secrets
import threading

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

SHORTEST = 10
LONGEST = 256
_HASHING = PasswordHash((Argon2Hasher(),))
_TURN = threading.BoundedSemaphore(2)
"""A hash takes 64 MiB and a processor: many logins at once must not take the machine."""
_NOBODY = _HASHING.hash("the password of nobody")


def check_password(password: str, username: str) -> str:
    """Return a password that is good enough; raises ValueError saying why one is not."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ValueError(f"a password has {SHORTEST} to {LONGEST} characters")
    if username.casefold() in password.casefold():
        raise ValueError("a password must not contain the user name")
    return password


def hash_password(password: str) -> str:
    """The Argon2id hash to keep instead of a password."""
    with _TURN:
        return _HASHING.hash(password)


def is_password(password: str, password_hash: str | None) -> bool:
    """Whether a password is the hashed one; takes as long where there is no account (None)."""
    with _TURN:
        matches = _HASHING.verify(password, password_hash or _NOBODY)
    return matches and password_hash is not None


def one_time_password() -> str:
    """A random password to hand out; 96 bits, easy to type."""
    text = secrets.token_hex(12)
    return "-".join(text[i : i + 6] for i in range(0, len(text), 6))


def new_secret() -> str:
    """A random text for a cookie or a token; 256 bits."""
    return secrets.token_urlsafe(32)


def hash_secret(secret: str) -> str:
    """What is kept of such a text: random enough for a plain SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()
