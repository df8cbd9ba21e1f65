"""A dossier grows while a thing stands, survives restarts, and never half exists."""

import errno
import json
import os
from itertools import pairwise

import pytest

from streams.evidence import dossier_store
from streams.evidence.dossier import MOST_BOXES, ClipFile, Missing, Role
from streams.evidence.dossier_store import DossierError, DossierStore
from streams.evidence.facts import zone_facts
from tests.streams.evidence.samples import BOX, START_S, dossier, violation
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.schedule import Schedule
from vision.zone import Zone


@pytest.fixture
def store(tmp_path):
    return DossierStore(tmp_path / "dossiers")


@pytest.fixture
def whole(store):
    return dossier(store.folder("gate", "place-1"))


def test_a_dossier_survives_a_restart(store, whole):
    store.save(whole)
    assert DossierStore(store.root).load("gate", "place-1") == whole
    assert store.place_ids("gate") == ["place-1"]
    store.remove("gate", "place-1")
    assert store.load("gate", "place-1") is None
    assert store.place_ids("gate") == []
    assert store.place_ids("other") == []


def test_what_is_kept_is_in_the_folder_and_in_the_dossier(store, whole):
    grown = store.keep_still(whole, Role.LATER_PANORAMA, b"jpeg", START_S + 30)
    path = store.clip_path(grown, Role.STANDING_CLIP)
    path.write_bytes(b"clip")
    clip = ClipFile(Role.STANDING_CLIP, path.name, START_S + 20, START_S + 30, "h264")
    grown = store.keep_clip(grown, clip)
    loaded = store.load("gate", "place-1")
    assert loaded == grown
    assert loaded.still(Role.LATER_PANORAMA).taken_s == START_S + 30
    assert loaded.clip(Role.STANDING_CLIP) == clip
    assert (loaded.folder / "later.jpg").read_bytes() == b"jpeg"
    assert [s.role for s in loaded.stills].count(Role.LATER_PANORAMA) == 1


def test_a_fork_has_its_own_files(store, whole):
    (whole.folder / "closeup.jpg").unlink()
    copy = store.fork(whole, "place-1.rule-2")
    (whole.folder / "start.jpg").write_bytes(b"changed")
    assert store.load("gate", "place-1.rule-2") == copy
    assert (copy.folder / "start.jpg").read_bytes() != b"changed"
    assert copy.violation == whole.violation


def test_a_failed_save_keeps_what_was_there(store, whole, monkeypatch):
    store.save(whole)

    def full(descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DossierError, match=r"place-1: the disk is full: free some space"):
            store.save(whole.with_missing("close_up", "none"))
        with pytest.raises(DossierError, match="the disk is full"):
            store.keep_still(whole, Role.CLOSE_UP, b"new", START_S)
    assert store.load("gate", "place-1") == whole
    assert (whole.folder / "closeup.jpg").read_bytes() != b"new"
    assert not list(whole.folder.glob(".*"))


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"place_id": 1, "picture_wh": [1]}'])
def test_a_dossier_that_cannot_be_read_is_named(store, whole, text):
    (whole.folder / dossier_store.FILE_NAME).write_text(text)
    with pytest.raises(DossierError, match=r"dossiers/gate/place-1 cannot be read .*remove that"):
        store.load("gate", "place-1")


@pytest.mark.parametrize("name", ["..", "a/b", "", "-x", ".x", "x" * 201, "a\nb"])
def test_no_id_leads_out_of_the_folder(store, name):
    with pytest.raises(ValueError, match=r"place id .* cannot name a folder"):
        store.folder("gate", name)


def test_what_arrives_is_not_missing_any_more(whole):
    lacking = whole.with_missing(Role.ARRIVAL_CLIP, "no packets").with_missing("plate", "hidden")
    again = lacking.with_missing(Role.ARRIVAL_CLIP, "still none")
    assert again.missing == (Missing("plate", "hidden"), Missing("arrival_clip", "still none"))
    assert again.with_clip(whole.clips[0]).missing == (Missing("plate", "hidden"),)


def test_boxes_of_what_stands_for_days_stay_few(whole):
    boxes = whole.boxes
    assert whole.with_box(boxes[-1][0], BOX).boxes == boxes
    grown = whole
    for second in range(20, 5000):
        grown = grown.with_box(START_S + second, BOX)
    times = [t_s for t_s, _ in grown.boxes]
    assert len(times) <= MOST_BOXES
    assert (times[0], times[-1]) == (START_S, START_S + 4999)
    assert times == sorted(times)
    assert max(b - a for a, b in pairwise(times)) <= 4 * 5000 / MOST_BOXES


def test_about_a_violation_notes_the_rule_at_that_time(whole):
    zone = Zone("lawn", "green", ((0, 0), (1, 0), (1, 1)), Schedule.parse(["daily 07:00-21:00"]))
    rule = Rule(KINDS["illegal_parking"], zone, 60.0, exempt=(zone,))
    about = whole.about(violation(zone="lawn"), rule)
    assert about.zone == zone_facts(zone)
    assert about.zone.schedule.hours == ("daily 07:00-21:00",)
    assert (about.rule.dwell_s, about.rule.exempt_zones) == (60.0, (about.zone,))
    value = json.loads(json.dumps(about.to_json()))
    assert type(about).from_json(value, about.folder) == about
