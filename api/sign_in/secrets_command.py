"""`skyeye secrets`: the key that seals passwords and second factors at rest."""

from contextlib import closing

import typer

from api.outbound.targets import reseal as reseal_targets
from api.prepare import BUS_NAME
from api.sign_in.commands import DEFAULT_DATA, Data, note, opened
from api.sign_in.second_factor import reseal
from streams.bus import SqliteBus
from streams.sealing import Seals

app = typer.Typer(no_args_is_help=True, help="The key that seals secrets at rest: rotate.")


@app.callback()
def _several() -> None:
    """Keep `rotate` a command of its own."""


@app.command()
def rotate(data: Data = DEFAULT_DATA) -> None:
    """Seal everything under a new key, and drop the old one; servers and nodes may go on running.

    If it is interrupted, run it again: until it is done, the old key stays.
    """
    seals = Seals(data / "keys")
    with closing(opened(data)) as store, SqliteBus(data / BUS_NAME) as bus:
        seals.add_key()
        count = bus.reseal() + bus.reseal()  # again, for what was put under way
        with store.writing() as sql:
            count += reseal(sql, seals) + reseal_targets(sql, seals)
            note(sql, "secrets.rotate", "key:sealing", secrets=str(count))
        seals.drop_old_keys()
    typer.echo(f"{count} secrets are sealed under a new key. Back up {seals.path}.")
