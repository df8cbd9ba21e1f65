"""Days and gaps."""

import json

import pytest
from hypothesis import given, strategies as st

from vision.diary import DAYS_KEPT, GAPS_KEPT, Diary, Gap, local_date

DAY = 86400.0
MIDNIGHT = 1_795_363_200.0 + 4 * DAY


def test_days_are_those_of_the_time_zone():
    assert local_date(MIDNIGHT - 1, "Asia/Shanghai") < local_date(MIDNIGHT, "Asia/Shanghai")
    assert local_date(MIDNIGHT, "UTC") == local_date(MIDNIGHT - 1, "Asia/Shanghai")


def test_a_day_knows_when_and_how_long_it_was_seen():
    diary = Diary("Asia/Shanghai")
    diary.sight(MIDNIGHT + 10, 0, True)
    diary.sight(MIDNIGHT + 70, 60, False)
    diary.sight(MIDNIGHT + DAY, 0, False)
    first, second = diary.days
    assert (first.first_s, first.last_s) == (MIDNIGHT + 10, MIDNIGHT + 70)
    assert (first.observed_s, first.looks, first.detected) == (60, 2, 1)
    assert (diary.observed_s, diary.looks, diary.detected_days) == (60, 3, 1)
    assert second.detected == 0


def test_long_gaps_are_kept_and_short_ones_only_measured():
    diary = Diary("UTC")
    diary.miss(Gap(0, 1800, "not seen"))
    assert (diary.gaps, diary.gap_count, diary.longest_gap_s) == ([], 0, 1800)
    for n in range(GAPS_KEPT + 5):
        diary.miss(Gap(0, 4000 + n, "no look"))
    assert (len(diary.gaps), diary.gap_count) == (GAPS_KEPT, GAPS_KEPT + 5)
    assert min(gap.length_s for gap in diary.gaps) == 4005
    assert diary.longest_gap_s == 4000 + GAPS_KEPT + 4


def test_records_of_one_vehicle_become_one():
    mine, later = Diary("UTC"), Diary("UTC")
    for day, diary in ((0, mine), (1, mine), (1.5, later), (3, later)):
        diary.sight(day * DAY, 60, True)
    later.miss(Gap(1.5 * DAY, 3 * DAY, "no look"))
    mine.absorb(later)
    assert [day.date for day in mine.days] == ["1970-01-01", "1970-01-02", "1970-01-04"]
    assert mine.days[1].last_s == 1.5 * DAY
    assert mine.days[1].looks == 2
    assert mine.gaps == later.gaps
    assert mine.longest_gap_s == 1.5 * DAY


@given(st.lists(st.floats(0, 40 * DAY), max_size=60))
def test_a_diary_is_bounded_and_survives_a_restart(times):
    diary = Diary("Asia/Shanghai")
    for t_s in sorted(times):
        diary.sight(MIDNIGHT + t_s, 1.0, True)
    assert diary.looks == len(times)
    assert len(diary.days) <= 41
    assert Diary.from_json(json.loads(json.dumps(diary.to_json()))) == diary


def test_a_diary_of_years_keeps_the_latest_days():
    diary = Diary("UTC")
    for day in range(DAYS_KEPT + 10):
        diary.sight(day * DAY, 0, True)
    assert len(diary.days) == DAYS_KEPT
    assert diary.days[-1].last_s == pytest.approx((DAYS_KEPT + 9) * DAY)
