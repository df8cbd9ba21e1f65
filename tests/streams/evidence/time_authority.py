"""A time-stamp authority of the tests' own (RFC 3161): HTTP on loopback, tokens made by hand.

What it answers can be made wrong in each of the ways that a client has to notice.
"""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from rfc3161_client._rust import parse_timestamp_request

POLICY = "1.2.3.4.1"
NOW = datetime.fromtimestamp(1_795_500_600, UTC)
"""What its clock shows unless told otherwise: ten minutes after the packets of the tests."""
SEQUENCE, SET, OID, NULL, INTEGER, OCTETS = 0x30, 0x31, 0x06, 0x05, 0x02, 0x04
TIME, EXPLICIT = 0x18, 0xA0
SIGNED_DATA, TST_INFO = "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.16.1.4"
SHA256, RSA = "2.16.840.1.101.3.4.2.1", "1.2.840.113549.1.1.1"
CONTENT_TYPE, DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
SIGNER = "1.2.840.113549.1.9.16.2.47"


def der(tag: int, *parts: bytes) -> bytes:
    """An ASN.1 value in DER."""
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 128 + len(size)]) + size + body


def integer(value: int) -> bytes:
    return der(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(text: str) -> bytes:
    first, second, *rest = map(int, text.split("."))
    body = bytes([40 * first + second])
    for number in rest:
        digits = [number & 127]
        while number := number >> 7:
            digits.append(number & 127 | 128)
        body += bytes(reversed(digits))
    return der(OID, body)


ALGORITHM = der(SEQUENCE, oid(SHA256), der(NULL))


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate and its key; `root` is who signed it."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate
    root: x509.Certificate

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)


@cache
def identity(name: str = "tsa", days: int = 500) -> Identity:
    """An authority of a name, its certificate valid for `days` from a year before NOW on."""
    root_key, key = (rsa.generate_private_key(65537, 2048) for _ in range(2))
    root = _certificate(f"{name} root", root_key, f"{name} root", root_key, 3650, is_root=True)
    own = _certificate(name, key, f"{name} root", root_key, days, is_root=False)
    return Identity(key, own, root)


def _certificate(name, key, issuer, issuer_key, days, *, is_root):
    since = NOW - timedelta(days=364)
    named = [x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, n)]) for n in (name, issuer)]
    made = x509.CertificateBuilder().subject_name(named[0]).issuer_name(named[1])
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(since).not_valid_after(since + timedelta(days=days))
    made = made.add_extension(x509.BasicConstraints(is_root, None), critical=True)
    if not is_root:
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
        made = made.add_extension(use, critical=True)
    return made.sign(issuer_key, hashes.SHA256())


@dataclass(slots=True)
class Authority:
    """What it answers: rightly, unless `fault` names a way to be wrong; `asked` counts."""

    who: Identity = field(default_factory=identity)
    fault: str = ""
    at: datetime = NOW
    asked: int = 0
    url: str = ""

    def answer(self, request: bytes) -> bytes:
        """The answer to a request's bytes."""
        self.asked += 1
        if self.fault == "garbage":
            return b"<html>maintenance</html>"
        if self.fault == "refusal":
            return der(SEQUENCE, der(SEQUENCE, integer(2)))
        asked = parse_timestamp_request(request)
        digest = asked.message_imprint.message
        if self.fault == "hash":
            digest = hashlib.sha256(b"something else").digest()
        nonce = asked.nonce + (self.fault == "nonce")
        token = self._token(self._info(digest, nonce))
        return der(SEQUENCE, der(SEQUENCE, integer(0)), token)

    def _info(self, digest: bytes, nonce: int) -> bytes:
        moment = self.at.strftime("%Y%m%d%H%M%SZ").encode()
        policy = "1.2.3.4.2" if self.fault == "policy" else POLICY
        imprint = der(SEQUENCE, ALGORITHM, der(OCTETS, digest))
        return der(
            SEQUENCE, integer(1), oid(policy), imprint, integer(self.asked), der(TIME, moment),
            integer(nonce),
        )  # fmt: skip

    def _token(self, info: bytes) -> bytes:
        """The signed data (RFC 5652) that holds a token's info."""
        own = self.who.certificate.public_bytes(Encoding.DER)
        digest = hashlib.sha256(info).digest()
        attributes = b"".join(
            sorted(
                der(SEQUENCE, oid(name), der(SET, value))
                for name, value in (
                    (CONTENT_TYPE, oid(TST_INFO)),
                    (DIGEST, der(OCTETS, digest)),
                    (SIGNER, der(SEQUENCE, der(SEQUENCE, der(SEQUENCE, _octets_of(own))))),
                )
            )
        )
        signature = self.who.key.sign(der(SET, attributes), padding.PKCS1v15(), hashes.SHA256())
        if self.fault == "signature":
            signature = bytes([signature[0] ^ 1]) + signature[1:]
        issuer = self.who.certificate.issuer.public_bytes()
        signer = der(
            SEQUENCE,
            integer(1),
            der(SEQUENCE, issuer, integer(self.who.certificate.serial_number)),
            ALGORITHM,
            der(EXPLICIT, attributes),
            der(SEQUENCE, oid(RSA), der(NULL)),
            der(OCTETS, signature),
        )
        content = der(SEQUENCE, oid(TST_INFO), der(EXPLICIT, der(OCTETS, info)))
        certificates = der(EXPLICIT, own)
        signed = der(
            SEQUENCE, integer(3), der(SET, ALGORITHM), content, certificates, der(SET, signer)
        )
        return der(SEQUENCE, oid(SIGNED_DATA), der(EXPLICIT, signed))


def _octets_of(certificate: bytes) -> bytes:
    return der(OCTETS, hashlib.sha256(certificate).digest())


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Serve an authority on loopback; with the fault `status` it answers 503."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.headers["Content-Type"] == "application/timestamp-query"
            body = authority.answer(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(503 if authority.fault == "status" else 200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        authority.url = f"http://127.0.0.1:{server.server_address[1]}/tsr"
        try:
            yield authority
        finally:
            server.shutdown()
            thread.join()
