"""Two hashes of every file: SHA-256, and SM3 (GB/T 32905-2016), which Chinese courts know."""

import hashlib
from typing import IO

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from streams.durable import CHUNK_BYTES

NO_SM3 = "the cryptographic library of this machine has no SM3, so files have their SHA-256 only"


class Digests:
    """Takes data piece by piece; `sm3` is None where the machine's library lacks it."""

    def __init__(self) -> None:
        self._sha256 = hashlib.sha256()
        self._sm3 = _new_sm3()

    def update(self, data: bytes) -> None:
        """Go on with more data."""
        self._sha256.update(data)
        if self._sm3 is not None:
            self._sm3.update(data)

    @property
    def sha256(self) -> str:
        """64 hexadecimal digits."""
        return self._sha256.hexdigest()

    @property
    def sm3(self) -> str | None:
        """64 hexadecimal digits."""
        return None if self._sm3 is None else self._sm3.copy().finalize().hex()


def digests(file: IO[bytes], most_bytes: int) -> Digests:
    """Hash a file, reading no more than one byte past `most_bytes`."""
    taken, left = Digests(), most_bytes + 1
    while left > 0 and (chunk := file.read(min(CHUNK_BYTES, left))):
        taken.update(chunk)
        left -= len(chunk)
    return taken


def _new_sm3() -> hashes.Hash | None:
    try:
        return hashes.Hash(hashes.SM3())
    except UnsupportedAlgorithm:  # OpenSSL can be built without it
        return None
