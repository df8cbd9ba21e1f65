"""Anchors: time stamps of a chain's head by somebody else's clock (RFC 3161).

Below the packets, in `.anchors`, an anchor is two files: `<chain>-<number>.json` says which
packet the chain ended with, and the `.tsr` of the same name is the authority's answer to the hash
of that file. So anybody can check it without Skyeye: `openssl ts -verify -data NAME.json -in
NAME.tsr -CAfile root.pem`. Packets up to that number cannot be made anew from then on.
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from cryptography import x509
from pydantic import ConfigDict, Field, ValidationError
from rfc3161_client import (
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from streams.durable import name_part, replace_file, write_file
from streams.evidence.chain import REGISTER_NAME, Chain, read_register
from streams.evidence.manifest import Part, Sha256

FOLDER = ".anchors"
LARGEST_BYTES = 1024 * 1024
LATELY_BYTES = 1024 * 1024
"""How much of a register's end tells of late: some 3,000 packets."""
SHA256_OID = x509.ObjectIdentifier("2.16.840.1.101.3.4.2.1")
Roots = tuple[x509.Certificate, ...]


class AnchorError(OSError):
    """A chain cannot be anchored, or an anchor not be read; the message says what to do."""


class Head(Part):
    """With which packet a chain ended; what is stamped is the file that says so."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["skyeye.anchor/1"] = "skyeye.anchor/1"
    chain: Annotated[str, Field(min_length=1, max_length=64)]
    sequence: Annotated[int, Field(ge=1)]
    manifest_sha256: Sha256

    def as_bytes(self) -> bytes:
        """The bytes of its file."""
        return (json.dumps(self.model_dump(), indent=1) + "\n").encode()

    @property
    def name(self) -> str:
        """What its files are called after."""
        return name_part(f"{self.chain}-{self.sequence:08d}", "chain id")


@dataclass(frozen=True, slots=True)
class Stamp:
    """An authority's answer: `at_s` UTC seconds by its clock, `by` the name in its certificate."""

    answer: TimeStampResponse
    at_s: float
    by: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head and its stamp; where `problem` is told, the one or the other is None."""

    name: str
    head: Head | None
    stamp: Stamp | None
    problem: str | None = None


def read_head(root: Path) -> Head | None:
    """The end of the chain of the packets below `root`; None while there is none.

    The register tells it. Where that was lost, it is completed from the packets first; raises
    OSError where the disk fails.
    """
    if not root.is_dir():
        return None
    entries, sealed = read_register(root / REGISTER_NAME, LATELY_BYTES)
    if sealed:
        last = entries[max(sealed)]
        return Head(chain=last.chain, sequence=last.sequence, manifest_sha256=last.manifest_sha256)
    with Chain(root).turn() as turn:
        link = turn.link
    if link.previous_sha256 is None:
        return None
    return Head(chain=link.id, sequence=link.sequence - 1, manifest_sha256=link.previous_sha256)


def read_stamp(data: bytes) -> Stamp:
    """Read an authority's answer; raises ValueError for what is none, or a refusal."""
    answer = decode_timestamp_response(data)
    if answer.status != 0:
        why = "; ".join(answer.status_string) or f"status {answer.status}"
        raise ValueError(f"the authority refused: {why[:200]}")
    return Stamp(answer, answer.tst_info.gen_time.timestamp(), _signer(answer))


def stamp_problem(
    stamp: Stamp, head: bytes, roots: Roots, policy: str | None = None, nonce: int | None = None
) -> str | None:
    """Why a stamp does not prove when the bytes of a head's file were there; None if it does.

    The certificates have to be valid at the time of the stamp. Without `roots` the hash alone is
    compared, and who signed is not known.
    """
    imprint = stamp.answer.tst_info.message_imprint
    if imprint.hash_algorithm != SHA256_OID or imprint.message != hashlib.sha256(head).digest():
        return "it is of something else: its hash is another one"
    if not roots:
        return None
    wanted = x509.ObjectIdentifier(policy) if policy else None
    verifier = VerifierBuilder(policy_id=wanted, roots=list(roots), nonce=nonce).build()
    try:
        verifier.verify(stamp.answer, imprint.message)
    except (VerificationError, ValueError) as error:
        return f"it is not the trusted authority's: {error}"
    return None


def read_roots(path: Path) -> Roots:
    """Read a file of certificates (PEM, or one as DER); raises AnchorError."""
    try:
        data = path.read_bytes()[:LARGEST_BYTES]
        if b"-----BEGIN" in data:
            return tuple(x509.load_pem_x509_certificates(data))
        return (x509.load_der_x509_certificate(data),)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it holds no certificate"
        raise AnchorError(f"the authority's certificate {path} cannot be read: {why}") from None


def keep(root: Path, head: Head, answer: bytes) -> None:
    """Keep an anchor of the packets below `root`: it is there when both of its files are.

    Raises AnchorError where another head of that number was stamped before.
    """
    folder = root / FOLDER
    folder.mkdir(exist_ok=True)
    path = folder / f"{head.name}.json"
    if path.exists() and path.read_bytes() != head.as_bytes():
        raise AnchorError(
            f"{path.name} tells of another packet {head.sequence}: the chain was rewritten "
            "after it was stamped; check it with `skyeye verify`"
        )
    write_file(path, head.as_bytes())
    replace_file(path.with_suffix(".tsr"), answer)


def read_anchors(folder: Path) -> list[Anchor]:
    """The anchors in a folder, by their names; those that cannot be read tell why."""
    return [_read(path) for path in sorted(folder.glob("*.tsr")) if not path.name.startswith(".")]


def last_anchor(folder: Path) -> Anchor | None:
    """The anchor of the highest number in a folder, those left out that cannot be read."""
    paths = sorted(folder.glob("*-????????.tsr"), key=lambda path: path.stem[-8:], reverse=True)
    return next((one for one in map(_read, paths) if one.problem is None), None)


def head_bytes(folder: Path, name: str) -> bytes:
    """The file that an anchor is the stamp of; raises OSError."""
    with (folder / f"{name}.json").open("rb") as file:
        return file.read(LARGEST_BYTES)


def _read(path: Path) -> Anchor:
    name = path.stem
    try:
        head = Head.model_validate_json(head_bytes(path.parent, name))
    except (OSError, ValidationError):
        return Anchor(name, None, None, f"{name}.json, which it is the stamp of, cannot be read")
    try:
        with path.open("rb") as file:
            return Anchor(name, head, read_stamp(file.read(LARGEST_BYTES)))
    except (OSError, ValueError) as error:
        return Anchor(name, head, None, f"it is no time stamp, or a damaged one: {error}")


def _signer(answer: TimeStampResponse) -> str:
    """The name of whoever signed, "" where the answer has no certificate."""
    signers = {(one.issuer, one.serial_number) for one in answer.signed_data.signer_infos}
    for der in answer.signed_data.certificates:
        certificate = x509.load_der_x509_certificate(der)
        if (certificate.issuer, certificate.serial_number) in signers:
            return certificate.subject.rfc4514_string()
    return ""
