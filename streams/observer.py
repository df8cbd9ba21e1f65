"""One camera under analysis: its brain, its evidence and what of both has to be kept."""

import time
from collections.abc import Callable
from pathlib import Path

from streams.camera_book import snapshot_path
from streams.clock import Heard, clock_facts
from streams.config import Camera, analysis_rules
from streams.evidence.casework import Casework
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import Networks, camera_facts
from streams.evidence.plates import ReadPlate
from streams.evidence.shown import Shown
from streams.evidence.stills import encode_preview
from streams.host_clock import host_clock
from streams.journal import Errand, Journal
from streams.messages import CutClip, Look
from streams.vigil import Vigil, health_limits
from vision.analyser import CameraAnalyser
from vision.frame import Picture

PREVIEW_ROUND_S = 20.0


class Observer:
    """Applies one camera's rules to its looks; begins with what the journal remembers of it.

    Methods raise DossierError or JournalError where the disk does not do what it is asked; the
    observer is then best made anew, so that what was not saved is seen again.
    """

    def __init__(
        self,
        camera: Camera,
        timezone: str,
        networks: Networks,
        journal: Journal,
        store: DossierStore,
        request_clip: Callable[[CutClip], None],
        read_plate: ReadPlate | None = None,
    ) -> None:
        self.camera = camera
        self.unsaved = False
        self.intervals_s: dict[str, float] = {}
        self._journal = journal
        rules, facts = analysis_rules(camera), camera_facts(camera, timezone)
        self._heard: Heard | None = None
        clock = clock_facts(camera, None, host_clock(), time.time())
        self.casework = Casework(store, facts, networks, clock, rules, request_clip, read_plate)
        limits = health_limits(camera)
        self.analyser = CameraAnalyser(camera.id, rules, limits=limits, timezone=timezone)
        memory = journal.memory(camera.id)
        if memory is not None:
            self.analyser.restore(memory)
        self.vigil = Vigil(camera, self.analyser.coverage)
        self._preview_due_s = 0.0

    def look(self, look: Look, image: Picture) -> bool:
        """Take in one look; violations that begin or end are noted in the journal at once.

        Returns whether something has just come to stand.
        """
        t_s = look.frame.captured_at
        findings = self.analyser.update(t_s, look.detections, image)
        self.vigil.note(t_s, findings.reason)
        self.intervals_s = look.intervals_s
        self.unsaved = True
        now_s = time.time()
        if findings.raised:
            self.casework.clock = clock_facts(self.camera, self._heard, host_clock(), now_s)
        shown = Shown(image, look.frame.native_wh)
        self.casework.look(t_s, shown, self.analyser, findings)
        errands = [Errand("raise", v.id, v.camera_id, now_s) for v in findings.raised]
        errands += [Errand("end", v.id, v.camera_id, now_s, v.ended_s) for v in findings.ended]
        if errands:
            self._journal.save({self.camera.id: self.analyser.snapshot()}, errands)
            self.unsaved = False
        return bool(findings.began)

    @property
    def wants_detail(self) -> bool:
        """Whether the camera's main stream should be looked at, where another one is as well."""
        return self.camera.look_uri is not None and self.analyser.wants_detail

    def hear_clock(self, offset_s: float | None) -> None:
        """Note what the camera's status says of its clock; silence leaves what was heard."""
        if offset_s is not None:
            self._heard = Heard(offset_s, time.time())

    def reject(self, violation_id: str) -> None:
        """Stay quiet about what a person judged to be no violation."""
        self.analyser.reject(violation_id)
        self._journal.save({self.camera.id: self.analyser.snapshot()})

    def preview(self, data_dir: Path, image: Picture) -> None:
        """Keep the latest picture for the cameras page, not more often than is of use."""
        now_s = time.monotonic()
        if now_s >= self._preview_due_s:
            self._preview_due_s = now_s + PREVIEW_ROUND_S
            path = snapshot_path(data_dir, self.camera.id)
            path.parent.mkdir(parents=True, exist_ok=True)
            temporary = path.with_suffix(".tmp")
            temporary.write_bytes(encode_preview(image))
            temporary.replace(path)
