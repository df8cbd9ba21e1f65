"""Which camera shows what, and when something comes."""

from collections import Counter
from dataclasses import replace

from benchmarks.feeds.films import film_path
from benchmarks.feeds.plan import (
    ARRIVES_S,
    CHAPTER_S,
    COMES,
    DWELL_S,
    FILMS,
    LEAVES,
    LEAVES_S,
    STANDS,
    feeds,
    last_arrival_s,
)


def test_the_films_are_as_different_as_a_citys_cameras():
    assert len(FILMS) == len({film.seed for film in FILMS}) == 24
    sizes = Counter(film.size_wh for film in FILMS)
    assert sizes[1920, 1080] > 12
    assert {(2560, 1440), (1280, 720)} <= set(sizes)
    assert {film.gop_s for film in FILMS} == {1.0, 2.0, 4.0, 10.0}
    assert {film.codec for film in FILMS} == {"h264", "hevc"}
    assert sum(1 for film in FILMS if film.night) >= 3
    assert sum(1 for film in FILMS if film.what) == 12


def test_every_chapter_is_a_whole_number_of_gops():
    for film in FILMS:
        for first, end in film.chapters.values():
            assert first % film.gop == end % film.gop == 0


def test_another_plan_is_another_file(tmp_path):
    film = FILMS[0]
    assert film_path(film, tmp_path) == film_path(replace(film), tmp_path)
    assert film_path(film, tmp_path) != film_path(replace(film, mbit=2.0), tmp_path)


def test_no_two_feeds_show_the_same_in_step():
    many = feeds(185, 300.0)
    assert len({feed.name for feed in many}) == 185
    keys = [
        (f.film.seed, f.chapter, f.start % ((end - first) // f.film.gop))
        for f in many
        for first, end in [f.film.chapters[f.chapter]]
    ]
    assert Counter(keys).most_common(1)[0][1] <= 4  # key pictures 10 s apart: a chapter has two
    assert sum(n - 1 for n in Counter(keys).values()) < 40


def test_half_of_what_can_be_planted_is_and_the_rest_looks_alike():
    many = feeds(96, 300.0)
    roles = Counter(feed.role for feed in many if feed.film.what)
    assert set(roles.values()) == {12}
    assert sum(feed.is_planted for feed in many) == 24
    assert all(feed.role == "nothing" for feed in many if not feed.film.what)
    assert all(f.chapter == STANDS and not f.timetable for f in many if f.role == "stands")


def test_arrivals_are_spread_and_in_time():
    last_s = last_arrival_s(10.0, 600.0, 5.0)
    assert last_s + CHAPTER_S + ARRIVES_S + DWELL_S <= 610.0
    assert last_arrival_s(10.0, 20.0, 5.0) == 0.0
    times = [f.timetable[0][0] for f in feeds(185, last_s) if f.role == "comes"]
    assert times == sorted(times)
    assert times[0] == 0.0
    assert last_s * 0.8 < times[-1] <= last_s
    assert len(set(times)) == len(times)


def test_a_short_stop_is_shorter_than_the_dwell_and_every_stop_ends():
    assert CHAPTER_S - ARRIVES_S + LEAVES_S < DWELL_S
    for feed in feeds(96, 300.0):
        if feed.role == "stops":
            chapters = [chapter for _, chapter in feed.timetable]
            assert chapters == [COMES, LEAVES] * (len(chapters) // 2)
            assert len(chapters) >= 8
