"""Four live cameras on small films, from the server to the figures."""

import os
from dataclasses import replace
from itertools import pairwise

import av
import pytest

from benchmarks.feeds.films import index_path, make_films, write_film
from benchmarks.feeds.plan import FILMS, HD, feeds, last_arrival_s, sub_stream
from benchmarks.feeds.rtsp_server import Reel, RtspServer, missing
from benchmarks.feeds.run import Wanted, measure
from models.card import load_card
from models.fetch import FetchError, fetch

pytestmark = pytest.mark.slow
SMALL = tuple(replace(film, size_wh=HD, fps=5, mbit=0.8, codec="h264") for film in FILMS[:4])
SUBS = tuple(sub_stream(film) for film in SMALL)
INTERVAL_S, SECONDS = 2.0, 40.0


@pytest.fixture(scope="module")
def films(tmp_path_factory):
    folder = tmp_path_factory.mktemp("films")
    paths = make_films(SMALL + SUBS, folder, 2, lambda *_: None)
    return {film.name: path for film, path in zip(SMALL + SUBS, paths, strict=True)}


@pytest.fixture(autouse=True)
def server_runs():
    if reason := missing():
        pytest.skip(f"needs GStreamer's RTSP server: {reason}")


def test_a_film_is_made_once(films, tmp_path):
    path = films[SMALL[3].name]
    before = path.stat().st_mtime_ns
    said = []
    make_films(SMALL, path.parent, 1, lambda *done: said.append(done))
    assert said == [(4, 4)]
    assert path.stat().st_mtime_ns == before
    again = tmp_path / "again.mp4"
    write_film(SMALL[3], again)
    assert index_path(again).exists()


def test_four_feeds_are_looked_at_and_what_is_planted_is_raised(films):
    try:
        fetch(load_card("yolo11n-wide"))
    except FetchError as error:
        pytest.skip(f"the detector cannot be fetched: {error}")
    plan = feeds(4, last_arrival_s(5.0, SECONDS, INTERVAL_S), SMALL)
    assert [feed.role for feed in plan] == ["comes", "stands", "nothing", "nothing"]
    site = {"detectors": [{"model": "yolo11n-wide"}]}
    told = []
    wanted = Wanted(SECONDS, INTERVAL_S, site, sub_streams=True, settle_s=5.0)
    result = measure(plan, films, wanted, lambda *what: told.append(what))
    assert result["feeds"] == 4
    assert result["seconds"] == pytest.approx(SECONDS, abs=3)
    assert result["never_looked_at"] == []
    assert result["interval_p50_s"] <= 2 * INTERVAL_S
    assert result["looks"] >= 4 * SECONDS / INTERVAL_S / 3
    assert 0 < result["age_p95_s"] < 5
    assert 0 < result["cpu_cores"] <= os.cpu_count()
    assert 0 < result["server_cpu_cores"] < 1
    assert {"node", "analyse", "infer", "decode-0"} <= set(result["stages"])
    shares = [stage["cpu_cores"] for stage in result["stages"].values()]
    assert sum(shares) == pytest.approx(result["cpu_cores"], abs=0.01)
    assert 0 < result["pss_gib"] < result["rss_gib"]
    counts = [result[key] for key in ("planted", "raised", "doubled", "false")]
    assert counts == [2, 2, 0, 0]
    assert result["late_s"]["max"] <= 4 * INTERVAL_S
    assert {what for what, *_ in told} == {"connected", "settling", "measuring", "raised"}


def test_the_server_ends_with_whoever_started_it(films):
    server = RtspServer({"a": Reel(str(films[SMALL[0].name]))})
    server.start()
    process = server._process
    process.stdin.close()
    assert process.wait(10) == 0
    server.kill()


def test_a_reel_goes_on_for_ever_with_times_that_rise(films):
    path = films[SMALL[3].name]  # a minute at 5 pictures a second
    server = RtspServer({"a": Reel(str(path), start=14)})  # the last of fifteen GOPs
    server.start()
    times = []
    try:
        with av.open(server.uri("a"), options={"rtsp_transport": "tcp"}, timeout=20) as stream:
            for packet in stream.demux(video=0):
                if packet.pts is not None:
                    times.append(float(packet.pts * packet.time_base))
                if times and times[-1] - times[0] > 9:
                    break
    finally:
        server.kill()
    assert {round(b - a, 2) for a, b in pairwise(times)} == {0.2}
