"""An FFmpeg for each feed that decodes key pictures only, and OpenVINO on what comes.

FFmpeg passes on the first key picture of every interval, already scaled and padded, so that
nothing is decoded, converted or copied that nobody looks at. The network takes bytes as they lie
in the pipe: scaling to floats and reordering are compiled into it.
"""

import queue
import subprocess
import sys
import threading
import time
from typing import Any

import cv2
import numpy as np
import openvino
from look_log import LookLog, Plan
from openvino.preprocess import PrePostProcessor
from yolo_output import boxes, fractions

SHAPE_W, SHAPE_H = 16, 9
AGAIN_S = 2.0


def main(plan: Plan) -> None:
    """Look until killed."""
    log = LookLog(plan, ("openvino", "opencv-python-headless"))
    looks: queue.Queue[tuple[str, Any]] = queue.Queue(maxsize=2 * len(plan.feeds))
    for name, uri in plan.feeds.items():
        threading.Thread(target=read, args=(name, uri, plan, looks), daemon=True).start()
    request = compiled(plan).create_infer_request()
    zones = [np.array(zone, np.float32) for zone in plan.zones.values()]
    while True:
        name, picture = looks.get()
        if not plan.infer:
            log.note(name, [], 0)
            continue
        raw = request.infer([picture])[0][0]
        corners, score, class_id = boxes(raw, plan.classes, plan.score, plan.iou)
        shares = fractions(corners, plan.input_wh, pad_px(plan))
        inside = sum(any(stands_in(box, zone) for zone in zones) for box in shares)
        log.note(name, np.hstack([class_id[:, None], score[:, None], shares]), inside)


def read(name: str, uri: str, plan: Plan, looks: "queue.Queue[tuple[str, Any]]") -> None:
    """Give each picture that comes out of a feed's FFmpeg."""
    width, height = plan.input_wh
    size = width * height * 3
    while True:
        process = subprocess.Popen(command(uri, plan), stdout=subprocess.PIPE, bufsize=size)  # noqa: S603
        while process.stdout and len(pixels := process.stdout.read(size)) == size:
            looks.put((name, np.frombuffer(pixels, np.uint8).reshape(1, height, width, 3)))
        process.wait()
        time.sleep(AGAIN_S)


def command(uri: str, plan: Plan) -> list[str]:
    """The first key picture of every interval, as the network wants it."""
    width, height = plan.input_wh
    slot = f"gt(floor(t/{plan.interval_s})\\,floor(prev_selected_t/{plan.interval_s}))"
    filters = (
        f"select=isnan(prev_selected_t)+{slot}",
        f"scale={width}:{height - 2 * pad_px(plan)}:flags=bilinear",
        f"pad={width}:{height}:0:{pad_px(plan)}:0x727272",
    )
    return [
        *(plan.ffmpeg, "-nostdin", "-loglevel", "error"),
        *("-rtsp_transport", "tcp", "-skip_frame", "nokey", "-threads", "1", "-i", uri),
        *("-an", "-vf", ",".join(filters), "-fps_mode", "passthrough"),
        *("-filter_threads", "1", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"),
    ]


def pad_px(plan: Plan) -> int:
    """Rows of grey above and below a 16:9 picture."""
    width, height = plan.input_wh
    return (height - width * SHAPE_H // SHAPE_W) // 2


def compiled(plan: Plan) -> openvino.CompiledModel:
    """The network, fed with bytes (1, height, width, 3)."""
    core = openvino.Core()
    model = core.read_model(plan.model)
    model.reshape([1, 3, plan.input_wh[1], plan.input_wh[0]])
    steps = PrePostProcessor(model)
    steps.input().tensor().set_element_type(openvino.Type.u8).set_layout(openvino.Layout("NHWC"))
    steps.input().preprocess().convert_element_type(openvino.Type.f32).scale(255.0)
    steps.input().model().set_layout(openvino.Layout("NCHW"))
    settings = {
        "INFERENCE_NUM_THREADS": plan.threads,
        "NUM_STREAMS": 1,
        "INFERENCE_PRECISION_HINT": "f32",
        "ENABLE_CPU_PINNING": False,
    }
    return core.compile_model(steps.build(), "CPU", settings)


def stands_in(box: Any, zone: Any) -> bool:  # noqa: ANN401 - arrays
    """Whether the middle of a box' lower edge is within a zone."""
    foot = (float(box[0] + box[2]) / 2, float(box[3]))
    return bool(cv2.pointPolygonTest(zone, foot, measureDist=False) >= 0)


if __name__ == "__main__":
    main(Plan.read(sys.argv[1]))
