"""What a dossier gathers while something stands, live and replayed alike."""

import cv2
import pytest

from streams.config import RuleConfig, analysis_rules
from streams.evidence.casework import Casework
from streams.evidence.dossier import Role
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import ClockFacts, ModelFacts, Networks, camera_facts
from streams.evidence.shown import Shown
from streams.messages import ClipCut
from tests.streams.lot import CAR, camera
from tests.vision.street import HEIGHT, WIDTH, Street, Thing
from vision.analyser import CameraAnalyser

MODEL = ModelFacts("redness", "0" * 64, "Apache-2.0", "none")
OTHER = ModelFacts("other", "1" * 64, "MIT", "none")
NETWORKS = Networks(((OTHER, frozenset({"smoke"})), (MODEL, frozenset({"car"}))))
CLOCK = ClockFacts("test", None)
START_S = 1_795_400_000.0
SIZE_WH = WIDTH, HEIGHT


class Scene:
    """A street watched for a while, with casework that answers requests for clips as told."""

    def __init__(self, folder, dwell_s=8.0, answer=None, read_plate=None):
        self.camera = camera("gate", "rtsp://u:p@cam/1", dwell_s)
        self.rules = analysis_rules(self.camera)
        self.store = DossierStore(folder)
        self.requests, self.raised, self.ended = [], [], []
        self.answer, self.read_plate = answer, read_plate
        self.native_wh = None
        self.open_again()

    def open_again(self, memory=None):
        facts = camera_facts(self.camera, "Asia/Shanghai")
        self.casework = Casework(
            self.store, facts, NETWORKS, CLOCK, self.rules, self.request, self.read_plate
        )
        self.analyser = CameraAnalyser("gate", self.rules)
        if memory:
            self.analyser.restore(memory)

    def request(self, request):
        self.requests.append(request)
        if self.answer:
            self.casework.clip_cut(self.answer(request))

    def watch(self, street, from_s, to_s, per_s=2.0):
        for t_s, image, detections in street.looks(to_s, per_s):
            if t_s >= from_s:
                found = self.analyser.update(START_S + t_s, detections, image)
                self.casework.look(
                    START_S + t_s, Shown(image, self.native_wh), self.analyser, found
                )
                self.raised += found.raised
                self.ended += found.ended

    def dossier(self):
        (violation,) = self.raised
        return self.store.load("gate", violation.id)


def cut(request):
    return ClipCut("gate", request.key, request.role, "a.mp4", request.from_s, request.to_s, "h264")


PARKED = Street((Thing(CAR, 4.0, 60.0),))
PASSING = Street((Thing(CAR, 4.0, 5.5),))


@pytest.fixture
def scene(tmp_path):
    return Scene(tmp_path, answer=cut)


def test_a_violation_has_its_stills_clips_and_boxes(scene):
    scene.watch(PARKED, 0, 20)
    dossier = scene.dossier()
    assert {s.role for s in dossier.stills} == {
        Role.START_PANORAMA, Role.LATER_PANORAMA, Role.CLOSE_UP,
    }  # fmt: skip
    start, later = dossier.still(Role.START_PANORAMA), dossier.still(Role.LATER_PANORAMA)
    assert later.taken_s - start.taken_s >= 4.0
    arrival, standing = dossier.clip(Role.ARRIVAL_CLIP), dossier.clip(Role.STANDING_CLIP)
    assert arrival.from_s == START_S + 4.0 - 5.0
    assert standing.to_s == scene.raised[0].raised_s
    assert dossier.boxes[-1][0] == scene.raised[0].raised_s
    assert all((dossier.folder / s.name).stat().st_size for s in dossier.stills)
    assert "p@" not in dossier.camera.uri


def sizes_wh(dossier):
    """Of the whole pictures; a strip for the caption may have been added below."""
    return {
        cv2.imread(str(dossier.folder / dossier.still(role).name)).shape[1::-1]
        for role in (Role.START_PANORAMA, Role.LATER_PANORAMA)
    }


def test_enlarged_pictures_wait_for_better_ones(scene):
    scene.native_wh = (80, 60)
    scene.watch(PARKED, 0, 8)
    assert scene.store.place_ids("gate") == []
    scene.native_wh = None
    scene.watch(PARKED, 8, 20)
    assert {width for width, _ in sizes_wh(scene.dossier())} == {SIZE_WH[0]}


def test_where_only_the_smaller_stream_shows_it_its_own_pixels_are_kept(scene):
    scene.native_wh = (SIZE_WH[0] // 2, SIZE_WH[1] // 2)
    scene.watch(PARKED, 0, 20)
    dossier = scene.dossier()
    assert {width for width, _ in sizes_wh(dossier)} == {SIZE_WH[0] // 2}
    assert dossier.picture_wh == SIZE_WH
    assert dossier.boxes[-1][1] == scene.raised[0].box_xyxy


def test_the_clock_is_told_as_it_was_when_the_violation_was_raised(scene):
    scene.watch(PARKED, 0, 8)
    scene.casework.clock = ClockFacts("RTCP sender report", 0.2, "", START_S + 8, 0.01)
    scene.watch(PARKED, 8, 20)
    assert scene.dossier().clock == scene.casework.clock


def test_a_thing_that_passes_leaves_nothing_behind(scene):
    scene.watch(PASSING, 0, 30)
    assert scene.raised == []
    assert scene.requests == []
    assert scene.store.place_ids("gate") == []


def test_a_thing_that_leaves_in_time_takes_its_dossier_with_it(scene):
    scene.watch(Street((Thing(CAR, 4.0, 10.0),)), 0, 8)
    assert len(scene.store.place_ids("gate")) == 1
    scene.watch(Street((Thing(CAR, 4.0, 10.0),)), 8, 30)
    assert scene.store.place_ids("gate") == []


def test_a_dossier_outlives_a_restart(scene):
    scene.watch(PARKED, 0, 8)
    scene.open_again(scene.analyser.snapshot())
    scene.watch(PARKED, 8, 20)
    dossier = scene.dossier()
    assert dossier.still(Role.START_PANORAMA).taken_s < START_S + 8
    assert dossier.clip(Role.ARRIVAL_CLIP) is not None


def test_a_dossier_that_was_lost_is_begun_again(scene):
    scene.watch(PARKED, 0, 8)
    for place_id in scene.store.place_ids("gate"):
        scene.store.remove("gate", place_id)
    scene.open_again(scene.analyser.snapshot())
    scene.watch(PARKED, 8, 20)
    assert scene.dossier().still(Role.START_PANORAMA) is not None


def test_a_clip_that_cannot_be_had_is_stated_as_missing(tmp_path):
    scene = Scene(tmp_path, answer=lambda request: request.refused("the camera was away"))
    scene.watch(PARKED, 0, 20)
    assert {(m.role, m.reason) for m in scene.dossier().missing} == {
        (Role.ARRIVAL_CLIP, "the camera was away"),
        (Role.STANDING_CLIP, "the camera was away"),
    }


def test_a_clip_that_comes_late_still_gets_into_the_violations_dossier(tmp_path):
    scene = Scene(tmp_path)
    scene.watch(PARKED, 0, 20)
    for request in scene.requests:
        scene.casework.clip_cut(cut(request))
    assert scene.dossier().clip(Role.ARRIVAL_CLIP) is not None
    assert scene.dossier().clip(Role.STANDING_CLIP) is not None


def test_a_clip_for_a_dossier_that_is_gone_is_left_alone(scene):
    scene.casework.clip_cut(ClipCut("gate", "gone", Role.ARRIVAL_CLIP, reason="too late"))
    assert scene.store.place_ids("gate") == []


def test_a_dark_picture_is_no_evidence(scene):
    scene.watch(Street((Thing(CAR, 4.0, 60.0),), dark=((6.5, 7.5),)), 0, 20)
    taken = {s.taken_s for s in scene.dossier().stills}
    assert not any(START_S + 6.5 <= t < START_S + 7.5 for t in taken)


def test_nothing_is_kept_of_a_camera_without_rules(tmp_path):
    scene = Scene(tmp_path)
    scene.rules = ()
    scene.open_again()
    scene.watch(PARKED, 0, 20)
    assert scene.store.place_ids("gate") == []


DAY = 86_400.0
SLOW = 1 / 1800.0


def test_a_zombie_vehicle_has_pictures_of_its_first_day_and_of_its_last(tmp_path):
    scene = Scene(tmp_path, answer=cut)
    scene.camera = scene.camera.model_copy(
        update={"rules": [RuleConfig(kind="zombie_vehicle", zone="lot", dwell_s=2 * DAY)]}
    )
    scene.rules = analysis_rules(scene.camera)
    scene.open_again()
    abandoned = Street((Thing(CAR, 0.2 * DAY, 9 * DAY),))
    scene.watch(abandoned, 0, 0.6 * DAY, SLOW)
    assert len(scene.store.place_ids("gate")) == 1
    scene.open_again(scene.analyser.snapshot())
    scene.watch(abandoned, 0.6 * DAY, 2.6 * DAY, SLOW)
    dossier = scene.dossier()
    start, later = dossier.still(Role.START_PANORAMA), dossier.still(Role.LATER_PANORAMA)
    assert (start.taken_s - START_S) / DAY == pytest.approx(0.2 + 4 / 24, abs=0.05)
    assert later.taken_s == scene.raised[0].raised_s
    assert later.taken_s - start.taken_s > 1.7 * DAY
    assert [m.role for m in dossier.missing] == [Role.ARRIVAL_CLIP]
    assert {request.role for request in scene.requests} == {Role.STANDING_CLIP}
    assert dossier.rule.dwell_s == 2 * DAY
