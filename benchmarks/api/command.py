"""`skyeye bench api` and `skyeye bench kills`."""

import json
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks import record
from benchmarks.api.ingest_rate import measure_rates
from benchmarks.api.kills import kill_often
from benchmarks.api.load import load
from benchmarks.api.plans import explain_all
from benchmarks.api.postgresql import serving
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
    *,
    save: Save = False,
) -> None:
    """Ask the case server about many cases in a PostgreSQL server of its own, over HTTP."""
    with tempfile.TemporaryDirectory() as folder, serving(durable=True, **SETTINGS) as server:
        data_dir, address = Path(folder) / "data", server.url(server.create())
        token = make_folder(data_dir, address)
        err.print(f"loading {cases} cases")
        loaded_s = load(address, cases, time.time())
        err.print(f"loaded in {loaded_s:.0f} s; asking")
        with client(data_dir, token) as asking:
            timings = list(ask_all(asking, times))
        plans = explain_all(data_dir, token, address)
        rates = measure_rates(data_dir, packets)
        size = server.size(address)
    table = Table("question", "p50, ms", "p95, ms", "most, ms")
    for one in timings:
        table.add_row(one.name, f"{one.p50_ms:.1f}", f"{one.p95_ms:.1f}", f"{one.max_ms:.1f}")
    out.print(table)
    whole = [plan for plan in plans if plan.read_whole]
    out.print(f"{len(plans)} queries on large tables; {len(whole)} read one to its end")
    for plan in whole:
        out.print(plan.to_json())
    out.print(rates.to_json())
    if save:
        result = {
            "cases": cases,
            "loaded_s": round(loaded_s, 1),
            "database_bytes": size,
            "settings": SETTINGS,
            "timings": [one.to_json() for one in timings],
            "plans": [plan.to_json() for plan in plans],
            "rates": rates.to_json(),
        }
        _save("api-postgresql", result)


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


def _save(name: str, result: dict[str, object]) -> None:
    kept = record.envelope(result, data_sha256=None, model=None, sha256=None)
    err.print(f"kept in {record.save(name, kept)}")
