"""What the other processes tell of cameras and of themselves: the bucket `status` of the bus."""

import json
from typing import Any

from streams.bus import Bus

BUCKET = "status"
Status = dict[str, Any]


def read_status(bus: Bus, what: str, name: str) -> Status | None:
    """The status of one camera or process, None where there is none."""
    entry = bus.get(BUCKET, f"{what}/{name}")
    return _parse(entry.value) if entry else None


def read_statuses(bus: Bus, what: str, after: int = 0) -> dict[str, Status]:
    """All of them by name, `what` is "camera" or "process", changed after a bucket's revision."""
    prefix = f"{what}/"
    found = (
        (entry.key.removeprefix(prefix), _parse(entry.value))
        for entry in bus.entries(BUCKET)
        if entry.revision > after and entry.key.startswith(prefix)
    )
    return {name: status for name, status in found if status is not None}


def _parse(text: str) -> Status | None:
    """A status that cannot be read is as good as none."""
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
