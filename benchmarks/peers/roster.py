"""Who is measured, and what is run without a part to tell what that part takes. Pure."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """One run: a program with its further arguments; `infer` says whether the network runs.

    An entry that `looks` writes a log of them; one that does not is only for its cost.
    """

    key: str
    title: str
    program: str
    arguments: tuple[str, ...] = ()
    infer: bool = True
    looks: bool = True
    needs_ffmpeg: bool = False


PEERS = (
    Entry("ultralytics", "ultralytics on a stream list", "ultralytics_streams"),
    Entry("opencv", "OpenCV + ONNX Runtime + supervision", "opencv_supervision"),
    Entry("pipe", "FFmpeg pipe + OpenVINO", "ffmpeg_openvino", needs_ffmpeg=True),
)
PARTS = (
    Entry("receive", "packets received", "ffmpeg_only", ("copy",), looks=False, needs_ffmpeg=True),
    Entry("keys", "+ key pictures", "ffmpeg_only", ("keys",), looks=False, needs_ffmpeg=True),
    Entry("drain", "OpenCV, nothing retrieved", "opencv_supervision", ("drain",)),
    Entry("opencv-blind", "OpenCV, no network", "opencv_supervision", infer=False),
    Entry("pipe-blind", "pipe, no network", "ffmpeg_openvino", infer=False, needs_ffmpeg=True),
)
"""Peers without a part, for the shares of their stages."""


@dataclass(frozen=True, slots=True)
class NodeEntry:
    """One run of Skyeye's node, with keys of its site that are not its defaults."""

    key: str
    title: str
    site: dict[str, Any]
    precision: str = "auto"


NODES = (
    NodeEntry("skyeye", "Skyeye", {}),
    NodeEntry("skyeye-ungated", "Skyeye, no motion gate", {"motion_gate": False}),
    NodeEntry(
        "skyeye-plain",
        "Skyeye, no motion gate, f32",
        {"motion_gate": False},
        precision="f32",
    ),
)
REFERENCE = NODES[-1].key
"""It spares itself nothing and computes in f32, as the peers do; what the others see is
compared with what it does."""
