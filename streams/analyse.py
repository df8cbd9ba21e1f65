"""The analysis process: looks in; dossiers, errands and the memory of every camera out."""

import json
import logging
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from queue import Empty, SimpleQueue

from streams.bus import BusError, SqliteBus
from streams.camera_book import CameraBook
from streams.config import Camera
from streams.context import Context, ContextBook
from streams.dispatcher import Dispatcher
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import Networks
from streams.evidence.packet import PacketWriter
from streams.journal import Errand, Journal, JournalError
from streams.links import Arrival, Hub, Inbox
from streams.look_trace import LookTrace
from streams.messages import (
    CameraStatus,
    ClipCut,
    CutClip,
    Hello,
    Look,
    LookCloser,
    LookSooner,
    Release,
)
from streams.observer import Observer
from streams.plates import PlateDesk, PlateOpener
from streams.process import Station, start_process
from streams.ring import RingReader
from streams.second_looks import SecondLooks
from streams.video.viewing import viewing_copy
from vision.frame import Picture

IDLE_ROUND_S = 0.5
CHORES_ROUND_S = 1.0
SAVE_ROUND_S = 5.0
REST_S = 5.0
"""A camera whose evidence cannot be written rests for so long."""
VERDICT_LEASE_S = 30.0
REMEMBERED_LOOKS = 500

log = logging.getLogger(__name__)


def analyse_main(station: Station, timezone: str, plates: PlateOpener | None = None) -> None:
    """Run the analysis process until told to stop; `plates` opens what reads them."""
    stop = start_process(station)
    journal = Journal(station.data_dir / "state.db")
    with SqliteBus(station.bus) as bus:
        worker = _Worker(station, timezone, bus, journal, plates)
        try:
            while not stop.is_set():
                station.beat()
                worker.work()
        finally:
            worker.close()
    journal.close()


class _Worker:
    """All observers, and what comes in for them."""

    def __init__(
        self,
        station: Station,
        timezone: str,
        bus: SqliteBus,
        journal: Journal,
        plates: PlateOpener | None,
    ) -> None:
        self._data_dir, self._timezone = station.data_dir, timezone
        self._bus, self._journal = bus, journal
        self._inbox: Inbox = SimpleQueue()
        self._hub = Hub(station.socket("analyse"), self._inbox, Hello(station.name))
        self._book = CameraBook(bus)
        self._cameras: dict[str, Camera] = {}
        self._observers: dict[str, Observer] = {}
        self._resting: dict[str, float] = {}
        self._rings = RingReader()
        self._owner: dict[str, str] = {}  # name of the process that a ring belongs to
        self._peer_of: dict[str, str] = {}  # name of the process that has a camera
        self._waiting: dict[str, Look] = {}
        self._networks: Networks | None = None
        self._store = DossierStore(station.data_dir / "dossiers")
        writer = PacketWriter(station.data_dir / "packets", viewing_copy)
        self._dispatcher = Dispatcher(journal, self._store, writer, bus, self._errand_done)
        self._dispatcher.start()
        self._second_looks = SecondLooks(bus, journal, station.data_dir / "packets")
        self._context_book, self._context = ContextBook(bus, timezone), Context()
        self._plates = None if plates is None else PlateDesk(plates)
        self._trace = LookTrace.from_environment()
        self._chores_due_s = self._save_due_s = 0.0
        self._looks, self._stages = 0, deque[dict[str, float]](maxlen=REMEMBERED_LOOKS)

    def work(self) -> None:
        """Take in what has come, analyse the look that has waited longest, do the chores."""
        try:
            if not self._waiting:
                self._take_in(self._inbox.get(timeout=IDLE_ROUND_S))
            while True:
                self._take_in(self._inbox.get_nowait())
        except Empty:
            pass
        if self._waiting:
            self._analyse(self._waiting.pop(next(iter(self._waiting))))
        now_s = time.monotonic()
        if now_s >= self._chores_due_s:
            self._chores_due_s = now_s + CHORES_ROUND_S
            self._chores(now_s)

    def close(self) -> None:
        """Save every memory and finish the errand at hand."""
        self._save()
        self._dispatcher.stop()
        if self._plates is not None:
            self._plates.close()
        self._hub.close()
        self._rings.close()
        self._trace.close()

    def _take_in(self, arrival: Arrival) -> None:
        match arrival.message:
            case Hello() as hello:
                self._greet(arrival.peer, hello)
            case Look() as look:
                older = self._waiting.pop(look.frame.camera_id, None)
                if older is not None:
                    self._release(older, "late_analysis")
                self._waiting[look.frame.camera_id] = look
            case ClipCut() as cut if cut.camera_id in self._cameras:
                self._with(cut.camera_id, lambda o: o.casework.clip_cut(cut))
            case CameraStatus() as status:
                self._publish_status(status)
            case Errand() as errand if errand.action != "end":
                if observer := self._observers.get(errand.camera_id):
                    observer.casework.close(errand.violation_id)
                else:
                    self._store.remove(errand.camera_id, errand.violation_id)

    def _greet(self, peer: str, hello: Hello) -> None:
        if hello.ring:
            self._rings.forget(hello.ring)
            self._owner[hello.ring] = peer
        if hello.networks is not None and hello.networks != self._networks:
            self._networks = hello.networks
            self._save()
            self._observers.clear()

    def _analyse(self, look: Look) -> None:
        started_s = time.monotonic()
        dropped = self._look(look)
        self._trace.note(look, dropped)
        self._release(look, dropped)
        self._looks += 1
        analysis_ms = (time.monotonic() - started_s) * 1000
        self._stages.append({**look.stage_ms, "analyse": analysis_ms})

    def _look(self, look: Look) -> str:
        """Show a look to its observer; returns why it could not be, "" if it was."""
        camera_id = look.frame.camera_id
        self._peer_of[camera_id] = self._owner.get(look.frame.slot.ring, "")
        image = self._rings.view(look.frame.slot)
        if image is None:
            return "expired"
        if time.monotonic() < self._resting.get(camera_id, 0.0):
            return "disk"
        if camera_id not in self._cameras or self._networks is None:
            return "unknown_camera"
        return "" if self._with(camera_id, lambda o: self._show(o, look, image)) else "disk"

    def _show(self, observer: Observer, look: Look, image: Picture) -> None:
        camera_id = look.frame.camera_id
        if observer.look(look, image):
            self._hub.send(self._peer_of[camera_id], LookSooner(camera_id))
        if observer.wants_detail:
            self._hub.send(self._peer_of[camera_id], LookCloser(camera_id))
        observer.preview(self._data_dir, image)

    def _with(self, camera_id: str, action: Callable[[Observer], None]) -> bool:
        """Do something with a camera's observer; if the disk fails, forget what it has just seen.

        The observer is made anew from the journal after a rest, so what was raised meanwhile is
        raised again, with the same id.
        """
        try:
            action(self._observer(camera_id))
        except OSError as error:  # DossierError and JournalError among them
            log.error("camera %s rests for %.0f s: %s", camera_id, REST_S, error)
            self._resting[camera_id] = time.monotonic() + REST_S
            self._observers.pop(camera_id, None)
            return False
        return True

    def _observer(self, camera_id: str) -> Observer:
        """The observer of a camera, which remembers what the journal has of it."""
        if camera_id not in self._observers:
            self._observers[camera_id] = Observer(
                self._cameras[camera_id],
                self._timezone,
                self._networks or Networks(),
                self._journal,
                self._store,
                self._request_clip,
                None if self._plates is None else self._plates.read,
                self._context,
                self._second_looks,
            )
        return self._observers[camera_id]

    def _request_clip(self, request: CutClip) -> None:
        """Ask the process that has the camera's pre-roll."""
        if not self._hub.send(self._peer_of.get(request.camera_id, ""), request):
            self._inbox.put(Arrival("", request.refused("the camera's process was down")))

    def _release(self, look: Look, dropped: str) -> None:
        owner = self._owner.get(look.frame.slot.ring, "")
        self._hub.send(owner, Release(look.frame.slot, dropped, look.frame.camera_id))

    def _errand_done(self, errand: Errand) -> None:
        """Called in the dispatcher's thread: leave word in the inbox."""
        self._inbox.put(Arrival("dispatcher", errand))

    def _chores(self, now_s: float) -> None:
        """What is done every second or so, whether looks come in or not."""
        try:
            cameras = self._book.changed()
            if cameras is not None:
                self._renew(cameras)
            context = self._context_book.changed()
            if context is not None:
                self._renew_all(context)
            self._hear_verdicts()
            self._second_looks.hear(frozenset(self._cameras))
            if now_s >= self._save_due_s:
                self._save_due_s = now_s + SAVE_ROUND_S
                self._save()
            self._bus.put("status", "analysis", json.dumps(self._report()))
        except (BusError, JournalError) as error:
            log.error("%s", error)

    def _renew(self, cameras: dict[str, Camera]) -> None:
        """Make the observers anew whose cameras were edited; their memory lasts."""
        self._save()
        edited = {i for i, camera in cameras.items() if self._cameras.get(i) != camera}
        self._observers = {
            i: o for i, o in self._observers.items() if i in cameras and i not in edited
        }
        self._cameras = cameras

    def _renew_all(self, context: Context) -> None:
        """Make all observers anew, as permits have changed; their memory lasts."""
        self._save()
        self._observers.clear()
        self._context = context

    def _hear_verdicts(self) -> None:
        for message in self._bus.claim("verdict", "analyse", VERDICT_LEASE_S):
            camera_id, violation_id = message.body["camera_id"], message.body["violation_id"]
            rejected = message.body["verdict"] == "rejected" and camera_id in self._cameras
            if not rejected or self._with(camera_id, partial(_reject, violation_id)):
                self._bus.ack("analyse", message)

    def _save(self) -> None:
        """Keep the memory of every camera that has changed."""
        changed = {i: o for i, o in self._observers.items() if o.unsaved}
        self._journal.save({i: o.analyser.snapshot() for i, o in changed.items()})
        for observer in changed.values():
            observer.unsaved = False

    def _publish_status(self, status: CameraStatus) -> None:
        """Put a camera's status on the bus, with what the analysis knows of it."""
        observer = self._observers.get(status.camera_id)
        if observer:
            observer.hear_clock(status.value.get("clock_offset_s"))
        seen = observer.vigil.status(time.time()) if observer else {"judged": False, "reason": ""}
        more = {"standing": len(observer.analyser.places) if observer else 0, **seen}
        apart = observer.intervals_s if observer else {}
        more["look_intervals_s"] = {name: round(s, 1) for name, s in apart.items()}
        try:
            self._bus.put(
                "status", f"camera/{status.camera_id}", json.dumps({**status.value, **more})
            )
        except BusError as error:
            log.error("%s", error)

    def _report(self) -> dict[str, object]:
        """Figures for the bus: looks so far, mean times of the stages, what is left to do."""
        recent = list(self._stages)
        stages = {name for stage in recent for name in stage}
        means = {n: round(sum(s.get(n, 0) for s in recent) / len(recent), 2) for n in stages}
        return {
            "looks": self._looks,
            "stage_ms": means,
            "waiting": len(self._waiting),
            "errands": len(self._journal.errands()),
            "problem": self._dispatcher.problem,
            "at_s": time.time(),
        }


def _reject(violation_id: str, observer: Observer) -> None:
    observer.reject(violation_id)
