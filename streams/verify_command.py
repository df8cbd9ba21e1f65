"""`skyeye verify`: check an evidence packet, or a folder of them, offline."""

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from streams.evidence.anchor import Roots, read_roots
from streams.evidence.collection import is_collection, verify_folder
from streams.evidence.keys import PublicKeys, read_public_keys
from streams.evidence.manifest import PacketError
from streams.evidence.verdict import FolderVerdict, Verdict
from streams.evidence.verify import verify_packet


def verify(
    packet: Annotated[
        Path, typer.Argument(help="A packet's folder or ZIP archive, or a folder of packets.")
    ],
    *,
    json_: Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")] = False,
    manifest_sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="The hash that was kept with the case.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The node's public keys, as PEM.")
    ] = None,
    tsa_root: Annotated[
        Path | None,
        typer.Option(metavar="CERT", help="The time-stamp authority's root certificate."),
    ] = None,
    anchors: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Time stamps that were kept elsewhere."),
    ] = None,
) -> None:
    """Check that nothing in evidence packets was altered, added or taken away."""
    seal = None if manifest_sha256 is None else manifest_sha256.strip().lower()
    if seal is not None and not re.fullmatch("[0-9a-f]{64}", seal):
        raise typer.BadParameter("a SHA-256 is 64 hexadecimal digits", param_hint="manifest-sha256")
    keys = None if public_key is None else read_public_keys(public_key)
    roots = () if tsa_root is None else read_roots(tsa_root)
    if anchors is not None and not anchors.is_dir():
        raise typer.BadParameter(f"there is no folder {anchors}", param_hint="anchors")
    try:
        if is_collection(packet):
            verdict: Verdict | FolderVerdict = _folder(packet, seal, keys, roots, anchors)
        else:
            verdict = verify_packet(packet, seal, keys)
    except PacketError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from None
    if json_:
        typer.echo(json.dumps({"ok": verdict.ok, **asdict(verdict)}, ensure_ascii=False))
    else:
        typer.echo("\n".join([*verdict.lines(), *_advice(seal, keys)]))
    raise typer.Exit(0 if verdict.ok else 1)


def _folder(
    path: Path, seal: str | None, keys: PublicKeys | None, roots: Roots, anchors: Path | None
) -> FolderVerdict:
    if seal is not None:
        raise typer.BadParameter("it is of one packet, not of a folder", param_hint="packet")
    return verify_folder(path, keys, roots, anchors)


def _advice(seal: str | None, keys: PublicKeys | None) -> list[str]:
    if seal is not None or keys is not None:
        return []
    return ["To know whose it is, give the node's --public-key, or --manifest-sha256 of the case."]
