"""Day-long scenes in which nothing is an event: all that may be taken for one, in one street."""

from dataclasses import replace

from benchmarks.scenes import barbecues, bikes, laundry, parking
from benchmarks.scenes.scene import COCO, STREET, Network, Scene, Trouble
from benchmarks.scenes.script import Script
from benchmarks.scenes.thing import Span
from scenery.light import DAY_S
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule

NAME = "calm"
NETWORKS = (Network(COCO, 10.0), Network(STREET, 60.0))
"""Vehicles and people half as often as in the scenes with events: a day takes two minutes so."""
GRILLS = (90.0, 248.0)
STEAM_X = 400.0
"""Between the spots where bikes are left and before their bay."""

_RULES = {
    parking.KIND: ((parking.KERB, (parking.BAY,)), (parking.JUNCTION, (parking.BAY,))),
    bikes.KIND: ((bikes.PAVEMENT, (bikes.BAY,)),),
    laundry.KIND: ((laundry.FRONT, ()),),
    barbecues.KIND: ((barbecues.PAVEMENT, ()),),
}
CALM_KINDS = tuple(_RULES)
"""Zombie vehicles are not among them: a day is too short for one to be raised, rightly or not."""


def calm(seed: int, kinds: tuple[str, ...] = CALM_KINDS) -> Scene:
    """A day of one street with the rules of some kinds; every fifth is seen from far away.

    Raises KeyError for a kind that has no such scene.
    """
    script = Script(NAME, seed, DAY_S, hours=((0.0, 24.0),))
    script.weather = replace(script.weather, rain=_spells(script, 2, 1800, 14400))
    script.trouble = _trouble(script)
    far = seed % 5 == 4
    _vehicles(script, 0.4 if far else 1.0)
    _bikes(script, 0.55 if far else 1.0)
    _pavement(script, 0.6 if far else 1.0)
    rules = [
        Rule(KINDS[kind], zone, KINDS[kind].dwell_s, exempt=exempt)
        for kind in kinds
        for zone, exempt in _RULES[kind]
    ]
    return script.scene(rules, NETWORKS)


def _vehicles(script: Script, size: float) -> None:
    """Loading stops, bays, queues at a red light, a bus before the kerb."""
    for x in parking.SPOTS:
        parking.visits(script, x, size, KINDS[parking.KIND].dwell_s, long_share=0.0)
    parking.around(script, size)


def _bikes(script: Script, size: float) -> None:
    """Riders who wait, short stops, bikes in the bay or ridden past."""
    for x in bikes.GROUPS:
        bikes.visits(script, x, size, KINDS[bikes.KIND].dwell_s, ("waits", "stops"))
    bikes.around(script, size)


def _pavement(script: Script, size: float) -> None:
    """Washing taken in at once, banners and walkers taken for washing; grills carried; steam."""
    laundry.hang_out(script, KINDS[laundry.KIND].dwell_s, long_share=0.0)
    laundry.banners(script)
    script.walkers(90, lure=laundry.KIND)
    for x in GRILLS:
        barbecues.visits(script, x, size, KINDS[barbecues.KIND].dwell_s, carried_share=1.0)
    barbecues.steam(script, STEAM_X)


def _trouble(script: Script) -> Trouble:
    """What a camera may suffer in a day: two nudges, three turns, two covers, two outages."""
    nudges = tuple(
        (float(script.rng.uniform(n, n + 0.9)) * DAY_S / 2, *_shift(script)) for n in (0, 1)
    )
    away, covered, offline = (
        _spells(script, count, *lasts)
        for count, lasts in ((3, (60, 1800)), (2, (40, 1200)), (2, (30, 7200)))
    )
    return Trouble(nudges, away, covered, offline)


def _shift(script: Script) -> tuple[float, float]:
    dx, dy = (float(v) for v in script.rng.uniform(-7, 7, 2))
    return dx, dy


def _spells(script: Script, most: int, shortest_s: float, longest_s: float) -> tuple[Span, ...]:
    """Up to `most` spans of time, each in its own part of the day."""
    part_s, spans = DAY_S / most, []
    for n in range(int(script.rng.integers(1, most + 1))):
        lasts_s = float(script.rng.uniform(shortest_s, longest_s))
        from_s = float(script.rng.uniform(n * part_s, (n + 1) * part_s - lasts_s))
        spans.append((from_s, from_s + lasts_s))
    return tuple(spans)
