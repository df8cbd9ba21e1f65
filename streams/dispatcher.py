"""Works off the journal's errands: packets are written and violations published, each once.

It runs beside the analysis in a thread of its own, as a packet may take a second to write. Every
step can be repeated: a packet that is there is kept, a message that was published stays one.
"""

import logging
import threading
import time
from collections.abc import Callable

from streams.bus import Bus, BusError
from streams.evidence.dossier import Dossier, Role
from streams.evidence.dossier_store import DossierError, DossierStore
from streams.evidence.manifest import PacketError
from streams.evidence.packet import PacketWriter
from streams.journal import Errand, Journal, JournalError
from vision.violation import Violation

CLIP_PATIENCE_S = 15.0
"""How long a packet waits for its last clip; then it says that there is none."""
RETRY_S = 5.0
"""How soon an errand is tried again that failed: the disk is full, say."""
ROUND_S = 0.25

log = logging.getLogger(__name__)


class Dispatcher:
    """Works off errands until it is stopped; `done` is told of each one, in this thread."""

    def __init__(
        self,
        journal: Journal,
        store: DossierStore,
        writer: PacketWriter,
        bus: Bus,
        done: Callable[[Errand], None],
    ) -> None:
        self._journal, self._store, self._writer, self._bus = journal, store, writer, bus
        self._done = done
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dispatcher")
        self.problem: str | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Finish the errand at hand and end; what is left is done after the next start."""
        self._stop.set()
        self._thread.join()

    def work(self) -> bool:
        """Do what can be done now; False if something failed and should be tried later.

        Raises JournalError where not even the list can be read.
        """
        problem = None
        for errand in self._journal.errands():
            try:
                if self._attempt(errand):
                    self._journal.done(errand)
                    self._done(errand)
            except (PacketError, DossierError, BusError, JournalError) as error:
                problem = str(error)
        if problem is not None and problem != self.problem:
            log.error("%s; trying again every %.0f s", problem, RETRY_S)
        self.problem = problem
        return problem is None

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                well = self.work()
            except JournalError as error:
                log.error("%s", error)
                well = False
            self._stop.wait(ROUND_S if well else RETRY_S)

    def _attempt(self, errand: Errand) -> bool:
        """Do one errand; False if it must wait."""
        if errand.action == "end":
            body = {"id": errand.violation_id, "ended_s": errand.ended_s}
            self._bus.publish("violation.ended", errand.violation_id, body)
            return True
        dossier = self._store.load(errand.camera_id, errand.violation_id)
        if dossier is None or dossier.violation is None:
            log.error(
                "violation %s has lost its dossier %s: it cannot be raised",
                errand.violation_id,
                self._store.folder(errand.camera_id, errand.violation_id),
            )
            return True
        if errand.action == "look":
            self._publish_look(dossier, dossier.violation)
        elif errand.action == "suppress":
            told = {"violation": dossier.violation.to_json(), "camera_name": dossier.camera.name}
            self._bus.publish("violation.suppressed", errand.violation_id, told)
        elif _settled(dossier, Role.STANDING_CLIP) and _settled(dossier, Role.ARRIVAL_CLIP):
            self._publish(dossier, dossier.violation)
        elif time.time() - errand.noted_s >= CLIP_PATIENCE_S:
            self._publish(_resigned(dossier), dossier.violation)
        else:
            return False
        return True

    def _publish(self, dossier: Dossier, violation: Violation) -> None:
        packet = self._writer.write(dossier)
        body = {
            "violation": violation.to_json(),
            "camera_name": dossier.camera.name,
            "packet": packet.name,
            "manifest_sha256": packet.manifest_sha256,
        }
        if self._bus.publish("violation.raised", violation.id, body):
            log.info("%s in %r: %s", violation.kind, violation.zone, packet.folder)

    def _publish_look(self, dossier: Dossier, violation: Violation) -> None:
        """Write the packet of another look, and publish what it showed."""
        look = dossier.supplement
        assert look is not None  # noqa: S101 - as its errand says
        packet = self._writer.write(dossier)
        body = {
            "id": look.id,
            "violation_id": violation.id,
            "outcome": look.outcome,
            "reason": "",
            "looked_s": look.looked_s,
            "packet": packet.name,
            "manifest_sha256": packet.manifest_sha256,
        }
        self._bus.publish("look.done", look.id, body)


def _settled(dossier: Dossier, role: Role) -> bool:
    """Whether a clip is there, or known not to come."""
    return dossier.clip(role) is not None or any(m.role == role for m in dossier.missing)


def _resigned(dossier: Dossier) -> Dossier:
    """State the clips that have not come as missing."""
    for role in (Role.ARRIVAL_CLIP, Role.STANDING_CLIP):
        if not _settled(dossier, role):
            dossier = dossier.with_missing(role, "the camera's process did not deliver it in time")
    return dossier
