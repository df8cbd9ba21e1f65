"""Secrets at rest: sealed with AES-256-GCM under a key in the node's `keys` folder.

What protects them is that `sealing.key` (mode 0600) is not where copies of the databases go: a
backup of `bus.db` or `cases.db` alone tells no password. A sealed text names its key and is bound
to a purpose (`camera gate`, say), so that it opens nowhere else.

`sealing.key` has a key a line, in base64, the one in force first; older ones stay until everything
is sealed anew (`skyeye secrets rotate`).
"""

import base64
import binascii
import hashlib
import os
import secrets
import uuid
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from streams.durable import remedy, sync_folder

KEY_NAME = "sealing.key"
PREFIX = "sealed://1/"
"""It looks like an address of no known kind, which whoever forgets to open it cannot use."""
KEY_BYTES = 32
NONCE_BYTES = 12
OTHERS = 0o077


class SealingError(OSError):
    """A secret cannot be sealed or opened; the message names the file and says what to do."""


def is_sealed(text: str) -> bool:
    """Whether a text was made by `Seals.seal`."""
    return text.startswith(PREFIX)


class Seals:
    """Seals and opens with the keys in `folder`; methods raise SealingError.

    The file is read each time, as another process may have rotated the keys.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / KEY_NAME

    def seal(self, text: str, purpose: str) -> str:
        """The text sealed under the key in force, which is made when there is none yet."""
        key = self._keys()[0]
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = AESGCM(key).encrypt(nonce, text.encode(), purpose.encode())
        return f"{PREFIX}{_key_id(key)}/{_base64(nonce + sealed)}"

    def open(self, sealed: str, purpose: str) -> str:
        """The text that was sealed for the same purpose."""
        key_id, _, body = sealed.removeprefix(PREFIX).partition("/")
        key = next((key for key in self._keys() if _key_id(key) == key_id), None)
        if key is None:
            raise SealingError(
                f"{self.path} lacks the key {key_id[:16]}, which sealed the secret of {purpose}: "
                "restore it from a backup, or enter the secret anew"
            )
        try:
            data = base64.urlsafe_b64decode(body)
            text = AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], purpose.encode())
        except (InvalidTag, ValueError, binascii.Error):
            raise SealingError(
                f"the secret of {purpose} was changed since it was sealed: enter it anew"
            ) from None
        return text.decode()

    def is_current(self, sealed: str) -> bool:
        """Whether a sealed text is sealed under the key in force."""
        return sealed.startswith(f"{PREFIX}{_key_id(self._keys()[0])}/")

    def add_key(self) -> None:
        """Put a new key in force; the older ones stay, to open what they sealed."""
        self._write([secrets.token_bytes(KEY_BYTES), *self._keys()])

    def drop_old_keys(self) -> None:
        """Keep only the key in force: once everything is sealed anew."""
        self._write(self._keys()[:1])

    def _keys(self) -> list[bytes]:
        try:
            if not self.path.exists():
                self._make()
            mode = self.path.stat().st_mode & 0o777
            if mode & OTHERS:
                raise SealingError(
                    f"{self.path} can be used by others (mode {mode:04o}): take that away with "
                    f"`chmod 600 {self.path}`, and `skyeye secrets rotate` if somebody may have "
                    "read it"
                )
            keys = [base64.b64decode(line) for line in self.path.read_bytes().split()]
        except (OSError, ValueError) as error:
            if isinstance(error, SealingError):
                raise
            reason = remedy(error) if isinstance(error, OSError) else "it is damaged"
            raise SealingError(f"{self.path} cannot be used: {reason}") from None
        if not keys or any(len(key) != KEY_BYTES for key in keys):
            raise SealingError(f"{self.path} is damaged: restore it from a backup")
        return keys

    def _make(self) -> None:
        """Make the first key; of two processes that do so at the same time one wins."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        temporary = self._write_beside([secrets.token_bytes(KEY_BYTES)])
        try:
            os.link(temporary, self.path)
        except FileExistsError:
            return
        finally:
            temporary.unlink()
        sync_folder(self.path.parent)

    def _write(self, keys: list[bytes]) -> None:
        try:
            self._write_beside(keys).replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise SealingError(f"{self.path} was not written: {remedy(error)}") from None

    def _write_beside(self, keys: list[bytes]) -> Path:
        """Write keys under a temporary name; never for a moment can others read them."""
        path = self.path.with_name(f".{KEY_NAME}.tmp-{uuid.uuid4()}")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(b"".join(base64.b64encode(key) + b"\n" for key in keys))
            file.flush()
            os.fsync(file.fileno())
        return path


def _key_id(key: bytes) -> str:
    return hashlib.sha256(b"skyeye sealing key\n" + key).hexdigest()[:16]


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode()
