"""`skyeye keys`: the keys that a node signs its evidence with."""

from pathlib import Path
from typing import Annotated

import typer

from streams.evidence.keys import KeyRing, key_id, public_pem

app = typer.Typer(no_args_is_help=True, help="Keys that sign the evidence: show, rotate.")

Data = Annotated[Path, typer.Option("--data", help="The node's data folder.")]
DATA = Path("skyeye-data")


@app.command()
def show(data: Data = DATA) -> None:
    """Print the public keys, the one in force first: who has them can check the evidence."""
    ring = _ring(data)
    own = key_id(ring.signer().public_key())
    keys = ring.public_keys()
    for name in sorted(keys, key=lambda name: (name != own, name)):
        state = "in force" if name == own else "retired"
        typer.echo(f"# {name} {state}\n{public_pem(keys[name]).decode()}", nl=False)


@app.command()
def rotate(data: Data = DATA) -> None:
    """Make a new key; the old one signs nothing any more, its public key stays."""
    typer.echo(f"New packets are signed by key {_ring(data).rotate()}.")


def _ring(data: Path) -> KeyRing:
    """The keys of a data folder, which must be there."""
    if not data.is_dir():
        raise ValueError(f"there is no data folder {data}: give the node's with --data")
    return KeyRing(data / "keys")
