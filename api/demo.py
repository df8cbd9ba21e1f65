"""`skyeye demo`: a real street clip as a live camera, its cases, and the desk to review them."""

import json
import socket
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from sqlalchemy import select

from api.case_views import case_view
from api.prepare import STORE_NAME, prepare
from api.serve import serve_process
from api.store import Store
from api.tables import Case
from models.card import load_card
from models.commands import progress_bar
from models.fetch import cache_dir, fetch, fetch_source
from streams.config import Camera, RuleConfig, Site, ZoneConfig
from streams.detectors import detector_specs
from streams.node import run_node
from streams.supervision import ProcessSpec

CLIP = "pypi:opencv-python==4.10.0.84:opencv/samples/data/vtest.avi"
CLIP_SHA256 = "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"
"""A street with a van and an MPV parked on double yellow lines (OpenCV samples, Apache-2.0)."""
CLIP_BYTES = "95 MB"
DOUBLE_YELLOW = [(0.83, 0.05), (1.0, 0.05), (1.0, 0.20), (0.83, 0.20)]
PAVEMENT = [(0.0, 0.35), (1.0, 0.35), (1.0, 1.0), (0.0, 1.0)]
DWELL_S = 20.0
TIMEZONE = "Asia/Shanghai"

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
    """Film a looping street clip, raise its cases, and serve the desk to review them."""
    card = load_card("yolo11n")
    with progress_bar(f"model {card.name}") as report:
        fetch(card, report)
    with progress_bar(f"the street clip ({CLIP_BYTES})") as report:
        clip = fetch_source(CLIP, CLIP_SHA256, cache_dir() / "clips" / "vtest.avi", report)
    data_dir = data / f"demo-{datetime.now(ZoneInfo(TIMEZONE)):%Y%m%d-%H%M%S}"
    site = Site(name="Skyeye demo", timezone=TIMEZONE, data_dir=data_dir, cameras=[camera(clip)])
    password, port = prepare(data_dir), _free_port(port)
    err.print(f"Review desk: http://127.0.0.1:{port}   user: admin   one-time password: {password}")
    err.print(f"Data: {data_dir}. A van has to stand {DWELL_S:.0f} s; Ctrl-C ends the demo.")
    desk = ProcessSpec("api", serve_process, (str(data_dir), "127.0.0.1", port))
    specs = detector_specs(site.detectors)
    store = Store(data_dir / STORE_NAME)
    teller = _Teller(store, _as_json if json_ else _as_text)
    try:
        code = run_node(site, specs, [desk], for_s, teller.tell)
        teller.tell()
    finally:
        store.close()
    if not teller.told:
        err.print("No case was raised; a demo needs about half a minute.")
    raise typer.Exit(code)


def camera(clip: Path) -> Camera:
    """The clip as a live camera that loops, with its zones and rules."""
    return Camera(
        id="vtest",
        name="South gate 南门",
        uri=str(clip),
        location="Jiefang West Road 解放西路",
        device_number="33048200001",
        look_interval_s=0.5,
        loop=True,
        zones=[
            ZoneConfig(name="double yellow", kind="no_parking", polygon=DOUBLE_YELLOW),
            ZoneConfig(name="pavement", kind="pavement", polygon=PAVEMENT),
        ],
        rules=[
            RuleConfig(kind="illegal_parking", zone="double yellow", dwell_s=DWELL_S),
            RuleConfig(kind="stray_bikes", zone="pavement", dwell_s=DWELL_S),
        ],
    )


class _Teller:
    """Prints each case once, as it comes into the store."""

    def __init__(self, store: Store, show: Callable[[dict[str, Any]], None]) -> None:
        self.told: set[str] = set()
        self._store, self._show = store, show

    def tell(self) -> None:
        with self._store.reading() as sql:
            cases = [case_view(c) for c in sql.scalars(select(Case).order_by(Case.number))]
        for case in cases:
            if case.id not in self.told:
                self.told.add(case.id)
                self._show(case.model_dump(mode="json"))


def _as_json(case: dict[str, Any]) -> None:
    print(json.dumps(case, ensure_ascii=False), flush=True)


def _as_text(case: dict[str, Any]) -> None:
    raised = datetime.fromtimestamp(case["raised_s"], ZoneInfo(TIMEZONE))
    what = f"{case['kind']} in {case['zone']!r} at {case['camera_name']}"
    print(f"Case {case['number']}  {raised:%H:%M:%S}  {what}", flush=True)


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
