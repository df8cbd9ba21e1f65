"""What a look costs is put together from its steps."""

import pytest

from benchmarks.eyes import Eye, gating, measure_eye, report
from benchmarks.feeds.plan import Film
from tests.models.conftest import make_card  # noqa: F401 - a fixture
from tests.streams.video.footage import clip

EYE = Eye(1920, 1080, "h264", 4.0, False, 0, 12.0, 3.0, 0.2, 0.3, 0.3, 0.4)


def test_key_pictures_alone_or_every_picture():
    assert EYE.look_ms(2.0) == pytest.approx(13.2)
    assert EYE.look_ms(5.0) == pytest.approx(13.2)
    assert EYE.look_ms(10.0) == pytest.approx(3.0 * 125 + 1.2)


def test_a_film_is_measured(tmp_path, make_card):  # noqa: F811
    path = clip(tmp_path / "film.mp4", seconds=3.0)
    eye = measure_eye(Film(0), path, make_card())
    assert min(eye.key_ms, eye.each_ms, eye.fit_ms, eye.gate_ms, eye.share_ms) > 0
    assert report([eye], [])["films"][0]["codec"] == "h264"
    sub = measure_eye(Film(0), path, make_card(), main_wh=(640, 480))
    assert sub.enlarge_ms > eye.enlarge_ms == 0


def test_a_still_film_is_spared_the_network(tmp_path):
    path = clip(tmp_path / "film.mp4", seconds=60.0, rate=1, gop=4)
    (whole, *_, narrow) = gating([(path, "film")])
    assert whole["height"] == 1.0
    assert 0 <= whole["spared"] <= narrow["spared"] < 1
