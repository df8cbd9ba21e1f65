"""Scripts of illegal parking: a no-parking kerb with loading stops, bays, and a red light."""

import numpy as np

from benchmarks.scenes.scene import Network, Scene
from benchmarks.scenes.script import BUS, CAR, PERSON, Script
from benchmarks.scenes.street import KERB_Y, LANE_Y, STOP_Y
from benchmarks.scenes.thing import HEIGHT, WIDTH, Thing, driving
from vision.boxes import Box
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.zone import Zone

KIND = "illegal_parking"
END_S = 7200.0
SPOTS = (60.0, 166.0, 272.0, 378.0)
BAYS = (490.0, 590.0)
KERB = Zone("kerb", "no_parking", tuple((x / WIDTH, y / HEIGHT) for x, y in (
    (0, KERB_Y), (640, KERB_Y), (640, LANE_Y + 4), (0, LANE_Y + 4))))  # fmt: skip
BAY = Zone("bays", "parking_bay", tuple((x / WIDTH, y / HEIGHT) for x, y in (
    (436, KERB_Y - 4), (640, KERB_Y - 4), (640, LANE_Y + 8), (436, LANE_Y + 8))))  # fmt: skip
JUNCTION = Zone("junction", "no_parking", tuple((x / WIDTH, y / HEIGHT) for x, y in (
    (150, LANE_Y + 10), (540, LANE_Y + 10), (530, STOP_Y), (140, STOP_Y))))  # fmt: skip


def parking(seed: int) -> Scene:
    """Two hours at a kerb; every fifth scene is seen from far away."""
    script = Script(KIND, seed, END_S)
    dwell_s, size = KINDS[KIND].dwell_s, 0.4 if seed % 5 == 4 else 1.0
    for x in SPOTS:
        visits(script, x, size, dwell_s)
    around(script, size)
    rules = [Rule(KINDS[KIND], zone, dwell_s, exempt=(BAY,)) for zone in (KERB, JUNCTION)]
    return script.scene(rules, (Network(),))


def _car_box(script: Script, x: float, size: float, foot: float = LANE_Y - 2) -> Box:
    rng = script.rng
    w, h = size * rng.uniform(80, 96), size * rng.uniform(40, 50)
    x, foot = x + rng.uniform(-4, 4), foot + rng.uniform(-3, 3)
    return float(x - w / 2), float(foot - h), float(x + w / 2), float(foot)


def around(script: Script, size: float) -> None:
    """What is beside the spots of the kerb: bays, traffic, people, a red light, a bus stop."""
    for x in BAYS:
        _bay(script, x, size)
    script.traffic(45)
    script.walkers(60)
    _red_light(script)
    _bus_stop(script)


def visits(
    script: Script, x: float, size: float, dwell_s: float, *, long_share: float = 0.45
) -> None:
    """One spot of the kerb: cars that stay too long, and others that only load or wait."""
    rng = script.rng
    t_s = float(rng.uniform(-1500, 600))
    while t_s < script.end_s - 1.6 * dwell_s:
        long = rng.uniform() < long_share
        stays_s = float(rng.uniform(1.5, 7) * dwell_s if long else rng.uniform(0.1, 0.75) * dwell_s)
        arrives_s = script.clear(max(t_s, 0.0)) if t_s > 0 else t_s
        seen_s = max(arrives_s, 0.0)
        if long:  # what was there before the camera is known since the first look
            stays_s += script.unseen_s(seen_s, seen_s + stays_s) + max(0.0, -arrives_s)
        leaves_s = script.clear(arrives_s + stays_s) if long else arrives_s + stays_s
        box = _car_box(script, x, size)
        how = {**CAR, "tag": "parks" if long else "stops"}
        car = driving(box, script.look(), arrives_s, leaves_s, left=bool(rng.integers(2)), **how)
        script.things.append(car)
        if long:
            script.event(KERB.name, box, seen_s, leaves_s, dwell_s)
        elif rng.uniform() < 0.5:  # somebody unloads
            _attendant(script, box, arrives_s + 8, leaves_s - 4)
        t_s = leaves_s + float(rng.uniform(40, 700))


def _attendant(script: Script, box: Box, from_s: float, to_s: float) -> None:
    height = 0.9 * (box[3] - box[1])
    x = float(script.rng.uniform(box[0], box[2]))
    man = (x, box[3] - height - 6, x + height * 0.4, box[3] - 6)
    if to_s > from_s:
        script.things.append(
            Thing("person", script.look(), man, from_s, to_s, sways=True, **PERSON)  # type: ignore[arg-type]
        )


def _bay(script: Script, x: float, size: float) -> None:
    """A marked bay, which is there to be parked in."""
    t_s = float(script.rng.uniform(-900, 300))
    while t_s < script.end_s:
        leaves_s = t_s + float(script.rng.uniform(600, 5000))
        car = driving(_car_box(script, x, size), script.look(), t_s, leaves_s, left=False, **CAR)
        script.things.append(car)
        t_s = leaves_s + float(script.rng.uniform(60, 600))


def _red_light(script: Script) -> None:
    """Queues before the stop line: other cars at the same spots, red after red."""
    rng, t_s = script.rng, 30.0
    while t_s < script.end_s:
        red_s = float(rng.uniform(45, 90))
        for place in range(int(rng.integers(0, 4))):
            box = _car_box(script, 470 - place * 112, 1.12, STOP_Y - 12)
            arrives_s = t_s + 3 + 4 * place
            leaves_s = max(t_s + red_s + 1.5 * place, arrives_s + 3)
            script.things.append(driving(box, script.look(), arrives_s, leaves_s, left=True, **CAR))
        t_s += red_s + float(rng.uniform(30, 70))


def _bus_stop(script: Script) -> None:
    """A bus that stops before the kerb and hides it for a while."""
    rng, t_s = script.rng, float(script.rng.uniform(100, 900))
    while t_s < script.end_s:
        x, foot = float(rng.uniform(90, 420)), LANE_Y + float(rng.uniform(22, 34))
        box = (x - 95, foot - 84, x + 95, foot)
        stays_s = float(rng.uniform(18, 55))
        path = tuple(
            (float(at), dx, 0.0)
            for at, dx in (
                (t_s - 5, -700.0),
                (t_s, 0.0),
                (t_s + stays_s, 0.0),
                (t_s + stays_s + 5, 700.0),
            )
        )
        script.things.append(
            Thing("bus", script.look(), box, t_s - 5, t_s + stays_s + 5, path=path, **BUS)  # type: ignore[arg-type]
        )
        t_s += stays_s + float(np.clip(rng.exponential(700), 240, 3000))
