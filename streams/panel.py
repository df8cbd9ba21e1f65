"""The detectors that are open, and what they see in pictures."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from models.detector import Detector, OnnxDetector
from streams.detectors import DetectorSpec
from streams.evidence.facts import ModelFacts, Networks
from vision.detections import Detections
from vision.frame import Picture

DEFAULT_BATCH = 8


@dataclass(frozen=True, slots=True)
class Seen:
    """What a detector saw in each picture; when it looked (monotonic seconds), and what of that
    each picture took, by stage where the detector tells."""

    found: list[Detections]
    from_s: float
    to_s: float
    stage_ms: dict[str, float]


class Panel:
    """Open detectors by name; each reports only the classes that it is relied upon for."""

    def __init__(self, specs: Sequence[DetectorSpec]) -> None:
        self.specs = {spec.name: spec for spec in specs}
        self.open: dict[str, Detector] = {}

    def add(self, name: str, detector: Detector) -> None:
        """Take in a detector that was opened."""
        self.open[name] = detector

    def batch(self, slow: frozenset[str]) -> int:
        """Pictures that are worth gathering for one run of the detectors that are not slow."""
        sizes = [d.max_batch for name, d in self.open.items() if name not in slow]
        return max(sizes, default=DEFAULT_BATCH)

    def see(self, name: str, images: Sequence[Picture]) -> list[Detections]:
        """What one detector sees in each picture."""
        return self.fitted(name, images)().found

    def fitted(self, name: str, images: Sequence[Picture]) -> Callable[[], Seen]:
        """Fit pictures to a detector; it looks at them when what is returned is called.

        That may be in another thread, always the same one, with no more than the next pictures
        fitted before it is done.
        """
        detector, names = self.open[name], self.specs[name].names
        if isinstance(detector, OnnxDetector):
            look = partial(detector.look, detector.fit(images))
        else:
            look = partial(detector.detect, images)
        return partial(_seen, detector, look, names, len(images))

    @property
    def networks(self) -> Networks:
        """What packets say about the networks, in the order of the site."""
        return Networks(
            tuple(
                (model_facts(self.open[name]), frozenset(spec.names))
                for name, spec in self.specs.items()
                if name in self.open
            )
        )


def _seen(
    detector: Detector, look: Callable[[], list[Detections]], names: tuple[str, ...], pictures: int
) -> Seen:
    from_s = time.monotonic()
    found = look()
    to_s = time.monotonic()
    stages = _stages(detector, (to_s - from_s) * 1000)
    per_picture = {stage: ms / pictures for stage, ms in stages.items()}
    return Seen([relied_upon(one, names) for one in found], from_s, to_s, per_picture)


def _stages(detector: Detector, run_ms: float) -> dict[str, float]:
    """Milliseconds of the last run by stage, where the detector tells."""
    if not isinstance(detector, OnnxDetector):
        return {"infer": run_ms}
    times = detector.times
    return {
        "preprocess": times.preprocess_ms,
        "session": times.session_ms,
        "postprocess": times.postprocess_ms,
    }


def opened(specs: Sequence[DetectorSpec]) -> Panel:
    """A panel with all of its detectors open; raises what their factories raise."""
    panel = Panel(specs)
    for spec in specs:
        panel.add(spec.name, spec.open())
    return panel


def panel_of(detector: Detector) -> Panel:
    """A panel of one detector that looks at everything."""
    facts = model_facts(detector)
    panel = Panel([DetectorSpec(facts.name, detector.names, lambda: detector)])
    panel.add(facts.name, detector)
    return panel


def relied_upon(found: Detections, names: tuple[str, ...]) -> Detections:
    """The detections of some classes only, with no other class named."""
    if found.names == names:
        return found
    kept = found.named(frozenset(names))
    numbers = np.array([names.index(kept.name(row)) for row in range(len(kept))], dtype=np.int64)
    return Detections(kept.xyxy, kept.score, numbers, names, kept.embedding)


def model_facts(detector: Detector) -> ModelFacts:
    """What a packet says about the network."""
    if isinstance(detector, OnnxDetector):
        card = detector.card
        return ModelFacts(card.name, card.identity, card.licence, detector.session.backend)
    return ModelFacts(type(detector).__name__, "0" * 64, "none", "none")
