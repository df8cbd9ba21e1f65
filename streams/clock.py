"""What a packet may say about the time: how far the camera's and this machine's clock are off."""

from dataclasses import dataclass

from streams.config import Camera
from streams.evidence.facts import FILE_NAMES, ClockFacts
from streams.host_clock import HostClock
from streams.uri import as_path, is_live
from streams.video.image_folder import is_dated

RTCP = "RTCP sender report"
HOST = "host NTP state"
ARRIVAL = "system clock at arrival"
STALE_S = 3600.0
"""What a camera said of its clock longer ago tells little: it may have been set since."""


@dataclass(frozen=True, slots=True)
class Heard:
    """The camera's own clock is `offset_s` behind this machine's, heard at `at_s` (UTC seconds)."""

    offset_s: float
    at_s: float


def clock_facts(
    camera: Camera, heard: Heard | None, host: HostClock | None, now_s: float
) -> ClockFacts:
    """What the times of a camera's looks rest on.

    The pictures' times are this machine's, at their arrival. The camera's clock is compared with
    it where the camera sends reports; this machine's is compared with UTC by whatever keeps it.
    """
    if not is_live(camera.uri) and is_dated(as_path(camera.uri)):
        return ClockFacts(FILE_NAMES, None, "the clock of who named the pictures is not known")
    is_kept = host is not None and host.is_synchronised
    error_s = round(abs(host.offset_s) + host.error_s, 6) if host and is_kept else None
    if heard is not None and now_s - heard.at_s <= STALE_S:
        note = f"the camera's clock compared with this machine's, {_kept(error_s)}"
        return ClockFacts(RTCP, round(heard.offset_s, 3), note, round(heard.at_s, 3), error_s)
    note = f"times are of this machine's clock, {_kept(error_s)}"
    if host is not None and is_kept:
        error_s = round(host.error_s, 6)
        return ClockFacts(HOST, round(host.offset_s, 6), note, round(now_s, 3), error_s)
    return ClockFacts(ARRIVAL, None, note)


def _kept(error_s: float | None) -> str:
    if error_s is None:
        return "which is not known to be synchronised"
    return f"which is synchronised to {error_s:.3f} s"
