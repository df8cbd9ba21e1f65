"""Permits: whom they cover, where and when, and rules that they lift."""

import pytest

from tests.vision.street import Street, Thing, parking
from vision.analyser import CameraAnalyser
from vision.permit import WEEK_S, Permit
from vision.schedule import Schedule

NOON_S = 1_795_406_400.0  # in Shanghai
ASKED = ("illegal_parking", "gate", "street", "浙F12345", NOON_S)
NIGHT = Schedule.parse(["daily 18:00-23:00"])


@pytest.mark.parametrize(
    ("permit", "covers"),
    [
        (Permit("all"), True),
        (Permit("p", plates=frozenset({"浙F12345", "浙F54321"})), True),
        (Permit("p", plates=frozenset({"浙F54321"})), False),
        (Permit("k", kinds=frozenset({"stray_bikes"})), False),
        (Permit("k", kinds=frozenset({"illegal_parking"})), True),
        (Permit("c", cameras=frozenset({"yard"})), False),
        (Permit("z", zones=frozenset({"yard"})), False),
        (Permit("f", from_s=NOON_S + 1), False),
        (Permit("f", from_s=NOON_S, to_s=NOON_S + 1), True),
        (Permit("t", to_s=NOON_S), False),
        (Permit("n", schedule=NIGHT), False),
    ],
)
def test_what_a_permit_covers(permit, covers):
    assert permit.covers(*ASKED) is covers


def test_an_unread_plate_is_covered_by_no_permit_for_plates():
    permit = Permit("p", plates=frozenset({"浙F12345"}))
    assert not permit.covers("illegal_parking", "gate", "street", "", NOON_S)
    assert permit.is_for("illegal_parking", "gate", "street")


def test_a_rule_is_off_while_a_permit_for_everybody_holds():
    rule = parking(20, permits=(Permit("market", schedule=NIGHT),))
    assert rule.is_on(NOON_S)
    assert not rule.is_on(NOON_S + 7 * 3600)


@pytest.mark.parametrize(
    ("permit", "after_s"),
    [
        (Permit("open"), WEEK_S),
        (Permit("short", to_s=NOON_S + 90.5), 90.5),
        (Permit("long", to_s=NOON_S + 9 * WEEK_S), WEEK_S),
        (Permit("hours", schedule=Schedule.parse(["daily 10:00-13:30"])), 5400.0),
        (Permit("both", to_s=NOON_S + 60, schedule=Schedule.parse(["daily 00:00-24:00"])), 60.0),
    ],
)
def test_when_a_permit_lapses(permit, after_s):
    assert permit.lapses_s(NOON_S) == NOON_S + after_s


def test_what_a_permit_covers_is_raised_once_it_has_lapsed():
    analyser = CameraAnalyser("gate", [parking(10)])
    raised, ended = [], []
    for t_s, image, seen in Street((Thing((200, 60, 280, 120), 0, 70),)).looks(90, 2.0):
        found = analyser.update(1e9 + t_s, seen, image)
        ended += found.ended
        for violation in found.raised:
            raised.append(violation)
            if len(raised) == 1:
                analyser.excuse(violation.id, 1e9 + 40)
    assert [v.started_s - 1e9 for v in raised] == [0, 40]
    assert [v.id for v in ended] == [raised[1].id]
