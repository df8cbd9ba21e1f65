"""Clips, their cameras and what truly happens in them, as files in one folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from benchmarks.event_scoring import Event
from benchmarks.yolo_names import DataError
from streams.config import Camera, load_camera

TRUTH_FILE = "truth.json"
CAMERA_FILE = "camera.toml"


class _TrueEvent(BaseModel):
    """One line of the truth; `to_s` null means until the clip ends, `note` is for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str
    zone: str
    box_xyxy: tuple[float, float, float, float]
    from_s: Annotated[float, Field(ge=0)]
    to_s: float | None
    note: str = ""

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        x1, y1, x2, y2 = self.box_xyxy
        if x2 <= x1 or y2 <= y1:
            raise ValueError("box_xyxy must be x1, y1, x2, y2 in pixels with x1 < x2 and y1 < y2")
        if self.to_s is not None and self.to_s <= self.from_s:
            raise ValueError("to_s must come after from_s")
        return self


_TRUTH = TypeAdapter(dict[str, list[_TrueEvent]])


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip, its camera, the file that describes that, and its true events."""

    path: Path
    camera: Camera
    camera_file: Path
    truth: tuple[Event, ...]


def open_clips(folder: Path) -> list[Clip]:
    """Read `truth.json` and each clip's camera: `<clip stem>.toml`, or `camera.toml` for all.

    truth.json maps a clip's file name to its events; a clip in which nothing happens has an
    empty list. Raises DataError, ConfigError.
    """
    truth_file = folder / TRUTH_FILE
    try:
        listed = _TRUTH.validate_python(json.loads(truth_file.read_text(encoding="utf-8")))
    except OSError as error:
        raise DataError(f"cannot read {truth_file}: {error.strerror}") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise DataError(f"{truth_file}: not valid JSON: {error}") from None
    except ValidationError as error:
        raise DataError(f"{truth_file}: {_explain(error)}") from None
    if not listed:
        raise DataError(f"{truth_file} names no clip")
    return [_clip(folder, name, events) for name, events in sorted(listed.items())]


def _clip(folder: Path, name: str, events: list[_TrueEvent]) -> Clip:
    path, truth_file = folder / name, folder / TRUTH_FILE
    if not path.is_file():
        raise DataError(f"{truth_file}: there is no clip {path}")
    choices = (path.with_suffix(".toml"), folder / CAMERA_FILE)
    camera_file = next((file for file in choices if file.is_file()), None)
    if camera_file is None:
        raise DataError(f"{name} has no camera: write {choices[0]} or {choices[1]}")
    camera = load_camera(camera_file)
    rules = {(rule.kind, rule.zone) for rule in camera.rules}
    for number, event in enumerate(events):
        if (event.kind, event.zone) not in rules:
            raise DataError(
                f"{truth_file}: {name}[{number}]: no rule of {camera_file} raises "
                f"{event.kind!r} in zone {event.zone!r}"
            )
    return Clip(path, camera, camera_file, tuple(map(_event, events)))


def _event(line: _TrueEvent) -> Event:
    to_s = float("inf") if line.to_s is None else line.to_s
    return Event(line.kind, line.zone, line.box_xyxy, line.from_s, to_s)


def _explain(error: ValidationError) -> str:
    """One line for the first thing that is wrong."""
    first: Any = error.errors()[0]
    where = "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in first["loc"]).lstrip(".")
    return f"{where}: {first['msg'].removeprefix('Value error, ')}"
