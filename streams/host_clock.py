"""How far this machine's clock is off, as its kernel knows it: adjtimex(2) of Linux.

Whatever keeps the time (chrony, ntpd, systemd-timesyncd, a virtual machine's host) tells the
kernel, so no program needs to be asked, and a container sees it as well.
"""

import ctypes
from dataclasses import dataclass

STA_UNSYNC = 0x0040
STA_NANO = 0x2000
TIME_ERROR = 5


class _Timex(ctypes.Structure):
    """`struct timex` of <sys/timex.h>, as far as it is used, and room for the rest."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror_us", ctypes.c_long),
        ("esterror_us", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 64),
    )


@dataclass(frozen=True, slots=True)
class HostClock:
    """`offset_s` is still to be corrected, `error_s` the most that the clock may be off besides."""

    is_synchronised: bool
    offset_s: float
    error_s: float


def host_clock() -> HostClock | None:
    """Ask the kernel; None where it cannot be asked."""
    asked = _Timex()  # modes 0: nothing is set
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.byref(asked))
    except (AttributeError, OSError):  # not Linux
        return None
    return None if state < 0 else read_timex(state, asked)


def read_timex(state: int, told: _Timex) -> HostClock:
    """What the kernel's answer means."""
    unit_s = 1e-9 if told.status & STA_NANO else 1e-6
    is_synchronised = state != TIME_ERROR and not told.status & STA_UNSYNC
    return HostClock(is_synchronised, told.offset * unit_s, told.maxerror_us * 1e-6)
