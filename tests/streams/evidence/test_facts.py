"""What a packet says about camera, rule, model and clock."""

import json
from dataclasses import asdict

import pytest

from streams.config import ConfigError, dump_camera, parse_camera
from streams.evidence.facts import CameraFacts, RuleFacts, ZoneFacts, camera_facts, rule_facts
from tests.streams.evidence.samples import START_S
from vision.rules.kinds import KINDS
from vision.rules.rule import Rule
from vision.schedule import Schedule
from vision.zone import Zone

POLYGON = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0))


def test_a_camera_loses_its_credentials_and_keeps_its_place():
    camera = parse_camera(
        'id = "g"\nname = "门"\nlocation = "路"\nuri = "rtsp://a:b@h/1?token=c"\n'
        'device_number = "33"\n'
    )
    facts = camera_facts(camera, "Europe/Berlin")
    assert facts == CameraFacts("g", "门", "路", "33", "rtsp://***@h/1?token=***", "Europe/Berlin")


STANDING = """id = "g"
name = "gate"
uri = "x.mp4"
[standing]
legal_review = 2026-03-01
technical_review = "2026-03-04"
sign_photo = "signs/g.jpg"
"""


def test_a_cameras_standing_is_told_and_survives_as_json():
    camera = parse_camera(STANDING)
    assert parse_camera(dump_camera(camera)) == camera
    facts = camera_facts(camera, "Asia/Shanghai")
    assert asdict(facts.standing) == {
        "legal_review": "2026-03-01",
        "technical_review": "2026-03-04",
        "clock_check": "",
        "sign_photo": "signs/g.jpg",
        "published_at": "",
        "legal_review_until": "",
        "technical_review_until": "",
        "clock_check_until": "",
    }
    assert CameraFacts.from_json(json.loads(json.dumps(asdict(facts)))) == facts
    with pytest.raises(ConfigError, match="'soon' is no date: write it as 2026-03-01"):
        parse_camera(STANDING.replace("2026-03-04", "soon"))


def test_the_caption_has_local_time_place_and_device():
    berlin = CameraFacts("g", "gate", "", "", "x.mp4", "Europe/Berlin").caption(START_S)
    assert berlin.items == ["2026-11-23 03:13:20 +01:00", "gate", "No. g"]
    pinghu = CameraFacts("g", "gate", "north", "33", "x.mp4").caption(START_S)
    assert pinghu.items == ["2026-11-23 10:13:20 +08:00", "gate · north", "No. 33"]


def test_a_rule_survives_as_json():
    hours = Schedule.parse(["mon-fri 07:00-21:00"], ["2026-10-01 off"], "Asia/Shanghai")
    bay = Zone("bay", "bike_bay", POLYGON)
    rule = Rule(KINDS["stray_bikes"], Zone("path", "path", POLYGON, hours), 60.0, 3, hours, (bay,))
    facts = rule_facts(rule)
    assert facts.schedule.exceptions == ("2026-10-01 off",)
    assert facts.exempt_zones == (ZoneFacts("bay", "bike_bay", POLYGON),)
    assert RuleFacts.from_json(json.loads(json.dumps(asdict(facts)))) == facts
