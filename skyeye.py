"""The front door: one `skyeye` command that mounts each room's own commands."""

import sys
from typing import NoReturn

import click
import typer

USER_MISTAKE = 2

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Watches a city's cameras and turns what it sees into cases.",
)


def mount() -> None:
    """Mount the rooms; not at import, so that child processes do not load them all."""
    # Here, as importing the front door must stay cheap.
    from api.commands import accounts, serve  # noqa: PLC0415
    from api.demo import demo  # noqa: PLC0415

    from benchmarks.commands import app as bench  # noqa: PLC0415
    from models.commands import app as models  # noqa: PLC0415
    from streams.camera_commands import app as cameras  # noqa: PLC0415
    from streams.commands import replay, run  # noqa: PLC0415
    from streams.verify_command import verify  # noqa: PLC0415

    for command in (demo, run, serve, replay, verify):
        app.command()(command)
    for name, room in (
        ("cameras", cameras),
        ("models", models),
        ("accounts", accounts),
        ("bench", bench),
    ):
        app.add_typer(room, name=name)


def main() -> NoReturn:
    """Run the command; whatever is wrong is told in one line, with exit code 2."""
    mount()
    try:
        app(standalone_mode=False)
        sys.exit(0)
    except click.exceptions.Exit as end:
        sys.exit(end.exit_code)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(USER_MISTAKE)
    except (OSError, ValueError) as error:  # the rooms' own errors are of these kinds
        sys.stderr.write(f"skyeye: {error}\n")
        sys.exit(USER_MISTAKE)
    except Exception as error:
        sys.stderr.write(f"skyeye: this is a defect of the program: {error!r}\n")
        raise


if __name__ == "__main__":
    main()
