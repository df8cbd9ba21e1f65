"""`skyeye cameras`: the list of cameras of a data folder, and a try of one."""

import json
import threading
from pathlib import Path
from typing import Annotated

import cv2
import typer
from rich.console import Console
from rich.table import Table

from streams.bus import SqliteBus
from streams.camera_book import CAMERAS
from streams.config import ConfigError, dump_camera, load_camera, parse_camera
from streams.uri import SECRET, mask_uri
from streams.video.source import open_source
from vision.frame import bgr

app = typer.Typer(no_args_is_help=True, help="Cameras: list, add, remove, show, try.")
out = Console()

Data = Annotated[Path, typer.Option("--data", help="The node's data folder.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
DATA = Path("skyeye-data")


@app.command("list")
def list_cameras(data: Data = DATA, json_: Json = False) -> None:
    """List the cameras and how they do."""
    with _bus(data) as bus:
        cameras = [parse_camera(e.value, f"camera {e.key}") for e in bus.entries(CAMERAS)]
        status = {e.key: json.loads(e.value) for e in bus.entries("status")}
    rows = [
        {
            "id": camera.id,
            "name": camera.name,
            "uri": mask_uri(camera.uri),
            "state": status.get(f"camera/{camera.id}", {}).get("state", "not running"),
            "zones": len(camera.zones),
            "rules": len(camera.rules),
        }
        for camera in cameras
    ]
    if json_:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table("id", "name", "address", "state", "zones", "rules")
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    out.print(table)


@app.command()
def add(
    files: Annotated[list[Path], typer.Argument(help="Cameras' TOML files.")], data: Data = DATA
) -> None:
    """Add cameras, or replace those with the same id."""
    cameras = [load_camera(file) for file in files]
    for camera in cameras:
        if SECRET in f"{camera.uri} {camera.look_uri or ''}":
            raise ConfigError(f"camera {camera.id}: write the password in place of {SECRET}")
    with SqliteBus(data / "bus.db") as bus:
        for camera in cameras:
            bus.put(CAMERAS, camera.id, dump_camera(camera))
            out.print(f"Added camera {camera.id} ({camera.name}).")


@app.command()
def remove(camera_id: str, data: Data = DATA) -> None:
    """Stop watching a camera; its cases stay."""
    with _bus(data) as bus:
        if not bus.delete(CAMERAS, camera_id):
            raise ConfigError(f"{data} has no camera {camera_id!r}; see `skyeye cameras list`")


@app.command()
def show(camera_id: str, data: Data = DATA) -> None:
    """Print a camera as TOML, its password hidden."""
    with _bus(data) as bus:
        entry = bus.get(CAMERAS, camera_id)
    if entry is None:
        raise ConfigError(f"{data} has no camera {camera_id!r}; see `skyeye cameras list`")
    camera = parse_camera(entry.value, f"camera {camera_id}")
    look_uri = mask_uri(camera.look_uri) if camera.look_uri else None
    hidden = {"uri": mask_uri(camera.uri), "look_uri": look_uri}
    typer.echo(dump_camera(camera.model_copy(update=hidden)), nl=False)


@app.command("try")
def try_camera(
    file: Annotated[Path, typer.Argument(help="The camera's TOML file.")],
    picture: Annotated[Path, typer.Option("--out", help="Where to put a picture of it.")] = Path(
        "camera.jpg"
    ),
) -> None:
    """Connect to a camera, say what it sends, and keep one picture to draw zones on."""
    camera = load_camera(file)
    stop = threading.Event()
    source = open_source(camera, live=True)
    giving_up = threading.Timer(camera.timeout_s, stop.set)
    giving_up.start()
    try:
        frame = next(source.looks(stop), None)
    finally:
        giving_up.cancel()
    if frame is None:
        why = source.stats.error or f"{mask_uri(camera.uri)} sent no picture in time"
        raise ConfigError(f"camera {camera.id}: {why}")
    if not cv2.imwrite(str(picture), bgr(frame.image)):
        raise ConfigError(f"cannot write {picture}: use a writable path that ends in .jpg or .png")
    width, height = frame.size_wh
    out.print(f"{camera.id}: {source.stats.codec}, {width} x {height}; picture in {picture}")


def _bus(data: Path) -> SqliteBus:
    """The bus of a node that exists."""
    if not (data / "bus.db").is_file():
        raise ConfigError(f"{data} is no data folder of a node: start one, or give --data")
    return SqliteBus(data / "bus.db")
