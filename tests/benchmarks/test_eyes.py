"""What a look costs is put together from its steps."""

import numpy as np
import pytest

from benchmarks.eyes import HEIGHTS, Eye, measure_eye, network, report
from benchmarks.feeds.plan import Film
from models.detector import OnnxDetector
from models.letterbox import Letterbox
from models.session import open_session
from tests.models import tiny_onnx
from tests.models.conftest import make_card  # noqa: F401 - a fixture
from tests.streams.video.footage import clip

EYE = Eye(1920, 1080, "h264", 4.0, False, 0, 12.0, 3.0, 0.2, 0.3, 0.3, 0.4)


def test_key_pictures_alone_or_every_picture():
    assert EYE.look_ms(2.0) == pytest.approx(13.2)
    assert EYE.look_ms(5.0) == pytest.approx(13.2)
    assert EYE.look_ms(10.0) == pytest.approx(3.0 * 125 + 1.2)


def test_a_film_is_measured(tmp_path, make_card):  # noqa: F811
    path = clip(tmp_path / "film.mp4", seconds=3.0)
    eye = measure_eye(Film(0), path, Letterbox(make_card()))
    assert min(eye.key_ms, eye.each_ms, eye.fit_ms, eye.gate_ms, eye.share_ms) > 0
    assert report([eye], [])["films"][0]["codec"] == "h264"


def test_bands_need_fewer_inputs(make_card, tmp_path):  # noqa: F811
    card, squares = make_card(), tiny_onnx.write(tmp_path / "squares.onnx", (128, 96))
    detector = OnnxDetector(card, open_session(squares, card, "onnxruntime", 1, max_batch=8))
    figures = network(detector, np.zeros((192, 256, 3), np.uint8), rounds=1)
    assert [figure["height"] for figure in figures] == list(HEIGHTS)
    assert figures[0]["inputs"] == 1.0
    assert figures[-1]["inputs"] <= 0.5
