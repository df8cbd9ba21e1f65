"""A parking bay watched for days: who stands in it when, and what the camera makes of it."""

from functools import lru_cache

import cv2
import numpy as np

from tests.vision.street import EVERYWHERE, HEIGHT, NAMES, WIDTH, texture
from vision.analyser import CameraAnalyser
from vision.detections import Detections
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule

DAY = 86400.0
HOUR = 3600.0
STEP = 1800.0
T0 = 1_795_363_200.0
"""Midnight of a day in Shanghai."""
BAY = (100, 60, 190, 130)


def rule(dwell_days=3.0, zone=EVERYWHERE, **how):
    return Rule(KINDS["zombie_vehicle"], zone, dwell_days * DAY, **how)


@lru_cache
def ground():
    return texture(7, (WIDTH, HEIGHT), 2.0)


@lru_cache
def skin(model, size_wh):
    """What a model of car looks like: a smooth body with sharp edges."""
    rng = np.random.default_rng(1000 + model)
    image = np.full((size_wh[1], size_wh[0], 3), rng.integers(60, 200, 3), np.uint8)
    for _ in range(40):
        x, y = rng.uniform(0, size_wh[0]), rng.uniform(0, size_wh[1])
        w, h = rng.uniform(3, 22, 2)
        colour = [int(c) for c in rng.integers(10, 245, 3)]
        cv2.rectangle(image, (int(x), int(y)), (int(x + w), int(y + h)), colour, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(image, (0, 0), 0.7)


class Lot:
    """Pictures and detections of one bay.

    `stays`: (from day, to day, model, dx, dy) of what stands in the bay. `dark` and `down`: (from,
    to) in days at which nothing can be seen, and at which the camera is off. `front`: times at
    which a lorry is parked in front. `nudge`: (from day, dx, dy). `unseen`: times at which the
    detector misses what stands there. `rain`, `shade`: times with noise, and under a shadow.
    """

    def __init__(self, *stays, dark=(), down=(), front=(), nudge=(), unseen=(), rain=(), shade=()):
        self.stays, self.dark, self.down, self.front = stays, dark, down, front
        self.nudge, self.unseen, self.rain, self.shade = nudge, unseen, rain, shade

    def picture(self, day, rng):
        if during(self.dark, day):
            return np.full((HEIGHT, WIDTH, 3), 3, np.uint8)
        image = ground().copy()
        for box, model in self.things(day):
            x1, y1, x2, y2 = box
            image[y1:y2, x1:x2] = skin(model, (x2 - x1, y2 - y1))
        if during(self.shade, day):
            image[:, 120:160] = image[:, 120:160] // 2
        dx, dy = self.shift(day)
        move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        image = cv2.warpAffine(image, move, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        hour = day % 1 * 24
        light = 0.55 + 0.5 * np.sin(np.clip((hour - 5) / 14, 0, 1) * np.pi)
        noise = rng.normal(0, 14 if during(self.rain, day) else 2, image.shape)
        return np.clip(image * light + noise, 0, 255).astype(np.uint8)

    def things(self, day):
        here = [
            ((BAY[0] + dx, BAY[1] + dy, BAY[2] + dx, BAY[3] + dy), model)
            for a, b, model, dx, dy in self.stays
            if a <= day < b
        ]
        return here + [((80, 85, 220, 175), 77)] * during(self.front, day)

    def shift(self, day):
        return ([(dx, dy) for a, dx, dy in self.nudge if day >= a] or [(0, 0)])[-1]

    def detections(self, day, rng):
        if during(self.dark, day):
            return Detections.empty(NAMES)
        boxes = [
            box for box, model in self.things(day) if model == 77 or not during(self.unseen, day)
        ]
        if during(self.front, day):
            boxes = boxes[-1:]
        shifted = [np.array(box) + [*self.shift(day)] * 2 + rng.uniform(-1, 1, 4) for box in boxes]
        return Detections.of(
            np.array(shifted).reshape(-1, 4), [0.8] * len(boxes), [2] * len(boxes), NAMES
        )

    def watch(self, days, analyser=None, from_day=0.0, step=STEP, each=None):
        """Show the bay to an analyser; returns what was raised, what ended, and the analyser."""
        analyser = analyser or CameraAnalyser("lot", [rule()])
        rng, raised, ended = np.random.default_rng(1), [], []
        for n in range(int(from_day * DAY / step), int(days * DAY / step)):
            day = n * step / DAY
            if during(self.down, day):
                continue
            found = analyser.update(
                T0 + day * DAY, self.detections(day, rng), self.picture(day, rng)
            )
            raised += found.raised
            ended += found.ended
            if each:
                each(day, analyser, found)
        return raised, ended, analyser


def during(times, day):
    return any(a <= day < b for a, b in times)


def starts(violations):
    """When each began, in days."""
    return [(v.started_s - T0) / DAY for v in violations]


def ends(violations):
    """When each was over, in days."""
    return [((v.ended_s or 0.0) - T0) / DAY for v in violations]
