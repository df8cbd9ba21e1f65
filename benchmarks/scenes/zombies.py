"""Scripts of zombie vehicles: a row of public bays over forty days, one look in ten minutes."""

from dataclasses import replace

from benchmarks.scenes.scene import Network, Scene, Trouble
from benchmarks.scenes.script import CAR, PERSON, Script
from benchmarks.scenes.street import KERB_Y, LANE_Y
from benchmarks.scenes.thing import HEIGHT, WIDTH, Span, Thing, passing
from scenery.light import DAY_S
from vision.boxes import Box
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.zone import Zone

KIND = "zombie_vehicle"
END_S = 41 * DAY_S
LOOK_S = 600.0
HOUR_S = 3600.0
SPOTS = (56.0, 162.0, 268.0, 374.0, 480.0, 586.0)
ROLES = ("zombie", "zombie", "twins", "visitor", "commuters", "commuters")
BAYS = Zone("bays", "parking_bay", tuple((x / WIDTH, y / HEIGHT) for x, y in (
    (0, KERB_Y), (640, KERB_Y), (640, LANE_Y + 6), (0, LANE_Y + 6))))  # fmt: skip


def zombies(seed: int) -> Scene:
    """Forty-one days; what the camera suffers lasts hours to days."""
    script = Script(KIND, seed, END_S, hours=((0.0, 24.0),))
    script.weather = replace(script.weather, rain=_rain(script))
    script.trouble = _trouble(script)
    for x, role in zip(SPOTS, script.rng.permutation(ROLES), strict=True):
        _SPOTS[str(role)](script, x)
    _fleeting(script)
    rule = Rule(KINDS[KIND], BAYS, KINDS[KIND].dwell_s)
    return script.scene([rule], (Network(every_s=LOOK_S),))


def _box(script: Script, x: float) -> Box:
    w, h = script.rng.uniform(84, 98), script.rng.uniform(42, 52)
    x, foot = x + script.rng.uniform(-5, 5), LANE_Y - 3 + script.rng.uniform(-4, 4)
    return float(x - w / 2), float(foot - h), float(x + w / 2), float(foot)


def _park(script: Script, look: int, box: Box, from_s: float, to_s: float, tag: str) -> None:
    script.things.append(Thing("car", look, box, from_s, to_s, tag=tag, **CAR))  # type: ignore[arg-type]


def _zombie(script: Script, x: float) -> None:
    """A car that stays for more than thirty days; now and then a van stands in front of it."""
    rng, dwell_s = script.rng, KINDS[KIND].dwell_s
    from_s = script.clear(float(rng.uniform(0, 8.5) * DAY_S), 2 * LOOK_S)
    to_s = END_S if rng.uniform() < 0.7 else script.clear(END_S - rng.uniform(0.1, 1) * DAY_S)
    box = _box(script, x)
    _commute(script, x, 0.0, from_s - 2 * HOUR_S)
    _park(script, script.look(), box, from_s, to_s, "zombie")
    script.event(BAYS.name, box, from_s, to_s, dwell_s)
    t_s = from_s + float(rng.uniform(0.5, 5)) * DAY_S
    while t_s < to_s - DAY_S:
        lasts_s = float(rng.uniform(1, 30)) * HOUR_S
        middle = (box[0] + box[2]) / 2 + rng.uniform(-30, 30)
        van = (middle - 62, box[3] - 50, middle + 62, box[3] + 28)
        _park(script, script.look(), van, t_s, t_s + lasts_s, "in front")
        t_s += lasts_s + float(rng.uniform(3, 9)) * DAY_S


def _twins(script: Script, x: float) -> None:
    """A car, and from some day on another one of the same model and colour, parked anew."""
    rng, look = script.rng, script.look()
    swap_s = float(rng.uniform(12, 27)) * DAY_S
    if script.trouble.offline and rng.uniform() < 0.5:  # while nobody could look
        a, b = script.trouble.offline[0]
        leaves_s, comes_s = a + 0.3 * (b - a), a + 0.6 * (b - a)
    else:
        leaves_s, comes_s = swap_s, swap_s + float(rng.uniform(0.6, 5)) * HOUR_S
    first = _box(script, x)
    # Who parks anew stands a few decimetres off; a car of 4.5 m is 90 pixels long here.
    again = first[0] + float(rng.normal(0, 5)), first[1] + float(rng.normal(0, 1.5))
    second = (again[0], again[1], again[0] + first[2] - first[0], again[1] + first[3] - first[1])
    # Neither stands for thirty days.
    _park(script, look, first, max(0.0, leaves_s - 27 * DAY_S), leaves_s, "twin")
    _park(script, look + 1, second, comes_s, min(END_S, comes_s + 27 * DAY_S), "twin")


def _visitor(script: Script, x: float) -> None:
    """A car that stays for weeks, but not long enough, and everyday parking before and after."""
    from_s = float(script.rng.uniform(0, 12)) * DAY_S
    to_s = from_s + float(script.rng.uniform(15, 27)) * DAY_S
    _commute(script, x, 0.0, from_s - HOUR_S)
    _park(script, script.look(), _box(script, x), from_s, to_s, "visitor")
    _commute(script, x, to_s + HOUR_S, END_S)


def _commuters(script: Script, x: float) -> None:
    _commute(script, x, 0.0, END_S)


def _commute(script: Script, x: float, from_s: float, to_s: float) -> None:
    """Cars of every day: most for hours, some overnight; one of them comes again and again."""
    rng, regular = script.rng, script.look()
    t_s = from_s + float(rng.uniform(0, 8)) * HOUR_S
    while t_s < to_s:
        lasts_s = float(rng.uniform(0.3, 12) if rng.uniform() < 0.9 else rng.uniform(12, 60))
        leaves_s = min(t_s + lasts_s * HOUR_S, to_s)
        look = regular if rng.uniform() < 0.25 else script.look()
        _park(script, look, _box(script, x), t_s, leaves_s, "commuter")
        t_s = leaves_s + float(rng.uniform(0.7, 9)) * HOUR_S


def _fleeting(script: Script) -> None:
    """What drives or walks through one look in six."""
    rng = script.rng
    for n in range(int(END_S / LOOK_S)):
        if rng.uniform() > 1 / 6:
            continue
        foot, x = LANE_Y + float(rng.uniform(40, 66)), float(rng.uniform(0, 540))
        box, sprite, how = (x, foot - 48, x + 104, foot), "car", CAR
        if rng.uniform() < 0.5:
            foot = KERB_Y - float(rng.uniform(4, 30))
            box, sprite, how = (x, foot - 40, x + 16, foot), "person", PERSON
        t_s = n * LOOK_S
        script.things.append(passing(sprite, script.look(), box, t_s - 5, 10, 10.0, **how))


def _rain(script: Script) -> tuple[Span, ...]:
    spans, t_s = [], float(script.rng.uniform(0, 4)) * DAY_S
    while t_s < END_S:
        lasts_s = float(script.rng.uniform(1, 12)) * HOUR_S
        spans.append((t_s, t_s + lasts_s))
        t_s += lasts_s + float(script.rng.uniform(1, 7)) * DAY_S
    return tuple(spans)


def _trouble(script: Script) -> Trouble:
    """An outage of days, hours of a covered lens, a turned camera, two nudges."""
    rng = script.rng

    def spell(first: float, last: float, low_h: float, high_h: float) -> tuple[Span, ...]:
        a = float(rng.uniform(first, last)) * DAY_S
        return ((a, a + float(rng.uniform(low_h, high_h)) * HOUR_S),)

    offline = spell(10, 22, 20, 96) if rng.uniform() < 0.7 else ()
    covered = spell(5, 9, 0.5, 12) if rng.uniform() < 0.5 else ()
    away = spell(28, 36, 0.3, 8) if rng.uniform() < 0.5 else ()
    nudges = [
        (float(rng.uniform(*days)) * DAY_S, *(float(v) for v in rng.uniform(-6, 6, 2)))
        for days in ((2, 15), (16, 38))
        if rng.uniform() < 0.7
    ]
    return Trouble(tuple((t_s, dx, dy) for t_s, dx, dy in nudges), away, covered, offline)


_SPOTS = {"zombie": _zombie, "twins": _twins, "visitor": _visitor, "commuters": _commuters}
