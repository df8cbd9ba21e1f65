"""`skyeye serve`."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from api.app import create_app
from api.prepare import prepare, prepare_three
from api.serve import listen, run

Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
DEFAULT_DATA = Path("skyeye-data")


def serve(
    data: Data = DEFAULT_DATA,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0: any free one.")] = 8000,
) -> None:
    """Serve the review desk and the HTTP API for a data folder."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    password = prepare(data)
    if password:
        typer.echo(f"First start: log in as admin with {password} and change it.")
    for username, theirs in prepare_three(data).items():
        typer.echo(f"First start: log in as {username} with {theirs} and change it.")
    listener = listen(host, port)
    typer.echo(f"Skyeye is at http://{host}:{listener.getsockname()[1]}")
    run(create_app(data, keeps=True), listener)
