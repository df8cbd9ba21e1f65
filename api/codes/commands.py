"""`skyeye codes`: the code tables as Excel sheets."""

from pathlib import Path
from typing import Annotated

import typer

from api.codes.files import plan_import, put_table
from api.codes.sheets import SheetProblem, read_sheet, write_sheet
from api.codes.tables import load_codes

app = typer.Typer(no_args_is_help=True, help="Code tables as Excel sheets: list, export, import.")
Data = Annotated[Path, typer.Option("--data", help="The data folder.")]
DEFAULT_DATA = Path("skyeye-data")
Scheme = Annotated[str, typer.Argument(help="The table, like `newer`.")]


@app.command("list")
def list_tables(data: Data = DEFAULT_DATA) -> None:
    """List the code tables."""
    for table in load_codes(data / "codes").tables.values():
        typer.echo(f"{table.scheme}  version {table.version}, {len(table.codes)} codes")


@app.command("export")
def export_table(
    scheme: Scheme,
    file: Annotated[Path, typer.Argument(help="The Excel file to write.")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Write a table to an Excel file."""
    tables = load_codes(data / "codes").tables
    if scheme not in tables:
        raise ValueError(f"there is no table {scheme!r}; there are: {', '.join(sorted(tables))}")
    file.write_bytes(write_sheet(tables[scheme]))
    typer.echo(f"{file} has the {len(tables[scheme].codes)} codes of {scheme}.")


@app.command("import")
def import_table(
    scheme: Scheme,
    file: Annotated[Path, typer.Argument(help="The Excel file to read.")],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would change.")
    ] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Take a table from an Excel file; a server takes it at its next start."""
    try:
        table = read_sheet(file.read_bytes())
        found = plan_import(load_codes(data / "codes"), table, scheme)
    except SheetProblem as error:
        raise ValueError("\n  ".join([f"{file} is not taken:", *error.problems])) from None
    for title, lines in (("+", found.added), ("-", found.removed), ("~", found.changed)):
        for line in lines:
            typer.echo(f"{title} {line}")
    if not found:
        typer.echo(f"{scheme} has the same codes already.")
    elif dry_run:
        typer.echo("Nothing was changed: this was a dry run.")
    else:
        put_table(data, table)
        typer.echo(f"{scheme} is now of version {table.version}: start the server again.")
