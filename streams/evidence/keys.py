"""The keys that a node signs its evidence with: Ed25519 (RFC 8032), in a folder of the node.

`signing.key` is the private key in force, readable by its owner alone; `<key id>.pub` are the
public keys of this and of earlier times, so that old packets stay checkable. A key's id is the
SHA-256 of its 32 raw bytes. A private key is never shown, and replaced ones are not kept.
"""

import hashlib
import os
import re
import uuid
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from streams.durable import remedy, replace_file, sync_folder

PRIVATE_NAME = "signing.key"
LARGEST_KEY_FILE_BYTES = 1024 * 1024
OTHERS = 0o077
_PEM = re.compile(rb"-----BEGIN PUBLIC KEY-----.*?-----END PUBLIC KEY-----\s*", re.DOTALL)

PublicKeys = dict[str, Ed25519PublicKey]
"""Public keys by their ids."""


class KeysError(OSError):
    """Keys cannot be used; the message names the file and says what to do."""


def key_id(key: Ed25519PublicKey) -> str:
    """The fingerprint of a public key: 64 hexadecimal digits."""
    return hashlib.sha256(key.public_bytes_raw()).hexdigest()


def public_pem(key: Ed25519PublicKey) -> bytes:
    """A public key as PEM."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def read_public_keys(path: Path) -> PublicKeys:
    """Read a file of one public key or several as PEM; raises KeysError."""
    try:
        data = path.read_bytes()[:LARGEST_KEY_FILE_BYTES]
        keys = [load_pem_public_key(pem) for pem in _PEM.findall(data)]
    except (OSError, ValueError, UnsupportedAlgorithm) as error:
        raise KeysError(f"public key {path} cannot be read: {_why(error)}") from error
    if not keys:
        raise KeysError(f"{path} holds no public key: give the file of `skyeye keys show`")
    ours = [key for key in keys if isinstance(key, Ed25519PublicKey)]
    if len(ours) < len(keys):
        raise KeysError(f"{path} holds a key of another kind than Ed25519")
    return {key_id(key): key for key in ours}


class KeyRing:
    """The keys in `folder`; methods raise KeysError."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def signer(self) -> Ed25519PrivateKey:
        """The private key in force, made when there is none yet."""
        path = self.folder / PRIVATE_NAME
        try:
            if not path.exists():
                self._make(path)
            self._check(path)
            key = load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            if isinstance(error, KeysError):
                raise
            raise KeysError(f"key {path} cannot be used: {_why(error)}") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise KeysError(f"key {path} is not an Ed25519 key: move it away to have one made")
        if not (self.folder / f"{key_id(key.public_key())}.pub").exists():
            self._keep_public(key.public_key())
        return key

    def public_keys(self) -> PublicKeys:
        """All public keys, those of the past included."""
        keys: PublicKeys = {}
        for path in sorted(self.folder.glob("*.pub")):
            keys |= read_public_keys(path)
        return keys

    def rotate(self) -> str:
        """Replace the private key in force by a new one and return the new key's id."""
        self.signer()  # so that its public key is kept
        key = Ed25519PrivateKey.generate()
        try:
            self._keep_public(key.public_key())
            temporary = self._write_private(key)
            temporary.replace(self.folder / PRIVATE_NAME)
            sync_folder(self.folder)
        except OSError as error:
            raise KeysError(f"no new key in {self.folder}: {remedy(error)}") from error
        return key_id(key.public_key())

    def _make(self, path: Path) -> None:
        """Make the first key; another process may do so at the same time, and one of them wins."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = Ed25519PrivateKey.generate()
        temporary = self._write_private(key)
        try:
            self._keep_public(key.public_key())
            os.link(temporary, path)
        except FileExistsError:
            (self.folder / f"{key_id(key.public_key())}.pub").unlink(missing_ok=True)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(self.folder)

    def _keep_public(self, key: Ed25519PublicKey) -> None:
        path = self.folder / f"{key_id(key)}.pub"
        try:
            replace_file(path, public_pem(key))
        except OSError as error:
            raise KeysError(f"public key {path} was not kept: {remedy(error)}") from error

    def _write_private(self, key: Ed25519PrivateKey) -> Path:
        """Write a private key under a temporary name; never for a moment can others read it."""
        path = self.folder / f".{PRIVATE_NAME}.tmp-{uuid.uuid4()}"
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
            file.flush()
            os.fsync(file.fileno())
        return path

    def _check(self, path: Path) -> None:
        mode = path.stat().st_mode & 0o777
        if mode & OTHERS:
            raise KeysError(
                f"key {path} can be used by others (mode {mode:04o}): take that away with "
                f"`chmod 600 {path}`, and `skyeye keys rotate` if somebody may have read it"
            )


def _why(error: Exception) -> str:
    """What is wrong, without a word of what a private key's file holds."""
    return remedy(error) if isinstance(error, OSError) else "it is no key, or a damaged one"
