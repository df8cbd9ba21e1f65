"""Requests to other systems that cannot be turned against this network: real ones, on loopback."""

import datetime as dt
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import IPv6Address, ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given, strategies as st

from api.outbound.guard import (
    AddressRefused,
    AnswerTooLong,
    GuardedTransport,
    Reach,
    check_target,
    guarded_client,
    is_public,
    load_reach,
    read_capped,
)

FORBIDDEN = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "0.0.0.1", "224.0.0.1", "239.1.1.1", "240.0.0.1", "255.255.255.255", "192.0.2.1",
    "198.18.0.1", "::1", "::", "fe80::1", "fc00::1", "fd12::1", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "2002:7f00:1::", "2002:a00:1::",
    "64:ff9b::7f00:1", "64:ff9b::a00:1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "223.5.5.5", "2400:3200::1", "2001:4860:4860::8888", "2002:808:808::1"]
LOOPBACK = Reach.parse(["127.0.0.0/8"])


class Answers(BaseHTTPRequestHandler):
    """Says which host was asked for; /away redirects to what the query names."""

    def do_GET(self) -> None:
        if self.path.startswith("/away?"):
            self.send_response(302)
            self.send_header("Location", self.path.partition("?")[2])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = self.headers["Host"].encode() * (1000 if self.path == "/long" else 1)
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def listen(context: ssl.SSLContext | None = None) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        if context:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    yield from listen()


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for platform.test, its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "platform.test")])
    now = dt.datetime.now(dt.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("platform.test")]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "ca.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem + built.public_bytes(Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def tls_port(certificate: Path) -> Iterator[int]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    yield from listen(context)


def to(*addresses: str) -> "Names":
    return Names([list(addresses)])


class Names:
    """A name server that gives one answer after the other, the last one for ever."""

    def __init__(self, answers: list[list[str]]) -> None:
        self.answers = answers
        self.asked = 0

    def __call__(self, _host: str, _port: int) -> list[str]:
        self.asked += 1
        return self.answers[min(self.asked, len(self.answers)) - 1]


@pytest.mark.parametrize("text", FORBIDDEN)
def test_forbidden_addresses(text: str) -> None:
    assert not Reach().permits("x", ip_address(text))
    with pytest.raises(AddressRefused, match=r"outbound\.toml"):
        check_target("https://x.test/", Reach(), to("8.8.8.8", text))


@pytest.mark.parametrize("text", PUBLIC)
def test_public_addresses(text: str) -> None:
    assert check_target("https://x.test/", Reach(), to(text)) == [ip_address(text)]


@given(st.ip_addresses(v=4))
def test_ipv6_cannot_hide_a_forbidden_ipv4_address(address) -> None:
    if is_public(address):
        return
    for prefix, shift in ((0xFFFF << 32, 0), (0x0064FF9B << 96, 0), (0x2002 << 112, 80)):
        hidden = IPv6Address(prefix | int(address) << shift)
        assert not Reach().permits("x", hidden)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/", "http://localhost/", "http://2130706433/", "http://0x7f.1/",
        "http://127.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://0/",
        "http://017700000001/", "http://127.0.0.1./",
    ],
)  # fmt: skip
def test_ways_to_write_loopback(url: str) -> None:
    with pytest.raises(AddressRefused):
        check_target(url, Reach())
    with guarded_client(Reach()) as client, pytest.raises(AddressRefused):
        client.get(url)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://8.8.8.8/", "file:///etc/passwd", "https://", "http:///x", "8.8.8.8", "",
        "https://me:secret@8.8.8.8/", "http://\ud800/", "http://a\0b/", "http://[::1", "gopher://x",
        "http://" + "a" * 70 + ".test/", "javascript:alert(1)",
    ],
)  # fmt: skip
def test_what_is_no_target(url: str) -> None:
    with pytest.raises(AddressRefused) as caught:
        check_target(url, Reach())
    assert "secret" not in str(caught.value)


def test_what_is_allowed_is_reached_by_its_name(port: int) -> None:
    with httpx.Client(transport=GuardedTransport(LOOPBACK, to("127.0.0.1"))) as client:
        assert client.get(f"http://platform.test:{port}/").text == f"platform.test:{port}"
    by_name = Reach.parse(["Platform.Test."])
    with httpx.Client(transport=GuardedTransport(by_name, to("127.0.0.1"))) as client:
        assert client.get(f"http://platform.test:{port}/").status_code == 200
        with pytest.raises(AddressRefused):
            client.get(f"http://other.test:{port}/")


def test_a_name_that_changes_gains_nothing(port: int) -> None:
    names = Names([["8.8.8.8"], ["127.0.0.1"]])
    check_target(f"http://x.test:{port}/", Reach(), names)  # when it was configured
    with httpx.Client(transport=GuardedTransport(Reach(), names)) as client:
        with pytest.raises(AddressRefused):
            client.get(f"http://x.test:{port}/")
        assert names.asked == 2  # once for the request: what is checked is what is used


def test_a_redirect_is_checked(port: int) -> None:
    class TwoHosts(Names):
        def __call__(self, host: str, _port: int) -> list[str]:
            return ["127.0.0.1"] if host == "ours.test" else [host]

    ours = Reach.parse(["ours.test"])
    for away in (
        f"http://127.0.0.1:{port}/",
        "http://169.254.169.254/latest",
        "file:///etc/passwd",
    ):
        transport = GuardedTransport(ours, TwoHosts([]))
        with httpx.Client(transport=transport, follow_redirects=True) as client:
            with pytest.raises((AddressRefused, httpx.UnsupportedProtocol)):
                client.get(f"http://ours.test:{port}/away?{away}")
            answer = client.get(f"http://ours.test:{port}/away?http://ours.test:{port}/ok")
            assert answer.status_code == 200
    with guarded_client(LOOPBACK) as client:
        assert client.get(f"http://127.0.0.1:{port}/away?http://x/").status_code == 302


def test_the_next_address_is_tried(port: int) -> None:
    both = GuardedTransport(LOOPBACK, to("127.0.0.99", "127.0.0.1"))
    with httpx.Client(transport=both) as client:
        assert client.get(f"http://x.test:{port}/").status_code == 200


def test_tls_proves_the_name(tls_port: int, certificate: Path) -> None:
    trusting = Reach(LOOPBACK.networks, ca_file=certificate)
    transport = GuardedTransport(trusting, to("127.0.0.1"))
    with httpx.Client(transport=transport) as client:
        assert client.get(f"https://platform.test:{tls_port}/").status_code == 200
        with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
            client.get(f"https://other.test:{tls_port}/")
    unknown = httpx.Client(transport=GuardedTransport(LOOPBACK, to("127.0.0.1")))
    with unknown, pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        unknown.get(f"https://platform.test:{tls_port}/")


def test_a_proxy_variable_is_not_heeded(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
    with guarded_client(Reach()) as client, pytest.raises(AddressRefused):
        client.get("http://10.0.0.1/")


def test_an_answer_that_is_too_long(port: int) -> None:
    here = f"http://127.0.0.1:{port}"
    with guarded_client(LOOPBACK) as client:
        answer = client.send(client.build_request("GET", f"{here}/long"), stream=True)
        with pytest.raises(AnswerTooLong, match="over 100 bytes"):
            read_capped(answer, 100)
        answer.close()
        with client.stream("GET", f"{here}/") as answer:
            assert read_capped(answer, 100) == f"127.0.0.1:{port}".encode()


def test_what_the_file_allows(tmp_path: Path, certificate: Path) -> None:
    assert load_reach(tmp_path) == Reach()
    file = tmp_path / "outbound.toml"
    file.write_text(f'allow = ["10.20.0.0/16", "fd00::/8", "idp.local"]\nca_file = "{certificate}"')
    reach = load_reach(tmp_path)
    assert reach.permits("x", ip_address("10.20.3.4"))
    assert not reach.permits("x", ip_address("10.21.0.1"))
    assert reach.permits("IDP.local", ip_address("192.168.0.1"))
    for text, problem in (
        ('allow = ["10.20.0.1/16"]', "allow: '10.20.0.1/16' is neither"),
        ('allow = ["10.20.0"]', "allow: '10.20.0' is no network"),
        ('allow = ["a b"]', "allow: 'a b' is neither"),
        ("allow = 3", "outbound.toml: allow: "),
        ('ca_file = "none.pem"', "No such file"),
        ('ca_file = "outbound.toml"', "it holds no certificate"),
        ("alow = []", "outbound.toml: alow: "),
    ):
        file.write_text(text)
        with pytest.raises(ValueError, match=r"outbound\.toml: ") as caught:
            load_reach(tmp_path)
        assert problem in str(caught.value)
