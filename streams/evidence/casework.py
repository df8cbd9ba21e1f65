"""From what the analyser finds to dossiers: which pictures and clips are taken, and when.

A live camera and a replayed clip go through the same code; only how a clip is cut differs.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from streams.context import Context, in_context
from streams.evidence.dossier import ClipFile, Dossier, Role
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import UNKNOWN_MODEL, CameraFacts, ClockFacts, Networks
from streams.evidence.plates import (
    PlateLook,
    ReadPlate,
    is_best,
    plate_note,
    read_at,
    wants_look,
    with_plate,
)
from streams.evidence.shown import Shown
from streams.evidence.stills import encode_close_up, encode_still
from streams.messages import ClipCut, CutClip
from vision.analyser import CameraAnalyser
from vision.boxes import Box, as_boxes, iou
from vision.findings import Findings
from vision.frame import Picture, bgr
from vision.permit import Effect
from vision.rules.rule import Rule
from vision.violation import Violation

OPEN_AFTER_S = 10.0
OPEN_AFTER_SHARE = 0.25
"""A dossier is opened when a rule has been broken for 10 s, or a quarter of a shorter dwell:
early enough for the first picture to show the start, late enough to spare most passing traffic."""
BEFORE_S = 5.0
"""The arrival clip begins this long before the thing was first seen."""
LONGEST_ARRIVAL_S = 3600.0
"""What came longer ago (a vehicle of the ledger) has no clip of its arrival."""
STANDING_S = 8.0
"""Length of the clip that shows it standing when the violation is raised."""
NEXT_BOX_S = 10.0
MOVED_IOU = 0.9
"""Boxes are noted every so often, or when the thing has moved."""
PLATE_SPACING_S = 5.0
"""No more than one plate of a camera is read in so much time, violations that begin apart."""

ClipRequest = Callable[[CutClip], None]


class Casework:
    """Keeps the dossiers of one camera while things stand in its view.

    `request_clip` asks for a clip; its answer comes to `clip_cut`, at once or later. `read_plate`
    reads the plates of vehicles, None where nobody can; `clock` may be set anew. Methods raise
    DossierError where the disk does not do what it is asked.
    """

    def __init__(
        self,
        store: DossierStore,
        camera: CameraFacts,
        networks: Networks,
        clock: ClockFacts,
        rules: Sequence[Rule],
        request_clip: ClipRequest,
        read_plate: ReadPlate | None = None,
        context: Context | None = None,
    ) -> None:
        self.suppressed: frozenset[str] = frozenset()
        """Ids of what the latest look raised and a permit covers."""
        self._context = context or Context()
        self._networks = networks
        self._store = store
        self._camera = camera
        self.clock = clock
        self._rules = {rule.key: rule for rule in rules}
        dwell_s = min((rule.dwell_s for rule in rules), default=0.0)
        self._open_after_s = min(OPEN_AFTER_S, OPEN_AFTER_SHARE * dwell_s)
        self._request_clip = request_clip
        self._read_plate, self._plate_due_s = read_plate, 0.0
        self._dossiers: dict[str, Dossier] = {}  # by id of the place or of the violation
        self._not_there: set[str] = set()

    def look(self, t_s: float, shown: Shown, analyser: CameraAnalyser, findings: Findings) -> None:
        """Take from one look what the evidence needs (`t_s` UTC seconds).

        An enlarged picture begins no dossier, as a better one can be had at the next look.
        """
        self.suppressed = frozenset()
        if not findings.judged:
            return
        boxes = analyser.boxes
        for place_id, since_s in analyser.suspects.items():
            if place_id in boxes and t_s - since_s >= self._open_after_s:
                self._watch(t_s, shown, place_id, boxes[place_id], since_s)
        if not shown.is_enlarged:
            self._read_one_plate(t_s, shown, analyser)
        for violation in findings.raised:
            self._raise(t_s, shown, analyser, violation)
        for place_id in findings.left:
            self.close(place_id)

    def clip_cut(self, cut: ClipCut) -> None:
        """Put a clip that was asked for into its dossier, or the reason why there is none."""
        dossier = self._dossier(cut.key)
        if dossier is None:
            return  # it has left meanwhile
        role = Role(cut.role)
        if cut.reason:
            self._dossiers[cut.key] = dossier.with_missing(role, cut.reason)
            self._store.save(self._dossiers[cut.key])
        else:
            clip = ClipFile(role, cut.name, cut.from_s, cut.to_s, cut.codec)
            self._dossiers[cut.key] = self._store.keep_clip(dossier, clip)

    def close(self, key: str) -> None:
        """Forget a dossier: its place was left, or the packet of its violation is written."""
        self._dossiers.pop(key, None)
        self._not_there.discard(key)
        self._store.remove(self._camera.id, key)

    def _watch(self, t_s: float, shown: Shown, place_id: str, box: Box, since_s: float) -> None:
        """Open the dossier of a place where a rule is broken, or note where the thing is."""
        dossier = self._dossier(place_id)
        start = dossier.still(Role.START_PANORAMA) if dossier else None
        if dossier is None or start is None or start.taken_s < since_s:
            if not shown.is_enlarged:
                self._open(t_s, shown, place_id, since_s, box)
        elif dossier.boxes and _is_news(dossier.boxes[-1], (t_s, box)):
            self._dossiers[place_id] = dossier.with_box(t_s, box)

    def _open(self, t_s: float, shown: Shown, place_id: str, since_s: float, box: Box) -> Dossier:
        """Begin a dossier with the first picture, and ask for the clip of the arrival."""
        # It has stood where it is since then, which the clip of its arrival shows.
        new = self._blank(shown.size_wh, place_id).with_box(since_s, box).with_box(t_s, box)
        picture, where = shown.as_sent(box)
        jpeg = encode_still(bgr(picture), self._camera.caption(t_s), where)
        dossier = self._store.keep_still(new, Role.START_PANORAMA, jpeg, t_s)
        self._not_there.discard(place_id)
        self._dossiers[place_id] = dossier
        self._ask_arrival(dossier, since_s, t_s)
        return self._dossiers[place_id]

    def _read_one_plate(self, t_s: float, shown: Shown, analyser: CameraAnalyser) -> None:
        """Read the plate of a suspect, or of a vehicle of the ledger, if one is due."""
        if self._read_plate is None or t_s < self._plate_due_s:
            return
        boxes, due = analyser.boxes, set(analyser.plates_due)
        wanted = (
            dossier
            for key, dossier in self._dossiers.items()
            if key in boxes
            and (key in due or (key in analyser.plated and wants_look(dossier.plates, t_s)))
        )
        dossier = min(wanted, key=lambda d: d.plates[-1].taken_s if d.plates else 0.0, default=None)
        if dossier is None:
            return
        self._plate_due_s = t_s + PLATE_SPACING_S
        box = boxes[dossier.place_id]
        look = self._look_at_plate(t_s, shown.picture, box)
        if look is not None:
            self._dossiers[dossier.place_id] = self._with_plate(dossier, look, shown.picture)
            self._store.save(self._dossiers[dossier.place_id])
            analyser.note_plate(dossier.place_id, plate_note(look, box, shown.size_wh))

    def _look_at_plate(self, t_s: float, image: Picture, box: Box) -> PlateLook | None:
        """Another attempt at a plate, if there is time for one."""
        reading = read_at(image, box, self._read_plate) if self._read_plate else None
        return None if reading is None else PlateLook(t_s, reading)

    def _with_plate(self, dossier: Dossier, look: PlateLook, image: Picture) -> Dossier:
        """The dossier with an attempt at the plate, and its picture if it is the surest."""
        if look.reading.box is not None and is_best(dossier.plates, look.reading):
            jpeg = encode_close_up(image, look.reading.box, self._camera.caption(look.taken_s))
            dossier = self._store.keep_still(dossier, Role.PLATE, jpeg, look.taken_s)
        return dossier.with_plate(look)

    def _raise(
        self, t_s: float, shown: Shown, analyser: CameraAnalyser, violation: Violation
    ) -> None:
        """Make a dossier for a violation from that of its place; one clip is still to be cut."""
        of_place = self._dossier(violation.place_id)
        if of_place is None:  # lost, or the dwell is so short that none was opened
            since_s, box = violation.started_s, violation.box_xyxy
            of_place = self._open(t_s, shown, violation.place_id, since_s, box)
        rule = self._rules[f"{violation.kind}@{violation.zone}"]
        if rule.kind.plate and self._read_plate is not None:
            if wants_look(of_place.plates, t_s) and not shown.is_enlarged:
                look = self._look_at_plate(t_s, shown.picture, violation.box_xyxy)
                of_place = self._with_plate(of_place, look, shown.picture) if look else of_place
            facts = with_plate(violation.facts, of_place.plates)
            violation = replace(violation, facts=facts)
        violation, permit = in_context(violation, self._context)
        if permit is not None and permit.effect is Effect.SUPPRESS:
            self.suppressed |= {violation.id}
            self._store.fork(of_place.about(violation, rule), violation.id)
            analyser.excuse(violation.id, permit.lapses_s(t_s))
            return
        about = of_place.with_box(t_s, violation.box_xyxy).about(violation, rule)
        seen_by = self._networks.of(rule.kind.classes)
        dossier = self._store.fork(replace(about, model=seen_by, clock=self.clock), violation.id)
        caption = self._camera.caption(t_s)
        picture, where = shown.as_sent(violation.box_xyxy)
        later = encode_still(bgr(picture), caption, where)
        dossier = self._store.keep_still(dossier, Role.LATER_PANORAMA, later, t_s)
        close_up = encode_close_up(picture, where, caption)
        dossier = self._store.keep_still(dossier, Role.CLOSE_UP, close_up, t_s)
        self._dossiers[violation.id] = dossier
        if dossier.clip(Role.ARRIVAL_CLIP) is None:  # it may be on its way to the place's dossier
            self._ask_arrival(dossier, violation.started_s, t_s)
        self._ask(dossier, Role.STANDING_CLIP, t_s - STANDING_S, t_s)

    def _ask_arrival(self, dossier: Dossier, since_s: float, t_s: float) -> None:
        """Ask for the clip of the arrival, or say that it came too long ago."""
        if t_s - since_s <= LONGEST_ARRIVAL_S:
            self._ask(dossier, Role.ARRIVAL_CLIP, since_s - BEFORE_S, t_s)
            return
        reason = "it came hours before it was clear that it would stay, and no clip was kept"
        self._dossiers[dossier.place_id] = dossier.with_missing(Role.ARRIVAL_CLIP, reason)
        self._store.save(self._dossiers[dossier.place_id])

    def _ask(self, dossier: Dossier, role: Role, from_s: float, to_s: float) -> None:
        path = self._store.clip_path(dossier, role)
        self._request_clip(
            CutClip(self._camera.id, dossier.place_id, role.value, from_s, to_s, str(path))
        )

    def _blank(self, size_wh: tuple[int, int], place_id: str) -> Dossier:
        folder = self._store.folder(self._camera.id, place_id)
        return Dossier(folder, place_id, self._camera, UNKNOWN_MODEL, self.clock, size_wh)

    def _dossier(self, key: str) -> Dossier | None:
        """The dossier of a place or a violation, from the disk after a restart."""
        if key not in self._dossiers and key not in self._not_there:
            found = self._store.load(self._camera.id, key)
            if found is None:
                self._not_there.add(key)
            else:
                self._dossiers[key] = found
        return self._dossiers.get(key)


def _is_news(
    last: tuple[float, Box],
    new: tuple[float, Box],
) -> bool:
    """Whether a box tells more than the last one that was noted."""
    same = iou(as_boxes([last[1]]), as_boxes([new[1]]))[0, 0] >= MOVED_IOU
    return not same or new[0] - last[0] >= NEXT_BOX_S
