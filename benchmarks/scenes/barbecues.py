"""Scripts of open-air barbecues: grills with smoke and guests, and steam that is none."""

from benchmarks.scenes.laundry import NETWORKS
from benchmarks.scenes.scene import Scene
from benchmarks.scenes.script import PERSON, Script
from benchmarks.scenes.street import FACADE_Y, KERB_Y
from benchmarks.scenes.thing import HEIGHT, WIDTH, Thing, passing
from vision.boxes import Box
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.zone import Zone

KIND = "open_air_barbecue"
END_S = 4 * 3600.0
HOURS = ((9.5, 13.0), (16.4, 17.4), (19.0, 20.0), (17.2, 18.0))
SPOTS = (50.0, 190.0, 330.0)
STEAM_X = 500.0
PAVEMENT = Zone("pavement", "pavement", tuple((x / WIDTH, y / HEIGHT) for x, y in (
    (0, FACADE_Y), (640, FACADE_Y), (640, KERB_Y + 6), (0, KERB_Y + 6))))  # fmt: skip
GRILL = {"name": "barbecue_grill", "sureness": 1.1}
SMOKE = {"name": "smoke", "sureness": 0.2, "sways": True, "layer": 1}


def barbecues(seed: int) -> Scene:
    """Four hours before restaurants; every fifth scene is seen from far away."""
    script = Script(KIND, seed, END_S, HOURS)
    dwell_s, size = KINDS[KIND].dwell_s, 0.6 if seed % 5 == 4 else 1.0
    for x in SPOTS:
        visits(script, x, size, dwell_s)
    steam(script)
    script.walkers(35)
    script.traffic(90)
    return script.scene([Rule(KINDS[KIND], PAVEMENT, dwell_s)], NETWORKS)


def visits(
    script: Script, x: float, size: float, dwell_s: float, *, carried_share: float = 0.25
) -> None:
    """One spot: a grill that burns for an hour or so, or one that is only carried past."""
    rng, t_s = script.rng, float(script.rng.uniform(-600, 2400))
    while t_s < script.end_s - 1500:
        box = _box(script, x, size)
        if rng.uniform() < carried_share:  # set down for less than two looks, then carried on
            until_s = t_s + float(rng.uniform(20, 0.6 * dwell_s))
            _grill(script, box, t_s, until_s, "carried")
        else:
            until_s = _barbecue(script, box, t_s, dwell_s)
        t_s = until_s + float(rng.uniform(500, 3600))


def _box(script: Script, x: float, size: float) -> Box:
    w, h = size * script.rng.uniform(40, 52), size * script.rng.uniform(26, 32)
    x, foot = x + script.rng.uniform(-10, 10), KERB_Y - 8 + script.rng.uniform(-3, 3)
    return float(x), float(foot - h), float(x + w), float(foot)


def _barbecue(script: Script, box: Box, at_s: float, dwell_s: float) -> float:
    """A grill, its smoke, its cook, and guests who come and go. Returns when it is over."""
    rng = script.rng
    from_s = script.clear(at_s, 90.0) if at_s > 0 else at_s
    seen_s, lasts_s = max(from_s, 0.0), float(rng.uniform(5, 25)) * dwell_s
    lasts_s += script.unseen_s(seen_s, seen_s + lasts_s) + seen_s - from_s
    until_s = script.clear(from_s + lasts_s, 90.0)
    _grill(script, box, from_s, until_s, "burns")
    smoke = (box[0] - 6, box[1] - 50, box[2] + 6, box[1] + 8)
    script.things.append(
        Thing("smoke", script.look(), smoke, from_s + 60, until_s - 60, **SMOKE)  # type: ignore[arg-type]
    )
    _person(script, (box[0] + box[2]) / 2 - 8, box[3] - 10, from_s + 20, until_s)
    t_s = seen_s
    while t_s < until_s:
        leaves_s = t_s + float(rng.uniform(60, 600))
        side = box[2] + 4 if rng.uniform() < 0.5 else box[0] - 18
        _person(script, side, box[3] + float(rng.uniform(-4, 8)), t_s, min(leaves_s, until_s))
        t_s = leaves_s + float(rng.uniform(30, 500))
    script.event(PAVEMENT.name, box, seen_s, until_s, dwell_s)
    return until_s


def _grill(script: Script, box: Box, from_s: float, to_s: float, tag: str) -> None:
    script.things.append(
        Thing("grill", script.look(), box, from_s, to_s, tag=tag, **GRILL)  # type: ignore[arg-type]
    )


def _person(script: Script, x: float, foot: float, from_s: float, to_s: float) -> None:
    height = float(script.rng.uniform(36, 44))
    box = (x, foot - height, x + 0.4 * height, foot)
    if to_s > from_s:
        script.things.append(
            Thing("person", script.look(), box, from_s, to_s, sways=True, **PERSON)  # type: ignore[arg-type]
        )


def steam(script: Script, x: float = STEAM_X) -> None:
    """A food stall whose steam counts as smoke; its pots are sometimes taken for a grill."""
    rng, t_s = script.rng, float(script.rng.uniform(0, 2000))
    while t_s < script.end_s:
        until_s = t_s + float(rng.uniform(1200, 5000))
        pots = (x, KERB_Y - 34.0, x + 46.0, KERB_Y - 6.0)
        vapour = (x - 4, KERB_Y - 84.0, x + 50, KERB_Y - 28.0)
        stall = {"lure": "barbecue_grill", "lure_share": 0.06, "name": "street_stall"}
        script.things += [
            Thing("bus", script.look(), pots, t_s, until_s, sureness=0.6, **stall),  # type: ignore[arg-type]
            Thing("smoke", script.look(), vapour, t_s, until_s, **SMOKE),  # type: ignore[arg-type]
        ]
        cart = (-60.0, KERB_Y - 36.0, -8.0, KERB_Y - 4.0)
        script.things.append(  # a grill that is pushed past
            passing("grill", script.look(), cart, until_s, 30.0, WIDTH + 80.0, **GRILL)
        )
        t_s = until_s + float(rng.uniform(300, 2000))
