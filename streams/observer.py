"""One camera under analysis: its brain, its evidence and what of both has to be kept."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

from streams.camera_book import snapshot_path
from streams.clock import Heard, clock_facts
from streams.config import Camera, analysis_rules
from streams.context import Context
from streams.evidence.another_look import Eye, keep_another_look
from streams.evidence.casework import Casework
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import Networks, camera_facts
from streams.evidence.plates import ReadPlate
from streams.evidence.shown import Shown
from streams.evidence.stills import encode_preview
from streams.host_clock import host_clock
from streams.journal import Action, Errand, Journal
from streams.messages import CutClip, Look
from streams.second_looks import SecondLooks
from streams.vigil import Vigil, health_limits
from vision.analyser import CameraAnalyser
from vision.findings import Findings
from vision.frame import Picture
from vision.health import Reason
from vision.violation import Violation

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
        context: Context | None = None,
        second_looks: SecondLooks | None = None,
    ) -> None:
        self.camera = camera
        self.unsaved = False
        self.intervals_s: dict[str, float] = {}
        self._journal, self._store, self._networks = journal, store, networks
        self._second_looks = second_looks
        context = context or Context()
        rules = analysis_rules(camera, context.lifts)
        self._facts = facts = camera_facts(camera, timezone)
        self._heard: Heard | None = None
        clock = clock_facts(camera, None, host_clock(), time.time())
        self.casework = Casework(
            store, facts, networks, clock, rules, request_clip, read_plate, context
        )
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
        errands = [self._raised(v, now_s) for v in findings.raised]
        errands += [Errand("end", v.id, v.camera_id, now_s, v.ended_s) for v in findings.ended]
        if self._second_looks is not None:
            errands += self._look_again(self._second_looks, t_s, shown, findings)
        if errands:
            self._journal.save({self.camera.id: self.analyser.snapshot()}, errands)
            self.unsaved = False
        for errand in errands:
            if errand.action == "look" and self._second_looks is not None:
                self._second_looks.settle(errand.violation_id)
        return bool(findings.began)

    def _raised(self, violation: Violation, now_s: float) -> Errand:
        """What is to be done about a new violation: nothing but to count it if it is permitted."""
        is_permitted = violation.id in self.casework.suppressed
        action: Action = "suppress" if is_permitted else "raise"
        return Errand(action, violation.id, violation.camera_id, now_s)

    def _look_again(
        self, asked: SecondLooks, t_s: float, shown: Shown, findings: Findings
    ) -> Iterator[Errand]:
        """Answer what the case server asked of this camera, as far as this look can tell."""
        for waiting in asked.at(self.camera.id):
            wanted = waiting.wanted
            if t_s < wanted.asked_s or findings.reason is Reason.STALE:
                continue
            if not findings.judged:
                waiting.reason = findings.reason.value
            if not findings.judged or shown.is_enlarged:
                continue
            where = self.analyser.whereabouts(wanted.violation_id, wanted.asked_s)
            told = asked.told(waiting, where, t_s, shown.size_wh)
            if told is None:
                continue
            now_s = time.time()
            clock = clock_facts(self.camera, self._heard, host_clock(), now_s)
            eye = Eye(self._facts, self._networks, clock)
            keep_another_look(self._store, *told, shown, eye)
            yield Errand("look", wanted.id, self.camera.id, now_s)

    @property
    def wants_detail(self) -> bool:
        """Whether the camera's main stream should be looked at, where another one is as well."""
        is_asked = self._second_looks is not None and bool(self._second_looks.at(self.camera.id))
        return self.camera.look_uri is not None and (is_asked or self.analyser.wants_detail)

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
