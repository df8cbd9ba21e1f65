"""Scripts of hanging laundry: balconies, lines on the pavement, and cloth that is no washing."""

from dataclasses import replace

from benchmarks.scenes.scene import COCO, STREET, Network, Scene
from benchmarks.scenes.script import Script
from benchmarks.scenes.street import FACADE_Y, FLOORS, KERB_Y, WINDOW_W, WINDOWS
from benchmarks.scenes.thing import HEIGHT, WIDTH, Thing
from vision.boxes import Box
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.zone import Zone

KIND = "hanging_laundry"
END_S = 5 * 3600.0
NETWORKS = (Network(COCO, 20.0), Network(STREET, 60.0))
"""Looks for vehicles and people, and the slow looks for what has no COCO class."""
HOURS = ((8.0, 10.0), (10.0, 12.4), (12.2, 12.8), (7.0, 8.0))
"""By day alone: this kind is not judged in the dark."""
FRONT = Zone("front", "main_street", tuple((x / WIDTH, y / HEIGHT) for x, y in (
    (0, 0), (640, 0), (640, KERB_Y), (0, KERB_Y))))  # fmt: skip
LAUNDRY = {"name": "hanging_laundry", "sureness": 0.9, "sways": True, "layer": -1}


def laundry(seed: int) -> Scene:
    """Five hours before a house; people, banners and shirts in windows are no washing."""
    script = Script(KIND, seed, END_S, HOURS)
    script.trouble = replace(script.trouble, offline=())
    dwell_s = KINDS[KIND].dwell_s
    hang_out(script, dwell_s)
    banners(script)
    script.walkers(40, lure=KIND)
    script.traffic(90)
    return script.scene([Rule(KINDS[KIND], FRONT, dwell_s)], NETWORKS)


def hang_out(script: Script, dwell_s: float, *, long_share: float = 0.7) -> None:
    """Washing on balconies and lines, of which a share hangs for longer than it may."""
    for n, x in enumerate(WINDOWS[::2]):
        # What hangs nearby is one case, so balconies are apart, and high where a line is below.
        _, bottom = FLOORS[int(script.rng.integers(2)) if n == 3 else 0]
        balcony = (x - 4.0, bottom - 26.0, x + WINDOW_W + 4.0, bottom + 4.0)
        _visits(script, balcony, dwell_s, long_share)
    for left in (60.0, 300.0):
        line = (left, FACADE_Y + 2.0, left + 92.0, FACADE_Y + 36.0)
        _visits(script, line, dwell_s, long_share)


def _visits(script: Script, spot: Box, dwell_s: float, long_share: float) -> None:
    """One balcony or line: washing that hangs for hours, or is taken in again at once."""
    rng, t_s = script.rng, float(script.rng.uniform(-3000, 4000))
    while t_s < script.end_s - 2.5 * dwell_s:
        long = rng.uniform() < long_share
        lasts_s = float(rng.uniform(2.5, 14) if long else rng.uniform(0.1, 0.6)) * dwell_s
        from_s = script.clear(t_s, 90.0) if t_s > 0 else t_s
        seen_s = max(from_s, 0.0)
        if long:
            lasts_s += script.unseen_s(seen_s, seen_s + lasts_s) + seen_s - from_s
        to_s = script.clear(from_s + lasts_s, 90.0) if long else from_s + lasts_s
        box = _hung(script, spot)
        script.things.append(
            Thing("washing", script.look(), box, from_s, to_s, **LAUNDRY)  # type: ignore[arg-type]
        )
        if long:
            script.event(FRONT.name, box, seen_s, to_s, dwell_s)
        t_s = to_s + float(rng.uniform(600, 5000))


def _hung(script: Script, spot: Box) -> Box:
    x1, y1, x2, y2 = spot
    less = float(script.rng.uniform(0, 0.35)) * (x2 - x1)
    return x1 + less / 2, y1, x2 - less / 2, y2 - float(script.rng.uniform(0, 5))


def banners(script: Script) -> None:
    """Red cloth over the shops, which is sometimes taken for washing."""
    for x in script.rng.permutation((150.0, 250.0, 520.0))[:2]:
        box = (float(x), FACADE_Y + 6.0, float(x) + 60.0, FACADE_Y + 26.0)
        banner = Thing("flag", script.look(), box, -1.0, script.end_s, lure=KIND, lure_share=0.08)
        script.things.append(replace(banner, layer=-1, sways=True))
