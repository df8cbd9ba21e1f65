"""Dossiers made by hand, with real pictures and real clips."""

import json
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np

from streams.evidence.dossier import ClipFile, Dossier, Role, StillFile
from streams.evidence.facts import (
    CameraFacts,
    ClockFacts,
    ModelFacts,
    RuleFacts,
    ScheduleFacts,
    ZoneFacts,
)
from streams.evidence.stills import encode_close_up, encode_still
from vision.violation import Fact, Violation

START_S = 1_795_400_000.25
SIZE_WH = (320, 180)
BOX = (200.0, 60.0, 280.0, 120.0)
CAMERA = CameraFacts(
    "gate", "South gate 南门", "解放西路", "3304820001", "rtsp://admin:secret@cam/1?token=abc"
)
SCHEDULE = ScheduleFacts(("daily 00:00-24:00",), ("2026-10-01 off",), "Asia/Shanghai")
POLYGON = ((0.5, 0.1), (1.0, 0.1), (1.0, 0.9))


def violation(**changes: Any) -> Violation:
    facts = {"dwell": Fact(20.0, "s"), "count": Fact(1), "vehicle": Fact("car")}
    value = {
        **Violation("gate", "illegal_parking", "double yellow", "place-1", START_S,
                    START_S + 20, None, BOX, 0.8, facts).to_json(),
        **changes,
    }  # fmt: skip
    return Violation.from_json(value)


def picture(seed: int = 0, size_wh: tuple[int, int] = SIZE_WH) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 40, (size_wh[1], size_wh[0], 3))
    return (noise + 90).astype(np.uint8)


@cache
def clip_bytes(folder: Path, seconds: int, codec: str = "libx264") -> bytes:
    """An MP4 of `seconds` at 5 frames a second, a key frame every second."""
    path = folder / f"{codec}-{seconds}.mp4"
    with av.open(path, "w") as container:
        stream = container.add_stream(codec, rate=5)
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt, stream.gop_size, stream.time_base = "yuv420p", 5, Fraction(1, 5)
        for number in range(seconds * 5):
            frame = av.VideoFrame.from_ndarray(picture(number), format="bgr24")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def dossier(folder: Path, **changes: Any) -> Dossier:
    """A complete dossier whose files lie in `folder`, which is made."""
    folder.mkdir(parents=True, exist_ok=True)
    stills = (
        StillFile(Role.START_PANORAMA, "start.jpg", START_S + 2),
        StillFile(Role.LATER_PANORAMA, "later.jpg", START_S + 20),
        StillFile(Role.CLOSE_UP, "closeup.jpg", START_S + 20),
    )
    for number, still in enumerate(stills):
        caption, image = CAMERA.caption(still.taken_s), picture(number)
        jpeg = (
            encode_close_up(image, BOX, caption)
            if still.role == Role.CLOSE_UP
            else encode_still(image, caption)
        )
        (folder / still.name).write_bytes(jpeg)
    (folder / "arrival.mp4").write_bytes(clip_bytes(folder, 3))
    (folder / "standing.mp4").write_bytes(clip_bytes(folder, 2))
    whole = Dossier(
        folder=folder,
        place_id="place-1",
        camera=CAMERA,
        model=ModelFacts("yolo11n", "ab" * 32, "AGPL-3.0", "openvino:CPU"),
        clock=ClockFacts("system", None, "not compared with a reference"),
        picture_wh=SIZE_WH,
        violation=violation(),
        zone=ZoneFacts("double yellow", "no_parking", POLYGON, SCHEDULE),
        rule=RuleFacts("illegal_parking", 20.0, 1, None, (ZoneFacts("bay", "bay", POLYGON),)),
        stills=stills,
        clips=(
            ClipFile(Role.ARRIVAL_CLIP, "arrival.mp4", START_S - 1, START_S + 2, "h264"),
            ClipFile(Role.STANDING_CLIP, "standing.mp4", START_S + 19, START_S + 21, "h264"),
        ),
        boxes=((START_S, BOX), (START_S + 10, BOX)),
    )
    return Dossier.from_json({**json.loads(json.dumps(whole.to_json())), **changes}, folder)
