"""Replay a clip as if it were its camera: as fast as the machine allows, and resumable.

The same analyser, casework and packet writer as in a live node, in one process. Where it was and
what it remembers is saved in the output folder, so that a replay that was killed goes on.
"""

import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from streams.config import Camera, analysis_rules, dump_camera
from streams.detectors import needed_by
from streams.durable import discard_folder, replace_file
from streams.evidence.casework import Casework
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import MEDIA_CLOCK, ClockFacts, camera_facts
from streams.evidence.packet import PacketWriter
from streams.evidence.plates import ReadPlate
from streams.evidence.shown import Shown
from streams.look_plan import LookPlan
from streams.messages import ClipCut, CutClip
from streams.panel import Panel
from streams.video.preroll import PreRoll, PreRollError
from streams.video.source import open_source
from streams.video.viewing import viewing_copy
from vision.analyser import CameraAnalyser
from vision.detections import Detections, merge
from vision.frame import Frame
from vision.violation import Violation

STATE_FILE = "replay.json"
PREROLL_S = 30.0

Line = dict[str, Any]
"""A violation as one JSON line, times in seconds of the clip; docs/formats.md has the fields."""


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """What a replay came to: `violations` of this run and of those it continued."""

    violations: list[Line]
    looks: int
    media_s: float
    wall_s: float
    finished: bool
    problem: str | None = None


class Replay:
    """One clip, one camera, one output folder.

    `start_at_s` is the UTC time of the clip's first picture; when None, the clip file's time
    stamp. The detectors of `panel` look at their own intervals, in seconds of the clip. A finished
    replay, or one of another clip or camera, starts afresh.
    """

    def __init__(
        self,
        clip: Path,
        camera: Camera,
        out: Path,
        panel: Panel,
        start_at_s: float | None = None,
        timezone: str = "Asia/Shanghai",
        read_plate: ReadPlate | None = None,
    ) -> None:
        self._camera = camera.model_copy(update={"uri": str(clip), "loop": False})
        self._panel = panel
        names_of = {name: spec.names for name, spec in panel.specs.items()}
        self._plan = LookPlan({n: s.look_interval_s for n, s in panel.specs.items()})
        self._plan.need({camera.id: needed_by(camera, names_of)})
        self._batch = panel.batch(self._plan.slow)
        self._out = out
        self._start_at_s = _file_time(clip) if start_at_s is None else start_at_s
        rules = analysis_rules(camera)
        self._analyser = CameraAnalyser(camera.id, rules)
        waiting_s = self._batch * camera.look_interval_s
        self._preroll = PreRoll(PREROLL_S + waiting_s)
        self._store = DossierStore(out / "dossiers")
        self._writer = PacketWriter(out / "packets", viewing_copy)
        note = "the clip's first picture is taken to be of start_at"
        self._casework = Casework(
            self._store,
            camera_facts(self._camera, timezone),
            panel.networks,
            ClockFacts(MEDIA_CLOCK, None, note),
            rules,
            self._cut,
            read_plate,
        )
        told = f"{dump_camera(self._camera)}\n{self._start_at_s}\n{_told(panel)}"
        told += "" if read_plate is None else "\nplates"
        self._identity = hashlib.sha256(told.encode()).hexdigest()
        self._lines: dict[str, Line] = {}
        self._told: list[str] = []
        self._at_s: float | None = None
        self._resume()

    def run(
        self,
        emit: Callable[[Line], None] = lambda _: None,
        progress: Callable[[float], None] = lambda _: None,
        stop: threading.Event | None = None,
    ) -> ReplayResult:
        """Play to the end, or until `stop` is set.

        `emit` gets each violation once, when it has ended or the clip has; `progress` gets
        seconds of the clip. Raises SourceError for a clip that cannot be read, and DossierError
        or PacketError when the disk is full.
        """
        stop = stop or threading.Event()
        began_s, looks = time.monotonic(), 0
        source = open_source(
            self._camera,
            live=False,
            start_at_s=self._start_at_s,
            resume_from_s=self._at_s,
            preroll=self._preroll,
        )
        for frames in _batches(source.looks(stop), self._batch):
            for frame, detections in zip(frames, self._see(frames), strict=True):
                self._look(frame, detections)
            looks += len(frames)
            self._at_s = frames[-1].pts_s
            self._save(finished=False)
            self._tell(emit, only_ended=True)
            progress(self._at_s)
        finished = not stop.is_set()
        if finished:
            self._tell(emit, only_ended=False)
            self._save(finished=True)
            discard_folder(self._store.root)
        lines, wall_s = list(self._lines.values()), time.monotonic() - began_s
        return ReplayResult(lines, looks, self._at_s or 0.0, wall_s, finished, source.stats.error)

    def _see(self, frames: list[Frame]) -> list[Detections]:
        """What the detectors that are due see in each of some successive pictures."""
        rows_of: dict[str, list[int]] = {}
        for row, frame in enumerate(frames):
            due = self._plan.deal([(self._camera.id, frame.captured_at)], self._panel.open)
            for name in due:
                self._plan.ran(self._camera.id, name, frame.captured_at)
                rows_of.setdefault(name, []).append(row)
        found: list[list[Detections]] = [[] for _ in frames]
        for name, rows in rows_of.items():
            seen = self._panel.see(name, [frames[row].image for row in rows])
            for row, detections in zip(rows, seen, strict=True):
                found[row].append(detections)
        return [merge(looks) for looks in found]

    def _look(self, frame: Frame, detections: Detections) -> None:
        t_s = frame.captured_at
        findings = self._analyser.update(t_s, detections, frame.image)
        self._casework.look(t_s, Shown(frame.image), self._analyser, findings)
        for violation in findings.raised:
            dossier = self._store.load(self._camera.id, violation.id)
            if dossier is not None:
                packet = self._writer.write(dossier)
                self._casework.close(violation.id)
                self._lines[violation.id] = self._line(
                    dossier.violation or violation, packet.folder
                )
        for violation in findings.ended:
            if violation.id in self._lines and violation.ended_s is not None:
                self._lines[violation.id]["ended_s"] = self._clip_s(violation.ended_s)

    def _line(self, violation: Violation, packet: Path) -> Line:
        line = violation.to_json()
        del line["place_id"]
        times = {k: self._clip_s(line[k]) for k in ("started_s", "raised_s")}
        return {**line, **times, "packet": str(packet)}

    def _clip_s(self, t_s: float) -> float:
        return round(t_s - self._start_at_s, 3)

    def _cut(self, request: CutClip) -> None:
        where = (request.camera_id, request.key, request.role)
        try:
            clip = self._preroll.cut(request.from_s, request.to_s, Path(request.path))
        except PreRollError as error:
            self._casework.clip_cut(request.refused(str(error)))
            return
        cut = ClipCut(*where, clip.path.name, clip.from_s, clip.to_s, clip.codec)
        self._casework.clip_cut(cut)

    def _tell(self, emit: Callable[[Line], None], *, only_ended: bool) -> None:
        """Emit each violation once, whichever run it was raised in."""
        for violation_id, line in self._lines.items():
            if violation_id in self._told or (only_ended and line["ended_s"] is None):
                continue
            emit(line)
            self._told.append(violation_id)

    def _save(self, *, finished: bool) -> None:
        state = {
            "identity": self._identity,
            "finished": finished,
            "at_s": self._at_s,
            "lines": self._lines,
            "told": self._told,
            "plan": self._plan.snapshot(),
            "memory": self._analyser.snapshot(),
        }
        self._out.mkdir(parents=True, exist_ok=True)
        replace_file(self._out / STATE_FILE, json.dumps(state, ensure_ascii=False).encode())

    def _resume(self) -> None:
        """Take up where a replay of the same clip was interrupted."""
        path = self._out / STATE_FILE
        state = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if state.get("identity") == self._identity and not state["finished"]:
            self._at_s = state["at_s"]
            self._lines, self._told = state["lines"], state["told"]
            self._analyser.restore(state["memory"])
            self._plan.restore(state["plan"])


def _told(panel: Panel) -> list[Any]:
    """What of the detectors decides a replay's outcome, as text would have it."""
    return [
        (asdict(facts), sorted(names), spec.look_interval_s)
        for (facts, names), spec in zip(panel.networks.seen, panel.specs.values(), strict=True)
    ]


def _batches(frames: Iterator[Frame], size: int) -> Iterator[list[Frame]]:
    while batch := list(islice(frames, size)):
        yield batch


def _file_time(clip: Path) -> float:
    try:
        return clip.stat().st_mtime
    except OSError:
        return 0.0  # opening it will say what is wrong
