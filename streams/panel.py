"""The detectors that are open, and what they see in pictures."""

from collections.abc import Sequence

import numpy as np

from models.detector import Detector, OnnxDetector
from streams.detectors import DetectorSpec
from streams.evidence.facts import ModelFacts, Networks
from vision.detections import Detections
from vision.frame import Picture

DEFAULT_BATCH = 8


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
        names = self.specs[name].names
        return [relied_upon(found, names) for found in self.open[name].detect(images)]

    def stages(self, name: str, run_ms: float, pictures: int) -> dict[str, float]:
        """What of a run's time each picture took, by stage where the detector tells."""
        detector = self.open[name]
        if not isinstance(detector, OnnxDetector):
            return {"infer": run_ms / pictures}
        times = detector.times
        return {
            "preprocess": times.preprocess_ms / pictures,
            "session": times.session_ms / pictures,
            "postprocess": times.postprocess_ms / pictures,
        }

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
