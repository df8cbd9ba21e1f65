"""The pictures of a case's packet, as they are handed to other systems."""

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from api.evidence import Evidence, EvidenceError
from api.outbound.events import iso
from api.outbound.sender import Refused
from api.tables import Case
from streams.evidence.dossier import Role

BEFORE = (Role.START_PANORAMA, Role.LATER_PANORAMA, Role.CLOSE_UP, Role.PLATE)
LARGEST_BYTES = 20 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture; `taken_s` UTC seconds."""

    name: str
    role: str
    media_type: str
    taken_s: float
    data: bytes

    def document(self, stage: str) -> dict[str, Any]:
        """What a mapping can send of it; `stage` is `before` or `after`."""
        return {
            "stage": stage,
            "name": self.name,
            "role": self.role,
            "media_type": self.media_type,
            "taken_at": iso(self.taken_s),
            "sha256": hashlib.sha256(self.data).hexdigest(),
            "base64": base64.b64encode(self.data).decode(),
        }


def photos(evidence: Evidence, case: Case) -> Iterator[Photo]:
    """The stills of a case: whole scenes first, then the close-up and the plate.

    Raises Refused where the packet cannot be read: restore it, then replay the dead letter.
    """
    try:
        stills = evidence.manifest(case.packet).manifest.stills
        ordered = sorted(
            ((BEFORE.index(Role(still.role)), name, still) for name, still in stills.items()
             if still.role in BEFORE),
            key=lambda one: one[:2],
        )  # fmt: skip
        for _, name, still in ordered:
            with evidence.open(case.packet, name) as file:
                data = file.read(LARGEST_BYTES + 1)
            if len(data) <= LARGEST_BYTES:
                yield Photo(name, still.role, still.media_type, still.taken_s, data)
    except EvidenceError as error:
        raise Refused(f"the evidence of case {case.number}: {error}") from None
