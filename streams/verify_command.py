"""`skyeye verify`: check an evidence packet, offline."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from streams.evidence.manifest import PacketError
from streams.evidence.verify import verify_packet


def verify(
    packet: Annotated[Path, typer.Argument(help="The packet's folder, or its ZIP archive.")],
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
    manifest_sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="The hash that was kept with the case.")
    ] = None,
) -> None:
    """Check that nothing in an evidence packet was altered, added or taken away."""
    seal = None if manifest_sha256 is None else manifest_sha256.strip().lower()
    if seal is not None and not re.fullmatch("[0-9a-f]{64}", seal):
        raise typer.BadParameter("a SHA-256 is 64 hexadecimal digits", param_hint="manifest-sha256")
    try:
        verdict = verify_packet(packet, seal)
    except PacketError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if json_:
        typer.echo(json.dumps(asdict(verdict), ensure_ascii=False))
    else:
        typer.echo("\n".join(verdict.lines()))
        if seal is None:
            typer.echo("Compare it with the one kept with the case, or give --manifest-sha256.")
    raise typer.Exit(0 if verdict.ok else 1)
