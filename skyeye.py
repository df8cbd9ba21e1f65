"""The front door: one `skyeye` command that mounts each room's own commands."""

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vision.frame import Image

# The processes of a node share the processors, and threads of the linear algebra library that spin
# for work take them from one another: a fit took 90 times as long. Before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

USER_MISTAKE = 2

COMMANDS = {
    "demo": "api.demo.command:demo",
    "run": "streams.commands:run",
    "check": "streams.commands:check",
    "serve": "api.commands:serve",
    "replay": "streams.commands:replay",
    "verify": "streams.verify_command:verify",
    "anchor": "streams.anchor_command:anchor",
    "purge": "api.custody.command:purge",
    "keys": "streams.keys_command:app",
    "cameras": "streams.camera_commands:app",
    "models": "models.commands:app",
    "accounts": "api.sign_in.commands:accounts",
    "audit": "api.sign_in.audit_commands:app",
    "secrets": "api.sign_in.secrets_command:app",
    "outbound": "api.outbound.commands:app",
    "codes": "api.codes.commands:app",
    "backup": "api.backup.command:backup",
    "restore": "api.backup.command:restore",
    "bench": "benchmarks.commands:app",
}


def mount(names: list[str]) -> typer.Typer:
    """Mount commands; only what is asked for is imported, as some rooms take seconds to load."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="Watches a city's cameras and turns what it sees into cases.",
    )
    app.callback()(bring_samples)  # a callback also lets a single command keep its name
    for name in names:
        module, _, attribute = COMMANDS[name].partition(":")
        found = getattr(import_module(module), attribute)
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name)
        else:
            app.command(name)(found)
    return app


def bring_samples(context: typer.Context) -> None:
    """Give commands of lower rooms the pictures that only a higher one can make."""
    context.obj = sample_pictures


def sample_pictures() -> "Sequence[Image]":
    """A few street pictures that the demo's footage holds."""
    found: Sequence[Image] = import_module("api.demo.footage").sample_pictures()
    return found


def main() -> NoReturn:
    """Run the command; whatever is wrong is told in one line, with exit code 2."""
    asked = [name for name in sys.argv[1:2] if name in COMMANDS]
    try:
        mount(asked or list(COMMANDS))()
        sys.exit(0)
    except (OSError, ValueError) as error:  # the rooms' own errors are of these kinds
        sys.stderr.write(f"skyeye: {error}\n")
        sys.exit(USER_MISTAKE)
    except Exception as error:
        sys.stderr.write(f"skyeye: this is a defect of the program: {error!r}\n")
        raise


if __name__ == "__main__":
    main()
