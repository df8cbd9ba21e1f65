"""The signature of an evidence packet: `signature.json`, format `skyeye.signature/1`.

It is a statement about the manifest and the files, signed with Ed25519: the signature is over
the file's own bytes up to the line that holds it. Besides the hash of the whole manifest the
statement has one of every part of it, so that a change can be named and not only noticed, and
the packet's link in its chain, which a damaged manifest does not take along.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import ConfigDict, Field, ValidationError

from streams.evidence.keys import key_id
from streams.evidence.manifest import MANIFEST_NAME, ChainPart, FileName, Part, Sha256

SIGNATURE_NAME = "signature.json"
LARGEST_SIGNATURE_BYTES = 1024 * 1024
MOST_NAMED = 6


class Statement(Part):
    """What is signed, and the signature (128 hexadecimal digits)."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["skyeye.signature/1"]
    algorithm: Literal["Ed25519"]
    key_id: Sha256
    public_key: Sha256
    signed_at: float
    manifest_sha256: Sha256
    chain: ChainPart
    files: dict[FileName, Sha256]
    parts: dict[str, Sha256]
    signature: Annotated[str, Field(pattern=r"^[0-9a-f]{128}$")]


@dataclass(frozen=True, slots=True)
class Checked:
    """What `signature.json` is worth: a statement that holds, or the problem with it."""

    statement: Statement | None
    problem: str | None


def sign_manifest(manifest: bytes, key: Ed25519PrivateKey, signed_s: float) -> bytes:
    """Return the bytes of `signature.json` for a manifest's bytes."""
    value, public = json.loads(manifest), key.public_key()
    told = {
        "format": "skyeye.signature/1",
        "algorithm": "Ed25519",
        "key_id": key_id(public),
        "public_key": public.public_bytes_raw().hex(),
        "signed_at": round(signed_s, 3),
        "manifest_sha256": hashlib.sha256(manifest).hexdigest(),
        "chain": value["chain"],
        "files": {name: part["sha256"] for name, part in value["files"].items()},
        "parts": _parts(value),
    }
    return with_signature(told, key.sign(message_bytes(told)).hex())


def check_signature(data: bytes) -> Checked:
    """Read `signature.json` and check it against the public key that it names itself."""
    try:
        statement = Statement.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        return Checked(None, f"{SIGNATURE_NAME} was altered: {where or 'it'} is not as it must be.")
    told = statement.model_dump(exclude={"signature"})
    if data != with_signature(told, statement.signature):
        return Checked(None, f"{SIGNATURE_NAME} was altered: its bytes are not those of a signer.")
    try:
        public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(statement.public_key))
        public.verify(bytes.fromhex(statement.signature), message_bytes(told))
    except (InvalidSignature, ValueError):
        return Checked(None, f"{SIGNATURE_NAME} was altered: its signature does not fit it.")
    if key_id(public) != statement.key_id:
        return Checked(None, f"{SIGNATURE_NAME} names a key that is not its own.")
    return Checked(statement, None)


def manifest_changes(statement: Statement, manifest: bytes) -> str | None:
    """Which parts of a manifest are not those that were signed; None if all of it is."""
    if hashlib.sha256(manifest).hexdigest() == statement.manifest_sha256:
        return None
    try:
        parts = _parts(json.loads(manifest))
    except (ValueError, AttributeError, RecursionError):
        return f"{MANIFEST_NAME} was altered: it is no longer readable."
    names = sorted(
        name
        for name in parts.keys() | statement.parts.keys()
        if parts.get(name) != statement.parts.get(name)
    )
    if not names:
        return f"{MANIFEST_NAME} was altered: it says the same in other bytes."
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return f"{MANIFEST_NAME} was altered: {', '.join(names[:MOST_NAMED])}{more}."


def _parts(value: dict[str, Any]) -> dict[str, str]:
    """A hash of every part of a manifest; parts that are objects are taken apart once."""
    parts: dict[str, str] = {}
    for key, part in value.items():
        if isinstance(part, dict) and part:
            parts |= {f"{key}.{name}": _digest(inner) for name, inner in part.items()}
        else:
            parts[key] = _digest(part)
    return parts


def _digest(part: object) -> str:
    return hashlib.sha256(json.dumps(part, sort_keys=True).encode()).hexdigest()


def message_bytes(told: dict[str, Any]) -> bytes:
    """What is signed: the bytes before the line of the signature."""
    lines = (f"{json.dumps(k)}: {json.dumps(v, ensure_ascii=False)},\n" for k, v in told.items())
    return ("{\n" + "".join(lines)).encode()


def with_signature(told: dict[str, Any], signature: str) -> bytes:
    """The bytes of a signed statement's file."""
    return message_bytes(told) + f'"signature": "{signature}"\n}}\n'.encode()
