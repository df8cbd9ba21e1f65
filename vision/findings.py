"""What one look of a camera led to."""

from dataclasses import dataclass

from vision.health import Reason
from vision.place import Place
from vision.violation import Violation


@dataclass(frozen=True, slots=True)
class Findings:
    """What one look led to.

    `began`: places that count as standing from now on; `raised` and `ended`: violations;
    `left`: ids of places that will not be recognised again; `reason`: why the picture allowed no
    conclusion (covered, turned away), if so. Boxes are in source pixels of this picture.
    """

    began: tuple[Place, ...] = ()
    raised: tuple[Violation, ...] = ()
    ended: tuple[Violation, ...] = ()
    left: tuple[str, ...] = ()
    reason: Reason = Reason.NONE

    @property
    def judged(self) -> bool:
        """Whether the picture allowed conclusions."""
        return self.reason is Reason.NONE
