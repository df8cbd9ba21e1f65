"""Certificates of purges: what went, when and by which rule, `skyeye.purge/1`.

`packets/.purged/00000001.json` and so on: each is signed like a packet's signature, holds the
hash of the one before, and has the purged packet's link, so that the chain of the packets goes on
through it. Whoever takes packets away without one leaves a gap.
"""

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ConfigDict, Field, ValidationError

from streams.durable import sync_folder, write_file
from streams.evidence.keys import PublicKeys, key_id
from streams.evidence.manifest import ChainPart, Part, Sha256
from streams.evidence.signature import message_bytes, with_signature

FOLDER = ".purged"
LOCK_NAME = ".lock"
FORMAT = "skyeye.purge/1"
LARGEST_BYTES = 1024 * 1024


class GonePart(Part):
    """A file that was deleted; the hash is of what it held then."""

    model_config = ConfigDict(extra="forbid")

    sha256: Sha256
    bytes: Annotated[int, Field(ge=0)]


class RulePart(Part):
    """By which rule: cases in a state are kept so many days from `since_s` (UTC seconds)."""

    model_config = ConfigDict(extra="forbid")

    state: str
    days: float
    since_s: float


class Certificate(Part):
    """What was purged: `packet` is its path below the packets, `copies` are its masked copies.

    `sequence` counts the node's certificates from 1, `previous_sha256` is of the file of the one
    before; `chain`, `manifest_sha256` and `sealed_at` are the packet's, `sound` whether it was as
    it had been sealed.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal["skyeye.purge/1"]
    algorithm: Literal["Ed25519"]
    key_id: Sha256
    public_key: Sha256
    sequence: Annotated[int, Field(ge=1)]
    previous_sha256: Sha256 | None
    purged_at: float
    by: str
    rule: RulePart
    case_id: str
    case_number: str
    packet: str
    manifest_sha256: Sha256
    sound: bool
    sealed_at: float | None
    chain: ChainPart | None
    files: dict[str, GonePart]
    copies: dict[str, GonePart]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


@dataclass(frozen=True, slots=True)
class Kept:
    """A certificate as it lies there: its file's name, hash and what it says, or what is wrong."""

    name: str
    sha256: str
    certificate: Certificate | None
    problem: str | None


class Certificates:
    """The certificates below a root of packets."""

    def __init__(self, root: Path) -> None:
        self._folder = root / FOLDER

    def read(self) -> list[Kept]:
        """All of them in order; what is damaged says so."""
        if not self._folder.is_dir():
            return []
        return [_read(path) for path in sorted(self._folder.glob("[0-9]*.json"))]

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Nobody else adds one meanwhile."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / LOCK_NAME).open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def find(self, packet: str, manifest_sha256: str) -> Kept | None:
        """The certificate of a packet, None where there is none."""
        for kept in self.read():
            told = kept.certificate
            if told and (told.packet, told.manifest_sha256) == (packet, manifest_sha256):
                return kept
        return None

    def add(self, told: dict[str, Any], key: Ed25519PrivateKey) -> Kept:
        """Sign the next certificate and put it on the disk, in a turn; `told` is what it is about.

        Raises OSError where the disk fails; then there is none.
        """
        last = self.read()[-1:]
        number = int(Path(last[0].name).stem) + 1 if last else 1
        public = key.public_key()
        value = {
            "format": FORMAT,
            "algorithm": "Ed25519",
            "key_id": key_id(public),
            "public_key": public.public_bytes_raw().hex(),
            "sequence": number,
            "previous_sha256": last[0].sha256 if last else None,
            **told,
        }
        data = with_signature(value, key.sign(message_bytes(value)).hex())
        path = self._folder / f"{number:08d}.json"
        temporary = path.with_name(f".{path.name}.tmp-{os.getpid()}")
        try:
            write_file(temporary, data)
            temporary.rename(path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(self._folder)
        return _read(path)


def certificate_problems(kept: list[Kept], keys: PublicKeys | None) -> Iterator[str]:
    """What is wrong with certificates or their order; with `keys` one of them must have signed."""
    previous: str | None = None
    for place, one in enumerate(kept, start=1):
        told = one.certificate
        if told is None:
            yield f"{FOLDER}/{one.name}: {one.problem}"
        elif told.sequence != place or one.name != f"{place:08d}.json":
            yield f"{FOLDER}/{one.name}: number {place} should be here; certificates are missing."
        elif told.previous_sha256 != previous:
            yield f"{FOLDER}/{one.name} does not follow on from the certificate before it."
        elif keys and told.key_id not in keys:
            yield f"{FOLDER}/{one.name} is by key {told.key_id}, which is none of those given."
        previous = one.sha256


def _read(path: Path) -> Kept:
    with path.open("rb") as file:
        data = file.read(LARGEST_BYTES + 1)
    certificate, problem = _checked(data)
    return Kept(path.name, hashlib.sha256(data).hexdigest(), certificate, problem)


def _checked(data: bytes) -> tuple[Certificate | None, str | None]:
    try:
        certificate = Certificate.model_validate_json(data)
    except ValidationError:
        return None, "this is no certificate of a purge, or it was altered."
    told = certificate.model_dump(exclude={"signature"})
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(certificate.public_key))
        public.verify(bytes.fromhex(certificate.signature), message_bytes(told))
    except (InvalidSignature, ValueError):
        return None, "it was altered: its signature does not fit it."
    if data != with_signature(told, certificate.signature) or key_id(public) != certificate.key_id:
        return None, "it was altered: its bytes are not those of a signer."
    return certificate, None
