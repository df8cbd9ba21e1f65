"""Legal profiles: each clause is met or says why not, from the manifest alone."""

import json

import pytest

from api.profiles.profile import check_profile, profiles
from streams.evidence.manifest import Manifest, parse_manifest
from streams.evidence.packet import PacketWriter
from tests.streams.evidence.samples import dossier

STATIC, LEAD = profiles()


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("profile")
    folder = PacketWriter(root / "packets").write(dossier(root / "dossier")).folder
    return json.loads((folder / "manifest.json").read_bytes())


@pytest.fixture
def value(written):
    """A manifest that meets everything."""
    value = json.loads(json.dumps(written))
    for still in value["files"].values():
        if "width" in still:
            still |= {"width": 1920, "height": 1080}
    value["clock"] |= {"source": "RTCP sender report", "offset_s": -0.3, "error_s": 0.05}
    done = {"legal_review": "2026-03-01", "technical_review": "2026-03-01"}
    value["camera"]["standing"] = {
        **done, "clock_check": "2026-11-01", "sign_photo": "a.jpg", "published_at": "site"
    }  # fmt: skip
    value["files"]["plate.jpg"] = {**value["files"]["closeup.jpg"], "role": "plate"}
    value["violation"]["facts"]["plate"] = {"value": "浙F12345", "unit": ""}
    return value


def manifest(value) -> Manifest:
    return parse_manifest(json.dumps(value).encode())


def unmet(value, profile=STATIC) -> dict[str, str]:
    result = check_profile(profile, manifest(value))
    lacks = {c.check: c.why_en for c in result.clauses if not c.met}
    assert result.met == (not lacks)
    assert all(bool(c.why_zh) == bool(c.why_en) == (not c.met) for c in result.clauses)
    return lacks


def test_the_shipped_profiles_are_these():
    assert (STATIC.name, LEAD.name) == ("ga_t_832_static", "lead")
    unconfirmed = {clause.check for clause in STATIC.clauses if not clause.confirmed}
    assert unconfirmed == {"burnt_in", "close_up", "plate"}


def test_a_packet_that_has_it_all_meets_both(value):
    assert unmet(value) == {}
    assert unmet(value, LEAD) == {}


def test_the_sample_packet_is_a_lead_and_says_why_it_is_no_more(written):
    assert unmet(written, LEAD) == {}
    assert unmet(written) == {
        "size": "there are pictures of 320 × 222 pixels",
        "clock": "the clock's error is not known",
        "plate": "the plate was not read",
        "standing": "it lacks legal review, technical review, sign photo, published at, "
        "clock check",
    }


def edit(path: str, new):
    def change(value):
        *way, key = path.split("/")
        for step in way:
            value = value[step]
        if new is None:
            del value[key]
        else:
            value[key] = new

    return change


@pytest.mark.parametrize(
    ("change", "check", "why"),
    [
        (edit("files/later.jpg", None), "panoramas", "there are 1, 2 are asked for"),
        (edit("files/later.jpg/taken_s", 1_795_400_005.0), "panoramas", "2.8 s apart, 10 s are"),
        (edit("files/later.jpg/height", 719), "size", "there are pictures of 1920 × 719 pixels"),
        (edit("files/start.jpg/width", 1279), "size", "there are pictures of 1279 × 1080 pixels"),
        (edit("files/closeup.jpg/bits", 8), "colour", "pictures of less than 24 bits"),
        (edit("files/closeup.jpg/bits", None), "colour", "does not tell the colour depth"),
        (edit("clock/offset_s", 0.96), "clock", "it may be off by 1.01 s"),
        (edit("clock/offset_s", -0.96), "clock", "it may be off by 1.01 s"),
        (edit("clock/error_s", None), "clock", "compared with this machine's only"),
        (edit("files/start.jpg/burnt_in", None), "burnt_in", "they lack time, place, device"),
        (edit("files/start.jpg/burnt_in/place", ""), "burnt_in", "they lack place"),
        (edit("files/closeup.jpg", None), "close_up", "there is no close-up"),
        (edit("violation/facts/plate", None), "plate", "the plate was not read"),
        (edit("files/plate.jpg", None), "plate", "there is no picture of the plate"),
        (edit("camera/standing", None), "standing", "it lacks legal review, technical"),
        (edit("camera/standing/sign_photo", ""), "standing", "it lacks sign photo"),
    ],
)
def test_each_clause_says_why_it_is_not_met(value, change, check, why):
    change(value)
    lacks = unmet(value)
    assert list(lacks) == [check]
    assert why in lacks[check]


def test_an_error_of_exactly_a_second_is_allowed(value):
    value["clock"] |= {"offset_s": 1.0, "error_s": 0.0}
    assert unmet(value) == {}


def test_kinds_that_tell_no_plate_need_none(value):
    del value["violation"]["facts"]["plate"]
    value["violation"]["kind"] = "hanging_laundry"
    assert "plate" not in unmet(value)


def test_without_any_picture_nothing_passes_by_silence(value):
    value["files"] = {n: f for n, f in value["files"].items() if "codec" in f}
    assert {"panoramas", "size", "burnt_in", "close_up"} <= unmet(value).keys()
    assert unmet(value, LEAD).keys() == {"panoramas", "burnt_in", "close_up"}


def test_a_packet_of_format_1_tells_too_little_for_evidence(value):
    value["format"] = "skyeye.packet/1"
    del value["chain"], value["camera"]["standing"]
    for key in ("measured_s", "error_s"):
        value["clock"].pop(key)
    for still in value["files"].values():
        for key in ("sm3", "bits", "burnt_in"):
            still.pop(key, None)
    assert unmet(value).keys() == {"colour", "clock", "burnt_in", "standing"}
