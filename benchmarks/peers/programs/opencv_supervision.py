"""A thread with OpenCV's VideoCapture for each feed, ONNX Runtime, and supervision's zones.

A stream has to be drained, so each picture is grabbed; only one that is due is retrieved.
`opencv_supervision.py PLAN drain` retrieves the first one of each feed only, to tell what grabbing
takes.
"""

import math
import queue
import sys
import threading
import time
from typing import Any

import cv2
import numpy as np
import onnxruntime
import supervision as sv
from look_log import LookLog, Plan
from yolo_output import boxes, fractions

GREY = 114
AGAIN_S = 2.0


def main(plan: Plan, interval_s: float) -> None:
    """Look until killed."""
    cv2.setNumThreads(plan.threads)
    log = LookLog(plan, ("opencv-python-headless", "onnxruntime", "supervision"))
    looks: queue.Queue[tuple[str, Any, int]] = queue.Queue(maxsize=2 * len(plan.feeds))
    for name, uri in plan.feeds.items():
        reader = (name, uri, interval_s, looks)
        threading.Thread(target=read, args=reader, daemon=True).start()
    session = opened(plan)
    zones: dict[str, list[sv.PolygonZone]] = {}
    while True:
        name, image, pictures = looks.get()
        if name not in zones:
            size = np.array(image.shape[1::-1])
            polygons = [np.array(zone) * size for zone in plan.zones.values()]
            zones[name] = [sv.PolygonZone(polygon.astype(np.int64)) for polygon in polygons]
        found = detected(session, image, plan)
        inside = np.zeros(len(found), bool)
        for zone in zones[name]:
            inside |= zone.trigger(found)
        scaled = found.xyxy / np.tile(image.shape[1::-1], 2)
        log.note(
            name, np.hstack([found.class_id[:, None], found.confidence[:, None], scaled]),
            int(inside.sum()), pictures,
        )  # fmt: skip


def read(
    name: str, uri: str, interval_s: float, looks: "queue.Queue[tuple[str, Any, int]]"
) -> None:
    """Drain a stream, and give every picture that is due."""
    due_s, pictures = 0.0, 0
    while True:
        capture = cv2.VideoCapture(uri, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        while capture.grab():
            now_s, pictures = time.monotonic(), pictures + 1
            if now_s < due_s:
                continue
            got, image = capture.retrieve()
            if got:
                due_s = max(due_s, now_s - interval_s) + interval_s
                looks.put((name, image, pictures))
        capture.release()
        time.sleep(AGAIN_S)


def opened(plan: Plan) -> onnxruntime.InferenceSession:
    """The network on the processor."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = plan.threads, 1
    return onnxruntime.InferenceSession(plan.model, options, ["CPUExecutionProvider"])


def detected(session: onnxruntime.InferenceSession, image: Any, plan: Plan) -> sv.Detections:  # noqa: ANN401
    """What the network finds, in the picture's pixels; nothing where it is not to be run."""
    width, height = plan.input_wh
    fitted = cv2.resize(image, (width, round(image.shape[0] * width / image.shape[1])))
    above = (height - fitted.shape[0]) // 2
    below = height - fitted.shape[0] - above
    padded = cv2.copyMakeBorder(fitted, above, below, 0, 0, cv2.BORDER_CONSTANT, value=(GREY,) * 3)
    blob = cv2.dnn.blobFromImage(padded, 1 / 255, swapRB=True)
    if not plan.infer:
        return sv.Detections(np.empty((0, 4)), confidence=np.empty(0), class_id=np.empty(0, int))
    raw = session.run(None, {session.get_inputs()[0].name: blob})[0][0]
    corners, score, class_id = boxes(raw, plan.classes, plan.score, plan.iou)
    size = np.tile(image.shape[1::-1], 2)
    xyxy = fractions(corners, (width, height), above) * size
    return sv.Detections(xyxy, confidence=score, class_id=class_id)


if __name__ == "__main__":
    told = Plan.read(sys.argv[1])
    main(told, math.inf if sys.argv[2:] == ["drain"] else told.interval_s)
