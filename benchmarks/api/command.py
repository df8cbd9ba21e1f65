"""`skyeye bench api` and `skyeye bench kills`."""

import json
import os
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import record
from benchmarks.api.ingest_rate import measure_rates
from benchmarks.api.kills import kill_often
from benchmarks.api.load import load
from benchmarks.api.plans import explain_all
from benchmarks.api.postgresql import count, serving, settings, size_bytes
from benchmarks.api.questions import ask_all
from benchmarks.api.server import client, make_folder, name_database

Save = Annotated[bool, typer.Option("--save", help="Keep the result with its circumstances.")]
SETTINGS = {
    "shared_buffers": "1GB",
    "effective_cache_size": "4GB",
    "work_mem": "32MB",
    "random_page_cost": "1.1",
    "max_wal_size": "4GB",
}
"""What a server with 8 GB of memory and a solid-state disk would be given."""
out, err = Console(), Console(stderr=True)


def bench_api(
    cases: Annotated[int, typer.Option(min=1000, help="So many cases are there.")] = 1_000_000,
    times: Annotated[int, typer.Option(min=5, help="Each question is asked so often.")] = 100,
    packets: Annotated[int, typer.Option(min=10, help="So many packets are taken in.")] = 1000,
    database: Annotated[
        str, typer.Option(help="Address of a database to use; it is filled if it is empty.")
    ] = "",
    *,
    save: Save = False,
) -> None:
    """Ask the case server about many cases in PostgreSQL, over HTTP; in a server of its own unless
    told otherwise."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as opened:
        if not database:
            server = opened.enter_context(serving(durable=True, **SETTINGS))
            database = server.url(server.create())
        result = _measure(Path(folder) / "data", database, cases, times, packets)
    _show(result)
    if save:
        _save("api-postgresql", result)


def _measure(data_dir: Path, address: str, cases: int, times: int, packets: int) -> dict[str, Any]:
    token = make_folder(data_dir, address)
    loaded_s = None
    if count(address) == 0:
        err.print(f"loading {cases} cases")
        loaded_s = round(load(address, cases, time.time()), 1)
    busy = [os.getloadavg()[0]]
    with client(data_dir, token) as asking:
        timings = [one.to_json() for one in ask_all(asking, times)]
    plans = [one.to_json() for one in explain_all(data_dir, token, address)]
    rates = measure_rates(data_dir, packets).to_json()
    busy.append(os.getloadavg()[0])
    return {
        "cases": count(address),
        "loaded_s": loaded_s,
        "database_bytes": size_bytes(address),
        "settings": settings(address, tuple(SETTINGS)),
        "load_average": busy,
        "timings": timings,
        "plans": plans,
        "rates": rates,
    }


def _show(result: dict[str, Any]) -> None:
    table = Table("question", "p50, ms", "p95, ms", "most, ms")
    for one in result["timings"]:
        figures = (f"{one[name]:.1f}" for name in ("p50_ms", "p95_ms", "max_ms"))
        table.add_row(one["name"], *figures)
    out.print(table)
    whole = [plan for plan in result["plans"] if plan["read_whole"]]
    out.print(f"{len(result['plans'])} queries on large tables; {len(whole)} read one to its end")
    for plan in whole:
        out.print(plan)
    out.print(result["rates"])


def bench_kills(
    database: Annotated[str, typer.Option(help="sqlite or postgresql")] = "sqlite",
    kills: Annotated[int, typer.Option(min=1, help="So often the processes are killed.")] = 200,
    *,
    server: Annotated[bool, typer.Option("--server", help="Kill PostgreSQL as well.")] = False,
    save: Save = False,
) -> None:
    """Kill what takes in, judges and purges cases; fail if anything is lost or doubled."""
    if database not in ("sqlite", "postgresql"):
        raise ValueError(f"there is no database {database!r}: sqlite or postgresql")
    with tempfile.TemporaryDirectory() as folder:
        data_dir = Path(folder) / "data"
        if database == "sqlite":
            report = kill_often(data_dir, kills, database)
        else:
            with serving(durable=True) as running:
                name_database(data_dir, running.url(running.create()))
                kill = running.crash if server else None
                report = kill_often(data_dir, kills, database, kill)
    out.print_json(json.dumps(report.to_json(), ensure_ascii=False))
    if save:
        _save(f"kills-{database}{'-server' if server else ''}", report.to_json())
    raise typer.Exit(0 if report.ok else 1)


def _save(name: str, result: dict[str, Any]) -> None:
    kept = record.envelope(result, data_sha256=None, model=None, sha256=None)
    err.print(f"kept in {record.save(name, kept)}")
