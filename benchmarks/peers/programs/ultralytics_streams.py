"""Ultralytics on a list of streams: its own loader, letterbox, session wrapper and boxes.

`vid_stride` lets its loader pass over the pictures between two looks. Where the library has no
switch for the threads of ONNX Runtime they are pinned from outside, in its favour.
"""

import logging
import sys
import tempfile
import types
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime
import torch
from look_log import LookLog, Plan
from ultralytics import YOLO
from ultralytics.utils import LOGGER
from ultralytics.utils.nms import TorchNMS


def main(plan: Plan) -> None:
    """Look until killed."""
    cv2.setNumThreads(plan.threads)
    torch.set_num_threads(plan.threads)
    pin_threads(plan.threads)
    mend_torchvision()
    LOGGER.setLevel(logging.ERROR)
    log = LookLog(plan, ("ultralytics", "torch", "onnxruntime", "opencv-python-headless"))
    names, stride = list(plan.feeds), round(plan.fps * plan.interval_s)
    with tempfile.TemporaryDirectory(prefix="streams-") as folder:
        sources = Path(folder) / "cameras.streams"
        sources.write_text("\n".join(plan.feeds.values()) + "\n", encoding="utf-8")
        results = YOLO(plan.model, task="detect").predict(
            source=str(sources),
            stream=True,
            vid_stride=stride,
            imgsz=plan.input_wh[::-1],
            conf=plan.score,
            iou=plan.iou,
            classes=plan.classes,
            device="cpu",
            verbose=False,
        )
        zones = [np.array(zone, np.float32) for zone in plan.zones.values()]
        for number, result in enumerate(results):
            rows = np.hstack(
                [
                    result.boxes.cls.numpy()[:, None],
                    result.boxes.conf.numpy()[:, None],
                    result.boxes.xyxyn.numpy(),
                ]
            )
            inside = sum(any(stands_in(row, zone) for zone in zones) for row in rows)
            taken = stride * (number // len(names))
            log.note(names[number % len(names)], rows, inside, taken)


def stands_in(row: Any, zone: Any) -> bool:  # noqa: ANN401 - arrays
    """Whether the middle of a box' lower edge is within a zone."""
    foot = (float(row[2] + row[4]) / 2, float(row[5]))
    return bool(cv2.pointPolygonTest(zone, foot, measureDist=False) >= 0)


def pin_threads(threads: int) -> None:
    """Every session of ONNX Runtime that is opened from now on has so many threads."""
    opened = onnxruntime.InferenceSession

    def pinned(path: str, options: Any = None, **others: Any) -> Any:  # noqa: ANN401
        options = options or onnxruntime.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        return opened(path, options, **others)

    onnxruntime.InferenceSession = pinned


def mend_torchvision() -> None:
    """Where torchvision is built for GPUs and PyTorch is not, give the library its own NMS."""
    try:
        import torchvision  # noqa: F401, PLC0415
    except (ImportError, RuntimeError, OSError):
        for name in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[name]
        stand_in = types.ModuleType("torchvision")
        stand_in.ops = types.SimpleNamespace(nms=TorchNMS.nms)  # type: ignore[attr-defined]
        sys.modules["torchvision"] = stand_in


if __name__ == "__main__":
    main(Plan.read(sys.argv[1]))
