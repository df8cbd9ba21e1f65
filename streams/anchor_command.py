"""`skyeye anchor`: have the chain of a node's packets time-stamped now."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from streams.evidence.anchor_keeper import anchor_now


def anchor(
    data: Annotated[Path, typer.Option("--data", help="The node's data folder.")] = Path(
        "skyeye-data"
    ),
) -> None:
    """Have the chain of evidence time-stamped now; `skyeye run` does so once a day."""
    if not data.is_dir():
        raise ValueError(f"there is no data folder {data}: give the node's with --data")
    made = anchor_now(data)
    if made is None or made.head is None or made.stamp is None:
        typer.echo("The chain ends as it did at its last time stamp: there is nothing to add.")
        return
    moment = datetime.fromtimestamp(made.stamp.at_s, UTC)
    by = f" by {made.stamp.by}" if made.stamp.by else ""
    typer.echo(
        f"The chain is anchored up to number {made.head.sequence}, at {moment:%Y-%m-%d %H:%M:%S} "
        f"UTC{by}."
    )
