"""Two peers on two live feeds, end to end, where their environment is there already."""

from dataclasses import replace

import pytest

from benchmarks.feeds import rtsp_server
from benchmarks.feeds.films import make_films
from benchmarks.peers import environment, figures
from benchmarks.peers.program import PeerError
from benchmarks.peers.roster import PEERS, Entry
from benchmarks.peers.run import Setup, ffmpeg, standing
from benchmarks.peers.trial import Timing, trial
from models.card import load_card
from models.fetch import FetchError, fetch

pytestmark = pytest.mark.slow
INTERVAL_S, SECONDS = 2.0, 10.0


@pytest.fixture(scope="module")
def setup():
    if reason := rtsp_server.missing():
        pytest.skip(f"needs GStreamer's RTSP server: {reason}")
    if not environment.is_ready():
        pytest.skip("needs the peers' environment: run `skyeye bench peers` once")
    card = load_card("yolo11n-wide")
    try:
        network = fetch(card)
    except FetchError as error:
        pytest.skip(f"the detector cannot be fetched: {error}")
    return Setup(card, network, environment.python(), INTERVAL_S, 1, Timing(1.0, SECONDS))


@pytest.fixture(scope="module")
def feeds():
    return tuple(
        replace(feed, film=replace(feed.film, size_wh=(640, 360), mbit=0.5, gop_s=1.0))
        for feed in standing(2)
    )


@pytest.fixture(scope="module")
def films(feeds, tmp_path_factory):
    shown = [feed.film for feed in feeds]
    paths = make_films(shown, tmp_path_factory.mktemp("films"), 2, lambda *_: None)
    return {film.name: path for film, path in zip(shown, paths, strict=True)}


@pytest.mark.parametrize("entry", [e for e in PEERS if e.key != "ultralytics"], ids=lambda e: e.key)
def test_a_peer_looks_at_both_feeds_and_sees_what_stands_there(entry, setup, feeds, films):
    if entry.needs_ffmpeg and not ffmpeg():
        pytest.skip("needs ffmpeg")
    done = trial(feeds, films, setup.program(entry), setup.timing, lambda *_: None)
    told = figures.cost(done) | figures.looked(done, feeds, INTERVAL_S)
    assert told["feeds_looked_at"] == 1.0
    assert told["share"] >= 0.8
    assert told["interval_s"]["p50"] == pytest.approx(INTERVAL_S, abs=1.0)
    assert told["planted_seen"] >= 0.9
    assert 0 < told["cpu_cores"] < 2
    assert told["processes"] == (3 if entry.needs_ffmpeg else 1)
    assert "opencv-python-headless" in told["versions"]


def test_a_program_that_ends_says_why(setup, feeds, films):
    broken = replace(setup, network=setup.network.with_name("none.onnx"))
    entry = Entry("opencv", "", "opencv_supervision")
    with pytest.raises(PeerError, match=r"none\.onnx"):
        trial(feeds, films, broken.program(entry), setup.timing, lambda *_: None)
