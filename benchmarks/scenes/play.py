"""Show a scene to the brain and note what it raises."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.event_scoring import Event
from benchmarks.scenes.ablation import without
from benchmarks.scenes.gating import SceneGates
from benchmarks.scenes.scene import Scene
from benchmarks.scenes.sub_stream import SceneSubStream
from benchmarks.scenes.truth import TrueEvent
from vision.analyser import CameraAnalyser
from vision.detections import Detections
from vision.frame import Image
from vision.health import Limits
from vision.violation import Violation

SAVERS = ("gate", "sub-stream")
"""What may stand before the brain, to save work."""

Detect = Callable[[Image], Detections]
"""A real detector, shown one picture."""


@dataclass(frozen=True, slots=True)
class Played:
    """One scene and what became of it; times of `raised` in seconds of the scene.

    `noticed_s` are the times at which each was raised, `judged` the share of the time that the
    camera was judged.
    """

    kind: str
    seed: int
    end_s: float
    look_interval_s: float
    truth: tuple[TrueEvent, ...]
    raised: tuple[Event, ...]
    noticed_s: tuple[float, ...]
    night: tuple[bool, ...]
    """Whether each was raised at night."""
    judged: float | None
    in_sight_s: tuple[float, ...] = ()
    """When what each true event is of could first be found."""
    looks: int = 0
    recalled: int = 0
    """Looks of which a motion gate told what had been seen before."""
    enlarged: int = 0
    """Looks at a sub-stream."""


def play(
    scene: Scene,
    ablations: Sequence[str] = (),
    detector: Detect | None = None,
    *,
    through: Sequence[str] = (),
) -> Played:
    """Show every look to a fresh analyser; `detector` looks at the pictures instead of the truth.

    The scores of events measure the brain as long as there is no detector. `through` names what
    stands before it, as in a node: "gate", "sub-stream".
    """
    found: dict[str, tuple[Violation, float]] = {}
    with without(ablations):
        bare = "context" in ablations
        rules = [replace(rule, exempt=()) if bare else rule for rule in scene.rules]
        limits = Limits(gap_s=3 * scene.look_interval_s + 30)
        analyser = CameraAnalyser("scene", rules, limits=limits)
        gates = SceneGates(scene) if "gate" in through else None
        sub_stream = SceneSubStream(analyser) if "sub-stream" in through else None
        looks = 0
        for looks, t_s in enumerate(scene.looks(), start=1):  # noqa: B007 - counted for afterwards
            image = scene.picture(t_s)
            if sub_stream is not None:
                image = sub_stream.shown(t_s, image)
            seen = scene.detections(t_s) if detector is None else detector(image)
            if gates is not None:
                seen = gates.passed(t_s, image, seen)
            findings = analyser.update(scene.begins_s + t_s, seen, image)
            found |= {v.id: (v, t_s) for v in findings.raised}
            for over in findings.ended:
                first, noticed_s = found[over.id]
                found[over.id] = replace(first, ended_s=over.ended_s), noticed_s
    played = _played(scene, analyser, list(found.values()))
    return replace(
        played,
        looks=looks,
        recalled=gates.recalled if gates is not None else 0,
        enlarged=sub_stream.enlarged if sub_stream is not None else 0,
    )


def _played(
    scene: Scene, analyser: CameraAnalyser, found: Sequence[tuple[Violation, float]]
) -> Played:
    noticed = tuple(t_s for _, t_s in found)
    return Played(
        scene.kind,
        scene.seed,
        scene.end_s,
        scene.look_interval_s,
        scene.events,
        tuple(_event(violation, scene) for violation, _ in found),
        noticed,
        tuple(scene.weather.is_night(t_s) for t_s in noticed),
        analyser.coverage.ever(scene.begins_s + scene.end_s).ratio,
        tuple(scene.in_sight_s(event) for event in scene.events),
    )


def _event(violation: Violation, scene: Scene) -> Event:
    """A violation in seconds of the scene, in pixels of the picture that did not move."""
    begins_s = scene.begins_s
    raised_s = violation.raised_s - begins_s
    to_s = math.inf if violation.ended_s is None else violation.ended_s - begins_s
    dx, dy = scene.trouble.shift(raised_s)
    x1, y1, x2, y2 = violation.box_xyxy
    return Event(
        violation.kind,
        violation.zone,
        (x1 - dx, y1 - dy, x2 - dx, y2 - dy),
        violation.started_s - begins_s,
        min(max(to_s, raised_s), scene.end_s),
    )
