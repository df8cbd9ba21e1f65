"""Requests to other systems that cannot be turned against this network (SSRF).

A name is resolved once, every address that it has is checked, and the connection goes to an address
that was checked: a name that leads elsewhere a moment later (DNS rebinding) gains nothing. Each
redirect comes by here again. Loopback, private, link-local, multicast and reserved addresses
are refused, also inside IPv6 (mapped, 6to4, Teredo, NAT64), unless `outbound.toml` of the data
folder allows them: a bureau's city platform often is in a private network.
"""

import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from pathlib import Path
from typing import Self

import httpx

from api.toml_files import Part, read_file

FILE_NAME = "outbound.toml"
TIMEOUT_S = 10.0
MOST_BYTES = 1024 * 1024
Address = IPv4Address | IPv6Address
Resolver = Callable[[str, int], list[str]]
_NAT64 = ip_network("64:ff9b::/96")


class AddressRefused(httpx.TransportError):
    """Nothing may be sent there; the message names the address and the remedy."""


class AnswerTooLong(httpx.TransportError):
    """The other side sent more than was asked for."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached beyond the public internet: networks, and hosts by their names.

    `ca_file` holds certificates (PEM) of authorities that are trusted beside the public ones.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    hosts: frozenset[str] = frozenset()
    ca_file: Path | None = None

    @classmethod
    def parse(cls, allowed: Iterable[str]) -> Self:
        """From texts like `10.20.0.0/16`, `10.2.3.4` and `platform.bureau.local`."""
        networks, hosts = [], set()
        for text in allowed:
            try:
                networks.append(ip_network(text.strip()))
            except ValueError:
                hosts.add(_checked_host(text))
        return cls(tuple(networks), frozenset(hosts))

    def tls(self) -> ssl.SSLContext:
        """What TLS connections are checked with."""
        context = httpx.create_ssl_context(trust_env=False)
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context

    def permits(self, host: str, address: Address) -> bool:
        """Whether `address`, which the name `host` leads to, may be connected to."""
        if host.casefold().rstrip(".") in self.hosts:
            return True
        return all(
            is_public(one) or any(one in network for network in self.networks)
            for one in (address, *_inside(address))
        )


class OutboundFile(Part):
    """`outbound.toml`: networks and hosts that may be reached though they are not public.

    `ca_file` is relative to the data folder.
    """

    allow: tuple[str, ...] = ()
    ca_file: str | None = None


def load_reach(data_dir: Path) -> Reach:
    """What a data folder's `outbound.toml` allows; raises ValueError for a file that is wrong."""
    path = data_dir / FILE_NAME
    if not path.is_file():
        return Reach()
    told = read_file(path, OutboundFile)
    try:
        reach = Reach.parse(told.allow)
    except ValueError as error:
        raise ValueError(f"{FILE_NAME}: allow: {error}") from None
    reach = replace(reach, ca_file=data_dir / told.ca_file if told.ca_file else None)
    try:
        reach.tls()
    except OSError as error:
        is_tls = isinstance(error, ssl.SSLError)
        reason = "it holds no certificate" if is_tls else error.strerror
        raise ValueError(f"{FILE_NAME}: ca_file: {reach.ca_file}: {reason}") from None
    return reach


def is_public(address: Address) -> bool:
    """Whether an address is one of the public internet."""
    return address.is_global and not (
        address.is_multicast
        or address.is_reserved
        or address.is_unspecified
        or (isinstance(address, IPv6Address) and address.is_site_local)
    )


def check_target(url: str, reach: Reach, resolve: Resolver | None = None) -> list[Address]:
    """The addresses of a target, each of which may be reached; raises AddressRefused.

    To be asked when a target is configured; `GuardedTransport` asks again at every request.
    """
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, TypeError):
        raise AddressRefused("this is no web address: write https://host/path") from None
    if parsed.scheme not in ("http", "https") or not parsed.host:
        raise AddressRefused("the address has to begin with https:// or http:// and a host")
    if parsed.userinfo:
        raise AddressRefused("keep user name and password out of the address: others see it")
    port = parsed.port or (443 if parsed.scheme == "https" else 80)
    return _checked(parsed.host, (resolve or resolve_host)(parsed.host, port), reach)


def resolve_host(host: str, port: int) -> list[str]:
    """All addresses of a name, in the system's order; raises AddressRefused where it has none."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise AddressRefused(f"the name {host[:80]!r} is not known; check its spelling") from None
    return list(dict.fromkeys(str(address[4][0]) for address in found))


class GuardedTransport(httpx.BaseTransport):
    """Connects to addresses that were checked; TLS still proves the name that was asked for.

    A connection serves one request: one that is kept could be taken for another name.
    """

    def __init__(self, reach: Reach, resolve: Resolver = resolve_host) -> None:
        self._reach = reach
        self._resolve = resolve
        self._plain = httpx.HTTPTransport(
            verify=reach.tls(),
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """See httpx; raises AddressRefused before anything is sent to a forbidden address."""
        addresses = check_target(str(request.url), self._reach, self._resolve)
        for number, address in enumerate(addresses, start=1):
            try:
                return self._plain.handle_request(_pinned(request, address))
            except httpx.ConnectError:
                if number == len(addresses):
                    raise
        raise AddressRefused(f"the name {request.url.host!r} has no address")

    def close(self) -> None:
        """Close all connections."""
        self._plain.close()


def guarded_client(reach: Reach, timeout_s: float = TIMEOUT_S) -> httpx.Client:
    """A client behind the guard: follows no redirect unless told, heeds no proxy variable."""
    return httpx.Client(transport=GuardedTransport(reach), timeout=timeout_s, trust_env=False)


def read_capped(response: httpx.Response, most_bytes: int = MOST_BYTES) -> bytes:
    """The body of a response that was opened with `client.stream`; raises AnswerTooLong."""
    parts, size = [], 0
    for part in response.iter_bytes():
        size += len(part)
        if size > most_bytes:
            raise AnswerTooLong(f"the answer of {response.url.host} has over {most_bytes} bytes")
        parts.append(part)
    return b"".join(parts)


def _checked(host: str, found: list[str], reach: Reach) -> list[Address]:
    """The addresses, if every one may be reached: a name with a forbidden one is a trap."""
    addresses = [ip_address(text.partition("%")[0]) for text in found]
    for address in addresses:
        if not reach.permits(host, address):
            raise AddressRefused(
                f"{host[:80]} leads to {address}, which is not a public address; if that is meant, "
                f"allow it in {FILE_NAME} of the data folder"
            )
    return addresses


def _pinned(request: httpx.Request, address: Address) -> httpx.Request:
    """The request to that address, with the name that was asked for in Host and TLS."""
    names = {"sni_hostname": request.url.host} if request.url.scheme == "https" else {}
    return httpx.Request(
        request.method,
        request.url.copy_with(host=str(address)),
        headers=request.headers,
        stream=request.stream,
        extensions=request.extensions | names,
    )


def _inside(address: Address) -> Iterator[IPv4Address]:
    """IPv4 addresses that an IPv6 address leads to."""
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped:
        yield address.ipv4_mapped
    if address.sixtofour:
        yield address.sixtofour
    if address.teredo:
        yield from address.teredo
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFFFFFF)


def _checked_host(text: str) -> str:
    host = text.strip().casefold().rstrip(".")
    labels = host.split(".")
    if not all(label and label.replace("-", "").isalnum() for label in labels):
        raise ValueError(f"{text[:80]!r} is neither a network like 10.20.0.0/16 nor a host's name")
    if labels[-1].isdigit():
        raise ValueError(f"{text[:80]!r} is no network: its host part is not zero, or it is no IP")
    return host
