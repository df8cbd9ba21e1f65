"""`skyeye demo`: five cameras on real and rendered footage, their cases, and the review desk."""

import json
import os
import socket
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from sqlalchemy import select

from api.cases.views import case_view
from api.demo import footage
from api.demo.site import DWELL_S, SHOWN, TIMEZONE, Films, demo_site
from api.prepare import prepare
from api.serve import serve_process
from api.store.database import Store, open_store
from api.store.tables import Case
from api.store.url import VARIABLE
from models.commands import progress_bar
from streams.commands import fetch_all, fetch_plates, site_specs
from streams.config import Site
from streams.detectors import DetectorSpec
from streams.node import run_node
from streams.plates import open_plates
from streams.supervision import ProcessSpec
from vision.rules.kinds import KINDS

err = Console(stderr=True, soft_wrap=True)


def demo(
    for_s: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds of filming.", min=1)
    ] = None,
    data: Annotated[Path, typer.Option(help="Where each demo makes a folder of its own.")] = Path(
        "skyeye-data"
    ),
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the review desk.")] = 8000,
    json_: Annotated[bool, typer.Option("--json", help="Print cases as JSON lines.")] = False,
) -> None:
    """Film five streets, real and rendered, raise their cases, and serve the desk."""
    if os.environ.get(VARIABLE):
        raise ValueError(f"a demo keeps its cases in its own folder: unset {VARIABLE} for it")
    data_dir = data / f"demo-{datetime.now(ZoneInfo(TIMEZONE)):%Y%m%d-%H%M%S}"
    site = demo_site(make_films(data_dir / "films"), data_dir)
    specs = site_specs(site)
    fetch_all(specs)
    fetch_plates()
    password, port = prepare(data_dir), _free_port(port)
    err.print(_programme(site), highlight=False)
    err.print(
        f"Things have to stand {DWELL_S:.0f} s here, where it would be minutes in earnest; the "
        "zombie vehicle its 30 days, in a time-lapse."
    )
    err.print(f"Data: {data_dir}. Ctrl-C ends the demo.")
    err.print(f"Review desk: http://127.0.0.1:{port}   user: admin   one-time password: {password}")
    desk = ProcessSpec("api", serve_process, (str(data_dir), "127.0.0.1", port))
    raise typer.Exit(_film(site, specs, desk, for_s, _as_json if json_ else _as_text))


def make_films(folder: Path) -> Films:
    """Fetch the clips and make the demo's films of them in a new folder, with progress shown."""
    yard, bike = (_fetch_clip(clip) for clip in (footage.YARD, footage.BIKE))
    folder.mkdir(parents=True)
    with err.status("Rendering a bike's wall, a front with washing, a grill, and a month"):
        films = Films(
            yard,
            footage.write_clip(folder / "bike.mp4", footage.bike_film(bike), footage.BIKE_FPS),
            footage.write_clip(
                folder / "washing.mp4", footage.washing_film(yard), footage.YARD_FPS
            ),
            footage.write_clip(
                folder / "barbecue.mp4", footage.barbecue_film(yard), footage.YARD_FPS
            ),
            folder / "month",
        )
        footage.time_lapse(yard, films.month, time.time())
    return films


def _fetch_clip(clip: footage.Clip) -> Path:
    with progress_bar(f"{clip.name} ({clip.size})") as report:
        return clip.fetch(report)


def _programme(site: Site) -> str:
    """Which camera shows what, and what of it is real: a line for each."""
    lines = []
    for camera in site.cameras:
        kinds = (KINDS[rule.kind] for rule in camera.rules)
        wanted = ", ".join(f"{kind.en} {kind.zh}" for kind in kinds)
        lines.append(f"{camera.name}: {SHOWN[camera.id]} -> {wanted}")
    return "\n".join(lines)


def _film(
    site: Site,
    specs: tuple[DetectorSpec, ...],
    desk: ProcessSpec,
    for_s: float | None,
    show: Callable[[dict[str, Any]], None],
) -> int:
    """Run the cameras and the desk, telling of each case; returns the exit code."""
    store = open_store(site.data_dir)
    teller = _Teller(store, show)
    try:
        code = run_node(site, specs, [desk], for_s, teller.tell, open_plates)
        teller.tell()
    finally:
        store.close()
    if not teller.told:
        err.print("No case was raised; a demo needs about a minute.")
    return code


class _Teller:
    """Prints each case once, as it comes into the store."""

    def __init__(self, store: Store, show: Callable[[dict[str, Any]], None]) -> None:
        self.told: set[str] = set()
        self._store, self._show = store, show

    def tell(self) -> None:
        now_s = time.time()
        with self._store.reading() as sql:
            cases = [case_view(c, now_s) for c in sql.scalars(select(Case).order_by(Case.number))]
        for case in cases:
            if case.id not in self.told:
                self.told.add(case.id)
                self._show(case.model_dump(mode="json"))


def _as_json(case: dict[str, Any]) -> None:
    print(json.dumps(case, ensure_ascii=False), flush=True)


def _as_text(case: dict[str, Any]) -> None:
    raised = datetime.fromtimestamp(case["raised_s"], ZoneInfo(TIMEZONE))
    what = f"{case['kind']} in {case['zone']!r} at {case['camera_name']}"
    print(f"Case {case['number']}  {raised:%m-%d %H:%M:%S}  {what}", flush=True)


def _free_port(wanted: int) -> int:
    """The wanted port, or another one if it is taken."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    return wanted
