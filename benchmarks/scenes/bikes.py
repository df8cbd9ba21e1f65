"""Scripts of stray bikes: rows on the pavement, marked bays, riders who wait, people who pass."""

from collections.abc import Sequence

from benchmarks.scenes.scene import Network, Scene, union
from benchmarks.scenes.script import PERSON, Script
from benchmarks.scenes.street import FACADE_Y, KERB_Y
from benchmarks.scenes.thing import HEIGHT, WIDTH, Thing, passing
from vision.boxes import Box
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.zone import Zone

KIND = "stray_bikes"
END_S = 7200.0
GROUPS = (10.0, 168.0, 326.0)
"""Left ends of the spots where bikes are left in rows, too far apart to be one row."""
BAY_X = 470.0
ALONE_S = 4.0
"""Whoever brings a bike stays so long; only then is it left there."""
PAVEMENT = Zone("pavement", "pavement", tuple((x / WIDTH, y / HEIGHT) for x, y in (
    (0, FACADE_Y), (640, FACADE_Y), (640, KERB_Y), (0, KERB_Y))))  # fmt: skip
BAY = Zone("bike bay", "bike_bay", tuple((x / WIDTH, y / HEIGHT) for x, y in (
    (BAY_X - 12, FACADE_Y), (640, FACADE_Y), (640, KERB_Y), (BAY_X - 12, KERB_Y))))  # fmt: skip
WHAT_FOR = ("row", "row", "waits", "stops")
"""What somebody comes with a bike for; each is as likely as the next."""
BIKE = {"name": "bicycle", "mistaken": ("motorcycle",), "sureness": 1.1}


def bikes(seed: int) -> Scene:
    """Two hours on a pavement; every fifth scene is seen from far away."""
    script = Script(KIND, seed, END_S)
    dwell_s, size = KINDS[KIND].dwell_s, 0.55 if seed % 5 == 4 else 1.0
    for x in GROUPS:
        visits(script, x, size, dwell_s)
    around(script, size)
    script.walkers(50)
    script.traffic(60)
    rule = Rule(KINDS[KIND], PAVEMENT, dwell_s, exempt=(BAY,))
    return script.scene([rule], (Network(),))


def _bike_box(script: Script, x: float, size: float) -> Box:
    rng = script.rng
    w, h = size * rng.uniform(36, 42), size * rng.uniform(26, 30)
    foot = KERB_Y - 14 + rng.uniform(-3, 3)
    return float(x), float(foot - h), float(x + w), float(foot)


def around(script: Script, size: float) -> None:
    """What is beside the rows: bikes in the bay, and people who ride or push one past."""
    _bay(script, size)
    _cyclists(script)


def visits(
    script: Script, left: float, size: float, dwell_s: float, what_for: Sequence[str] = WHAT_FOR
) -> None:
    """One spot: rows that are left there, riders who wait by their bike, short stops."""
    rng, t_s = script.rng, float(script.rng.uniform(-900, 500))
    while t_s < script.end_s - 1.6 * dwell_s:
        what = rng.choice(what_for)
        arrives_s = script.clear(t_s) if t_s > 0 else t_s
        if what == "row":
            until_s = _row(script, left, size, arrives_s, dwell_s)
        elif what == "waits":
            until_s = _waits(script, left, size, arrives_s, dwell_s)
        else:
            until_s = arrives_s + float(rng.uniform(0.1, 0.7)) * dwell_s
            _leave(script, _bike_box(script, left + 20, size), arrives_s, until_s)
        t_s = until_s + float(rng.uniform(60, 900))


def _row(script: Script, left: float, size: float, from_s: float, dwell_s: float) -> float:
    """A row that loses some and gains some; one case. Returns when the last has gone."""
    rng, step = script.rng, 24.0 * size
    seen_s = max(from_s, 0.0)
    lasts_s = float(rng.uniform(1.5, 4.0)) * dwell_s
    lasts_s += script.unseen_s(seen_s, seen_s + lasts_s) + max(0.0, -from_s)
    until_s = script.clear(from_s + lasts_s)
    start_s = from_s + ALONE_S if from_s > 0 else 0.0
    count = int(rng.integers(1, 5))
    # The row grows and shrinks at its end, so that it stays one row.
    comes = sorted(rng.uniform(seen_s + 5, until_s - 0.5 * lasts_s, count - 1).tolist())
    boxes = [_bike_box(script, left, size)]
    _leave(script, boxes[0], from_s, until_s)
    for n, at_s in enumerate(comes, 1):
        box, comes_s = _bike_box(script, left + n * step, size), script.clear(at_s)
        last = n == count - 1 and rng.uniform() < 0.5
        goes_s = script.clear(float(rng.uniform(comes_s + 60, until_s - 30))) if last else until_s
        _leave(script, box, comes_s, min(goes_s, until_s))
        if last and goes_s < until_s - 200:  # and another one takes its place
            _leave(script, _bike_box(script, left + n * step, size), goes_s + 30, until_s)
        if comes_s < start_s + dwell_s < goes_s:
            boxes.append(box)
    script.event(PAVEMENT.name, union(boxes), start_s, until_s, dwell_s)
    return until_s


def _leave(script: Script, box: Box, from_s: float, to_s: float) -> None:
    """A bike that somebody brings, leaves and fetches again."""
    script.things.append(Thing("bike", script.look(), box, from_s, to_s, **BIKE))  # type: ignore[arg-type]
    for a, b in ((from_s - 3, from_s + ALONE_S), (to_s - 4, to_s + 3)):
        _by(script, box, a, b)


def _by(script: Script, box: Box, from_s: float, to_s: float) -> None:
    """Somebody who stands right at a bike."""
    height = float(script.rng.uniform(36, 44))
    x = box[0] + float(script.rng.uniform(0.1, 0.6)) * (box[2] - box[0])
    foot = box[3] + float(script.rng.uniform(1, 4))
    man = (x, foot - height, x + 0.4 * height, foot)
    script.things.append(
        Thing("person", script.look(), man, from_s, to_s, sways=True, **PERSON)  # type: ignore[arg-type]
    )


def _waits(script: Script, left: float, size: float, from_s: float, dwell_s: float) -> float:
    """A rider who waits for longer than the dwell and stays with the bike: never a case."""
    until_s = from_s + float(script.rng.uniform(0.4, 2.0)) * dwell_s
    box = _bike_box(script, left + 30, size)
    script.things.append(Thing("bike", script.look(), box, from_s, until_s, **BIKE))  # type: ignore[arg-type]
    _by(script, box, from_s, until_s)
    return until_s


def _bay(script: Script, size: float) -> None:
    """Bikes in a marked bay, which is what it is there for."""
    for n in range(6):
        t_s = float(script.rng.uniform(-2000, 1500))
        while t_s < script.end_s:
            until_s = t_s + float(script.rng.uniform(900, 6000))
            _leave(script, _bike_box(script, BAY_X + n * 25.0, size), t_s, until_s)
            t_s = until_s + float(script.rng.uniform(60, 900))


def _cyclists(script: Script) -> None:
    """People who ride or push a bike past."""
    t_s = float(script.rng.uniform(0, 200))
    while t_s < script.end_s:
        box = (-50.0, KERB_Y - 32.0, -10.0, KERB_Y - 4.0)
        seconds = float(script.rng.uniform(6, 25))
        man = (-38.0, KERB_Y - 48.0, -22.0, KERB_Y - 5.0)
        for sprite, where, how in (("bike", box, BIKE), ("person", man, PERSON)):
            script.things.append(
                passing(sprite, script.look(), where, t_s, seconds, WIDTH + 60.0, **how)
            )
        t_s += float(script.rng.exponential(150)) + 5
