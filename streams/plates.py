"""The plate reader of a node: opened when it is first needed, and never for long at a time."""

import logging
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor

from models.plate_reading import PlateReading
from streams.config import Camera
from streams.evidence.plates import ReadPlate
from streams.look_plan import Pace
from vision.frame import Image
from vision.rules.kinds import KINDS

PLATE_SHARE = 0.2
"""Reading plates takes no more than this share of the analysis' time."""
RETRY_S = 60.0
"""A reader that could not be opened (no network, say) is tried again after so long."""

PlateOpener = Callable[[], ReadPlate]
"""Opens a plate reader in the process that will use it; must survive pickling."""

log = logging.getLogger(__name__)


def wants_plates(cameras: Iterable[Camera]) -> bool:
    """Whether a rule of an enabled camera has cases that tell the plate."""
    rules = (rule for camera in cameras if camera.enabled for rule in camera.rules)
    return any(rule.enabled and KINDS[rule.kind].plate for rule in rules)


def open_plates() -> ReadPlate:
    """Open the plate reader beside an analysis; raises what `open_plate_reader` raises.

    On one thread, and not on the accelerator, which is the detectors'.
    """
    # Not sooner: whoever reads no plates need not load the engines.
    from models.plates import open_plate_reader  # noqa: PLC0415

    return open_plate_reader("cpu", threads=1).read


class PlateDesk:
    """Reads plates for all cameras of a process, as far as there is time.

    The reader is opened in a thread of its own at the first vehicle; what is asked meanwhile, and
    what would take more than its share of the time, is not read.
    """

    def __init__(self, opener: PlateOpener, clock: Callable[[], float] = time.monotonic) -> None:
        self._opener, self._clock = opener, clock
        self._pool = ThreadPoolExecutor(1, "plates")
        self._opening: Future[ReadPlate] | None = None
        self._reader: ReadPlate | None = None
        self._pace = Pace(PLATE_SHARE)
        self._retry_s = 0.0

    def read(self, image: Image) -> PlateReading | None:
        """The reading of a vehicle (H, W, 3) BGR; None while there is no reader, or no time."""
        from_s = self._clock()
        if not self._ready(from_s) or self._reader is None or not self._pace.allows(from_s):
            return None
        reading = self._reader(image)
        self._pace.ran(from_s, self._clock())
        return reading

    def close(self) -> None:
        """Begin nothing more; what is being opened is not waited for."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _ready(self, now_s: float) -> bool:
        """Whether the reader is open; sees to it that it will be."""
        if self._reader is not None:
            return True
        if self._opening is None:
            if now_s >= self._retry_s:
                self._opening = self._pool.submit(self._opener)
            return False
        if not self._opening.done():
            return False
        opening, self._opening = self._opening, None
        try:
            self._reader = opening.result()
        except (OSError, ValueError) as error:
            log.error("plates are not read: %s; trying again in %.0f s", error, RETRY_S)
            self._retry_s = now_s + RETRY_S
        return self._reader is not None
