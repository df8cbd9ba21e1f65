"""Whether a camera's looks are judged: what its status says of it, and one warning when not."""

import logging
from typing import Any

from streams.config import Camera
from streams.uri import as_path, is_live
from streams.video.image_folder import is_dated
from vision.coverage import Coverage
from vision.health import Limits, Reason

SHORTEST_GAP_S = 90.0
GAP_LOOKS = 3.0
"""So many look intervals without a look are time that nobody could look."""
STILLS_GAP_S = 86400.0
"""Of a folder of dated stills, however fast it is shown: the pictures may be hours apart."""

log = logging.getLogger(__name__)


def health_limits(camera: Camera) -> Limits:
    """What a camera's health is judged by; files and folders may stand still as they please."""
    frozen_after_s = camera.frozen_after_s if is_live(camera.uri) else 0.0
    gap_s = max(SHORTEST_GAP_S, GAP_LOOKS * camera.look_interval_s)
    return Limits(frozen_after_s or None, STILLS_GAP_S if is_dated(as_path(camera.uri)) else gap_s)


class Vigil:
    """Follows one camera's coverage and warns once when it has not been judged for long."""

    def __init__(self, camera: Camera, coverage: Coverage) -> None:
        self._camera = camera
        self._coverage = coverage
        self._reason = Reason.NONE
        self._warned = False

    def note(self, t_s: float, reason: Reason) -> None:
        """Take in what a look at `t_s` (UTC seconds) came to."""
        if reason is Reason.STALE:
            return
        self._reason = reason
        since_s = self._coverage.unjudged_since_s
        unjudged_s = 0.0 if since_s is None else t_s - since_s
        if self._warned and since_s is None:
            self._warned = False
            log.warning("camera %s is judged again", self._camera.id)
        elif not self._warned and unjudged_s >= self._camera.warn_after_s:
            self._warned = True
            told = "camera %s has not been judged for %.0f minutes: %s"
            log.warning(told, self._camera.id, unjudged_s / 60, reason.value)

    def status(self, now_s: float) -> dict[str, Any]:
        """The fields of the camera's status, at `now_s` in the clock of the looks."""
        return {
            "judged": self._reason is Reason.NONE,
            "reason": self._reason.value,
            "unjudged_since_s": self._coverage.unjudged_since_s,
            "coverage": self._coverage.ever(now_s).to_json(),
            "coverage_day": self._coverage.day(now_s).to_json(),
        }
