"""Whether a target can be used, as far as that is known before anything is sent to it."""

from ipaddress import ip_address
from pathlib import Path
from typing import Any

from api.outbound.guard import (
    Address,
    AddressRefused,
    Reach,
    check_target,
    load_reach,
    resolve_host,
)
from api.outbound.settings import MqttSettings


def check_reachable(settings: Any, data_dir: Path) -> None:  # noqa: ANN401 - one of several kinds
    """Raise AddressRefused for an address that may not be reached, ValueError for other faults."""
    reach = load_reach(data_dir)
    if isinstance(settings, MqttSettings):
        allowed_addresses(settings.host, settings.port, reach)
    else:
        check_target(settings.url, reach)


def allowed_addresses(host: str, port: int, reach: Reach) -> list[Address]:
    """The addresses of a host that is not spoken to over HTTP; raises AddressRefused."""
    found = [ip_address(text.partition("%")[0]) for text in resolve_host(host, port)]
    for address in found:
        if not reach.permits(host, address):
            raise AddressRefused(
                f"{host[:80]} leads to {address}, which is not a public address; if that is meant, "
                "allow it in outbound.toml of the data folder"
            )
    return found
