"""The archive of a case: PDF, masked pictures, and what it takes to check them."""

import hashlib
import zipfile
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from api.custody.masking_note import NOTE_NAME
from api.evidence import Evidence, EvidenceError
from api.exports.case_file import CaseFile
from api.exports.case_pdf import TITLE, case_pdf
from api.exports.readme import readme
from api.exports.settings import ExportSettings
from streams.evidence.keys import PublicKeys, key_id, public_pem
from streams.evidence.manifest import LARGEST_MANIFEST_BYTES, MANIFEST_NAME
from streams.evidence.packet import EPOCH
from streams.evidence.signature import SIGNATURE_NAME, message_bytes, with_signature

STATEMENT_NAME = "export.json"
FORMAT = "skyeye.export/1"


def write_zip(
    out: IO[bytes],
    told: CaseFile,
    evidence: Evidence,
    settings: ExportSettings,
    key: Ed25519PrivateKey,
    keys: PublicKeys,
) -> None:
    """Write the archive of a case; the same case in the same state gives the same bytes.

    `key` signs what is exported, `keys` are the node's public keys. Raises EvidenceError where
    the packet's manifest or signature cannot be read.
    """
    files = _files(told, evidence, settings, key, keys)
    folder = told.case.number
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            _add(archive, f"{folder}/{name}", data)
        _add(archive, f"{folder}/{STATEMENT_NAME}", _statement(told, files, key))


def _files(
    told: CaseFile,
    evidence: Evidence,
    settings: ExportSettings,
    key: Ed25519PrivateKey,
    keys: PublicKeys,
) -> dict[str, bytes]:
    own = key_id(key.public_key())
    signers = {own: key.public_key(), **keys}
    wanted = dict.fromkeys([own, *([told.verdict.signed_by] if told.verdict.signed_by else [])])
    pem = b"".join(public_pem(signers[name]) for name in wanted if name in signers)
    files = {
        f"{TITLE}.pdf": case_pdf(told, settings),
        "README.txt": readme(told.case.number, told.case.manifest_sha256, own),
        "public-key.pem": pem,
        NOTE_NAME: told.note,
    }
    for name in (MANIFEST_NAME, SIGNATURE_NAME):
        try:
            with evidence.open(told.case.packet, name) as file:
                files[name] = file.read(LARGEST_MANIFEST_BYTES)
        except EvidenceError:
            if name == MANIFEST_NAME:
                raise  # of a packet of format 1 there is no signature
    pictures = {f"pictures/{one.name}": one.data for one in told.pictures}
    return files | {name: data for name, data in pictures.items() if data is not None}


def _statement(told: CaseFile, files: dict[str, bytes], key: Ed25519PrivateKey) -> bytes:
    """`export.json`: what the archive holds, signed like a packet's signature."""
    public = key.public_key()
    value = {
        "format": FORMAT,
        "algorithm": "Ed25519",
        "key_id": key_id(public),
        "public_key": public.public_bytes_raw().hex(),
        "case": told.case.id,
        "number": told.case.number,
        "as_of": round(told.as_of_s, 3),
        "manifest_sha256": told.case.manifest_sha256,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    return with_signature(value, key.sign(message_bytes(value)).hex())


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    info = zipfile.ZipInfo(name, EPOCH)
    info.external_attr = 0o644 << 16
    packed = not name.endswith((".jpg", ".pdf"))
    archive.writestr(info, data, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)
