"""Motion gates before the made-up detectors of a scene, as `streams.gates` has them in a node."""

from benchmarks.scenes.scene import Scene
from streams.gates import HEARTBEAT_INTERVALS
from vision.detections import Detections
from vision.frame import Image
from vision.motion import HEARTBEAT_S, MotionGate, cells


class SceneGates:
    """A gate for each set of classes that the scene's detectors look for together."""

    def __init__(self, scene: Scene) -> None:
        self._heartbeat_s = max(HEARTBEAT_S, HEARTBEAT_INTERVALS * scene.look_interval_s)
        self._zones = tuple({rule.zone.name: rule.zone for rule in scene.rules}.values())
        self._gates: dict[tuple[str, ...], MotionGate] = {}
        self.recalled = 0

    def passed(self, t_s: float, image: Image, seen: Detections) -> Detections:
        """What the brain is told: `seen`, unless the picture shows what it showed before."""
        gate = self._gates.get(seen.names)
        if gate is None:
            gate = self._gates[seen.names] = MotionGate(self._zones, self._heartbeat_s)
        now = cells(image)
        recalled = gate.recall(t_s, now)
        if recalled is not None:
            self.recalled += 1
            return recalled
        gate.learn(t_s, now, seen)
        return seen
