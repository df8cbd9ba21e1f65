"""Looks that the case server asks for: is what a case is about still there?

A request is a message of the bus that is acknowledged once its answer cannot be lost any more: the
picture is in a dossier and on the list of errands, or it is published that nothing could be told.
A request that comes again, after a kill at any moment, comes to the same answer or to none.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.bus import Bus, Message
from streams.evidence.another_look import first_manifest
from streams.evidence.dossier import Supplement
from streams.evidence.manifest import Manifest
from streams.journal import Journal
from vision.whereabouts import Whereabouts

WANTED = "look.wanted"
DONE = "look.done"
LOOK = "look"
CONSUMER = "analyse"
LEASE_S = 30.0
OFFLINE = "offline"
NO_CAMERA = "no_camera"
NO_PACKET = "no_packet"
UNTOLD = {
    Whereabouts.HIDDEN: "hidden",
    Whereabouts.OCCUPIED: "occupied",
    Whereabouts.UNKNOWN: "unknown",
}
"""Why a picture that could be judged told nothing."""

log = logging.getLogger(__name__)


class LookWanted(BaseModel):
    """The body of `look.wanted`: look at a violation's spot now, for `patience_s` at most.

    `packet` is that of the violation, below the folder of packets.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    id: str = Field(min_length=1, max_length=64)
    violation_id: str
    camera_id: str
    packet: str
    manifest_sha256: str
    asked_s: float
    patience_s: float = Field(gt=0, le=86400)


@dataclass(slots=True)
class Waiting:
    """A request that is not answered; `reason` is why the latest look told nothing."""

    wanted: LookWanted
    message: Message
    give_up_s: float
    reason: str = OFFLINE


class SecondLooks:
    """The requests of one node; `clock` is monotonic seconds. Methods raise BusError."""

    def __init__(
        self,
        bus: Bus,
        journal: Journal,
        packets: Path,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._bus, self._journal, self._packets, self._clock = bus, journal, packets, clock
        self._waiting: dict[str, Waiting] = {}

    def hear(self, cameras: frozenset[str]) -> None:
        """Take in new requests, and answer those that nothing could be told of for too long."""
        for message in self._bus.claim(WANTED, CONSUMER, LEASE_S):
            self._take(message)
        for waiting in list(self._waiting.values()):
            if waiting.wanted.camera_id not in cameras:
                waiting.reason = NO_CAMERA
            if self._clock() >= waiting.give_up_s:
                self._answer_unseen(waiting)

    def at(self, camera_id: str) -> list[Waiting]:
        """Requests that wait for a look of a camera."""
        return [w for w in self._waiting.values() if w.wanted.camera_id == camera_id]

    def told(
        self, waiting: Waiting, where: Whereabouts, t_s: float, size_wh: tuple[int, int]
    ) -> tuple[Manifest, Supplement] | None:
        """What a look at `t_s` makes of a request; None where it tells nothing."""
        if where in UNTOLD:
            waiting.reason = UNTOLD[where]
            return None
        wanted = waiting.wanted
        first = first_manifest(self._packets / wanted.packet, wanted.manifest_sha256)
        if first is None or first.violation.id != wanted.violation_id:
            waiting.reason = NO_PACKET
            return None
        if (first.picture.width, first.picture.height) != size_wh:
            waiting.reason = UNTOLD[Whereabouts.UNKNOWN]  # its spot is another one by now
            return None
        sha256, asked_s = wanted.manifest_sha256, wanted.asked_s
        return first, Supplement(wanted.id, sha256, where.value, asked_s, t_s)

    def settle(self, look_id: str) -> None:
        """Acknowledge a request whose picture is on the list of errands."""
        waiting = self._waiting.pop(look_id, None)
        if waiting is not None:
            self._bus.ack(CONSUMER, waiting.message)

    def _take(self, message: Message) -> None:
        try:
            wanted = LookWanted.model_validate(message.body)
        except ValidationError as error:
            log.error("request %s for a look is put aside: %s", message.id, error)
            self._bus.ack(CONSUMER, message)
            return
        if wanted.id in set(self._on_the_list()):
            self._bus.ack(CONSUMER, message)  # it was killed before it could say so
        elif wanted.id in self._waiting:
            self._waiting[wanted.id].message = message
        else:
            give_up_s = self._clock() + wanted.patience_s
            self._waiting[wanted.id] = Waiting(wanted, message, give_up_s)

    def _on_the_list(self) -> Iterator[str]:
        return (e.violation_id for e in self._journal.errands() if e.action == LOOK)

    def _answer_unseen(self, waiting: Waiting) -> None:
        """Say that nothing could be told, and why: that is no answer to whether it is gone."""
        wanted = waiting.wanted
        body = {
            "id": wanted.id,
            "violation_id": wanted.violation_id,
            "outcome": "unseen",
            "reason": waiting.reason,
            "looked_s": None,
            "packet": None,
            "manifest_sha256": None,
        }
        self._bus.publish(DONE, wanted.id, body)
        self.settle(wanted.id)
