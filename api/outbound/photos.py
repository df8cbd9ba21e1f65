"""The pictures of a case's packet, as they are handed to other systems.

Masked copies, as everywhere that evidence leaves this system; a target that is set to get the
originals gets those, and the custody register tells of each.
"""

import base64
import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any, Literal, Protocol

from api.audit import Who
from api.custody.copies import NotMasked
from api.custody.register import Deed, Entry, write
from api.evidence import Evidence, EvidenceError, Sealed
from api.outbound.events import iso
from api.outbound.sender import Refused, Undelivered
from api.store.database import Store
from api.store.tables import Case
from streams.evidence.dossier import Role

BEFORE = (Role.START_PANORAMA, Role.LATER_PANORAMA, Role.CLOSE_UP, Role.PLATE)
LARGEST_BYTES = 20 * 1024 * 1024
MASKED_SOON_S = 10.0
REASON = "handed over to another system, which is set to get originals"
Which = Literal["masked", "original", "none"]


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


class Openable(Protocol):
    """A packet's masked copies."""

    def open(self, name: str) -> IO[bytes]:
        """Open one; raises NotMasked."""
        ...


class Masking(Protocol):
    """What has masked copies: see `api.custody.copies.Copies`."""

    def packet(self, packet: str, sealed: Sealed, /) -> Openable:
        """All copies of a packet; raises NotMasked or EvidenceError."""
        ...


@dataclass(frozen=True, slots=True)
class Pictures:
    """Gives the stills of cases for the target `name`."""

    store: Store
    evidence: Evidence
    masking: Masking
    name: str
    which: Which

    def of(self, case: Case) -> Iterator[Photo]:
        """The stills of a case: whole scenes first, then the close-up and the plate.

        Raises Undelivered while they are being masked, and Refused where the packet cannot be
        read: restore it, then replay the dead letter.
        """
        if self.which == "none":
            return
        try:
            sealed = self.evidence.manifest(case.packet)
            stills = [
                (BEFORE.index(Role(still.role)), name, still)
                for name, still in sealed.manifest.stills.items()
                if still.role in BEFORE
            ]
            for _, name, still in sorted(stills, key=lambda one: one[:2]):
                data = self._read(case, sealed, name, still.sha256)
                if data is not None:
                    yield Photo(name, still.role, still.media_type, still.taken_s, data)
        except NotMasked as error:
            raise Undelivered(str(error), MASKED_SOON_S if error.later else None) from None
        except EvidenceError as error:
            raise Refused(f"the evidence of case {case.number}: {error}") from None

    def _read(self, case: Case, sealed: Sealed, name: str, sha256: str) -> bytes | None:
        """A picture's bytes; None for one that is not shown, or far too large."""
        if self.which == "masked":
            try:
                file = self.masking.packet(case.packet, sealed).open(name)
            except NotMasked as error:
                if error.is_withheld:
                    return None
                raise
        else:
            self._register(case, name, sha256)
            file = self.evidence.open(case.packet, name)
        with file:
            data = file.read(LARGEST_BYTES + 1)
        return data if len(data) <= LARGEST_BYTES else None

    def _register(self, case: Case, name: str, sha256: str) -> None:
        who, more = Who(self.name, "target"), {"file": name, "sha256": sha256}
        with self.store.writing() as sql:
            write(sql, Entry(time.time(), who, Deed.LOOK, REASON, case.id, more=more))
