"""A node: the process table of one machine, from its cameras to published violations."""

import fcntl
import json
import logging
import os
import shutil
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.sharedctypes import RawArray
from pathlib import Path

from streams.analyse import analyse_main
from streams.bus import Bus, BusError, SqliteBus
from streams.camera_book import CameraBook, import_cameras, publish_detectors
from streams.config import Site
from streams.decode import decode_main
from streams.detectors import DetectorSpec, check_cameras
from streams.evidence.anchor_keeper import AnchorKeeper
from streams.evidence.keys import KeyRing
from streams.infer import infer_main
from streams.plates import PlateOpener
from streams.process import Station, log_to_stderr
from streams.ring import remove_ring
from streams.supervision import ProcessSpec, Supervisor

ROUND_S = 0.5
STATUS_ROUND_S = 2.0
SHARED_MEMORY = Path("/dev/shm")  # noqa: S108 - where Linux keeps shared memory
MOST_OF_SHARED_MEMORY = 0.8

log = logging.getLogger(__name__)


class NodeError(OSError):
    """The node cannot start; the message says why and what to do."""


def run_node(
    site: Site,
    detectors: Sequence[DetectorSpec],
    extras: Sequence[ProcessSpec] = (),
    duration_s: float | None = None,
    on_round: Callable[[], None] = lambda: None,
    plates: PlateOpener | None = None,
) -> int:
    """Run a site until SIGINT, SIGTERM or `duration_s`, and return the exit code.

    `detectors` are those of the site, opened once a camera needs them; `extras` are processes that
    run beside the node's own (the case API, say); `on_round` is called twice a second;
    `plates` opens what reads number plates, once a camera needs it. Raises
    NodeError where another node uses the site's data folder or it cannot be written, KeysError
    where others can read the key that signs the evidence, ConfigError for a camera's rule that no
    detector serves.
    """
    log_to_stderr("node")
    stop = threading.Event()
    with (
        _data_folder(site.data_dir),
        _run_folder() as run_dir,
        _signals(stop),
        SqliteBus(site.data_dir / "bus.db") as bus,
    ):
        KeyRing(site.data_dir / "keys").signer()  # made now, or refused now
        check_cameras(site.cameras, detectors)
        import_cameras(bus, site.cameras)
        check_cameras((CameraBook(bus).changed() or {}).values(), detectors)
        publish_detectors(bus, {spec.name: spec.names for spec in detectors})
        specs, beats = _table(site, run_dir, detectors, extras, plates)
        with AnchorKeeper(site.data_dir):
            return _supervise(Supervisor(specs, beats), bus, stop, duration_s, on_round)


def _supervise(
    supervisor: Supervisor,
    bus: Bus,
    stop: threading.Event,
    duration_s: float | None,
    on_round: Callable[[], None],
) -> int:
    end_s = None if duration_s is None else time.monotonic() + duration_s
    status_due_s = 0.0
    try:
        while not stop.is_set() and (end_s is None or time.monotonic() < end_s):
            code = supervisor.look_after()
            if code is not None:
                return code
            if time.monotonic() >= status_due_s:
                status_due_s = time.monotonic() + STATUS_ROUND_S
                _publish(supervisor, bus)
            on_round()
            stop.wait(ROUND_S)
    finally:
        supervisor.stop()
    return 0


def _table(
    site: Site,
    run_dir: Path,
    detectors: Sequence[DetectorSpec],
    extras: Sequence[ProcessSpec],
    plates: PlateOpener | None,
) -> tuple[list[ProcessSpec], object]:
    """The process table of a site, and the array that its heartbeats are noted in."""
    shares = site.decode_processes
    names = ["analyse", "infer", *(f"decode-{share}" for share in range(shares))]
    beats = RawArray("d", len(names) + len(extras))
    stations = [Station(name, run_dir, site.data_dir, beats, row) for row, name in enumerate(names)]
    ring_bytes = _ring_bytes(site.ring_bytes) // shares
    specs = [
        ProcessSpec("analyse", analyse_main, (stations[0], site.timezone, plates), watched=True),
        ProcessSpec(
            "infer", infer_main, (stations[1], tuple(detectors), site.motion_gate), watched=True
        ),
    ]
    specs += [
        ProcessSpec(
            s.name, decode_main, (s, share, shares, ring_bytes, site.decode_on), watched=True
        )
        for share, s in enumerate(stations[2:])
    ]
    return [*specs, *extras], beats


def _ring_bytes(wanted: int) -> int:
    """What of the wanted shared memory the machine can give; containers often have very little."""
    if not SHARED_MEMORY.is_dir():
        return wanted
    most = int(shutil.disk_usage(SHARED_MEMORY).free * MOST_OF_SHARED_MEMORY)
    if most < wanted:
        log.warning(
            "shared memory has room for %d MiB only, ring_bytes asks for %d MiB: enlarge it "
            "(docker run --shm-size=1g) if frames are dropped as ring_full",
            most >> 20,
            wanted >> 20,
        )
    return min(wanted, most)


@contextmanager
def _data_folder(data_dir: Path) -> Iterator[None]:
    """Own the data folder: two nodes at one place would raise everything twice."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock = (data_dir / "node.lock").open("w")
    except OSError as error:
        raise NodeError(f"data folder {data_dir} cannot be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NodeError(
                f"another node is running on {data_dir}; stop it, or set another data_dir"
            ) from None
        yield


@contextmanager
def _run_folder() -> Iterator[Path]:
    """A folder for the sockets: short, as their paths have 107 bytes at most, and private."""
    folder = Path(tempfile.mkdtemp(prefix="sky-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        for left in SHARED_MEMORY.glob(f"skyeye-{folder.name}-*"):
            remove_ring(left.name)  # of a decode process that was killed


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Let SIGINT and SIGTERM end the node in good order."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _publish(supervisor: Supervisor, bus: Bus) -> None:
    try:
        for name, state in supervisor.report().items():
            bus.put("status", f"process/{name}", json.dumps(state))
        own = {"pid": os.getpid(), "state": "running", "restarts": 0, "at_s": time.time()}
        bus.put("status", "process/node", json.dumps(own))
    except BusError as error:
        log.error("%s", error)
