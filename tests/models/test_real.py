"""The shipped cards on a real street: fetched as a user would, run, and checked by eye once.

The picture is a frame of a clip (Apache-2.0) that comes with OpenCV's source archive; nothing of
it is kept in this repository. What cannot be fetched is skipped, and the reason shown.
"""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest

from models.agreement import agreement
from models.card import list_cards, load_card
from models.detector import OnnxDetector, open_detector
from models.download import FetchError
from models.fetch import cache_dir, fetch_source
from models.letterbox import Placement
from models.second_look import Maps
from models.second_look_features import open_features
from models.second_look_head import BLOCKS, MADE, Head
from models.session import precisions
from models.tune import LEAST_SHARE, MOST_DIFFERENCE
from models.vocabulary import Vocabulary
from vision.boxes import as_boxes, iou
from vision.detections import Detections
from vision.frame import Image

pytestmark = pytest.mark.slow

CLIP = "pypi:opencv-python==4.10.0.84:opencv/samples/data/vtest.avi"
CLIP_SHA256 = "45cddc9490be69345cbdab64ca583be65987e864ca408038e648db99e10516cf"

VAN = (652, 44, 722, 99)
WALKERS = ((667, 257, 716, 370), (505, 215, 542, 305), (553, 215, 588, 302))
VEHICLES = frozenset({"car", "truck", "bus"})

CARDS = ("yolo11n", "yolo11n-wide", "picodet", "yolox_nano", "yolov8n")


@pytest.fixture(scope="module")
def street() -> Image:
    """The frame 5 s into the clip, 768 x 576."""
    try:
        clip = fetch_source(CLIP, CLIP_SHA256, cache_dir() / "vtest.avi")
    except FetchError as error:
        pytest.skip(f"the clip cannot be fetched: {error}")
    video = cv2.VideoCapture(str(clip))
    video.set(cv2.CAP_PROP_POS_FRAMES, 50)
    _, frame = video.read()
    return np.asarray(frame, dtype=np.uint8)


@pytest.fixture(autouse=True)
def weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a developer keeps files that no package carries."""
    near = Path(__file__).parents[3] / "shared" / "data" / "weights"
    if "SKYEYE_WEIGHTS" not in os.environ and near.is_dir():
        monkeypatch.setenv("SKYEYE_WEIGHTS", str(near))


def opened(
    name: str, backend: str = "auto", max_batch: int = 2, precision: str = "auto"
) -> OnnxDetector:
    """A detector of a shipped card, or a visible skip where its file is not to be had."""
    try:
        return open_detector(name, backend, 2, max_batch, precision=precision)
    except FetchError as error:
        pytest.skip(str(error))


def sure(found: Detections, detector: OnnxDetector) -> Detections:
    return found[found.score >= detector.card.score_threshold]


@pytest.mark.parametrize("name", CARDS)
def test_the_van_and_the_walkers_are_found(name: str, street: Image) -> None:
    detector = opened(name)
    found = sure(detector.detect([street])[0], detector)
    vehicles, people = found.named(VEHICLES), found.named(frozenset({"person"}))
    assert iou(as_boxes(VAN), vehicles.xyxy).max() > 0.7
    assert (iou(as_boxes(WALKERS), people.xyxy).max(axis=1) > 0.7).all()
    assert len(found) < 25


@pytest.mark.parametrize("name", ["yolo11n", "yolov8n", "yolox_nano"])
def test_backends_see_the_same(name: str, street: Image) -> None:
    detectors = [opened(name, backend, 2, "f32") for backend in ("openvino", "onnxruntime")]
    on_openvino, on_onnxruntime = (sure(d.detect([street])[0], d) for d in detectors)
    assert on_openvino.class_id.tolist() == on_onnxruntime.class_id.tolist()
    assert on_openvino.xyxy == pytest.approx(on_onnxruntime.xyxy, abs=0.5)
    assert on_openvino.score == pytest.approx(on_onnxruntime.score, abs=0.005)


@pytest.mark.parametrize("name", [card.name for card in list_cards() if card.bf16])
def test_a_card_that_allows_bfloat16_sees_the_same_in_it(name: str, street: Image) -> None:
    if "bf16" not in precisions("openvino"):
        pytest.skip("this processor has no bfloat16")
    plain, quick = (opened(name, "openvino", 2, precision) for precision in ("f32", "bf16"))
    images = [street, cv2.flip(street, 1)]
    threshold = plain.card.score_threshold
    same = agreement(plain.detect(images), quick.detect(images), threshold)
    assert same.of > 10
    assert same.share >= LEAST_SHARE
    assert same.score_difference <= MOST_DIFFERENCE


@pytest.mark.parametrize("name", ["yolo11n", "picodet", "yolov8n"])
def test_a_batch_sees_what_its_pictures_show_one_by_one(name: str, street: Image) -> None:
    detector = opened(name)
    images = [street, cv2.flip(street, 1), street[100:500, 200:700]]
    for together, image in zip(detector.detect(images), images, strict=True):
        (alone,) = detector.detect([image])
        assert together.class_id.tolist() == alone.class_id.tolist()
        assert together.xyxy == pytest.approx(alone.xyxy, abs=0.05)
        assert together.score == pytest.approx(alone.score, abs=1e-3)


def chart() -> Image:
    """A picture without chance: two slopes, and a square on them."""
    y, x = np.mgrid[:288, :288]
    image = np.stack([x, y, 255 - x], axis=-1).astype(np.uint8)
    image[60:150, 80:190] = (30, 60, 200)
    return image


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_features_are_those_of_the_makers(backend: str) -> None:
    try:
        features = open_features(load_card("efficientnet-lite2"), backend, 2)
    except FetchError as error:
        pytest.skip(str(error))
    maps = Maps(*(np.zeros((c, s, s), np.float32) for c, s in ((128, 80), (256, 40), (512, 20))))
    whole = as_boxes([0, 0, 288, 288])
    row = features.of(chart(), whole, maps, Placement((288, 288), (640, 640), 0, 0))[0]
    # efficientnet_lite_pytorch 0.1.0 with PyTorch 2.13.0: the six largest of 1280, and the sum.
    assert np.argsort(-row[:1280])[:6].tolist() == [966, 302, 1100, 833, 1145, 1005]
    assert row[[966, 302, 1100, 833, 1145, 1005]] == pytest.approx(
        [5.3181, 4.6425, 3.9561, 3.3870, 3.2385, 3.1158], abs=1e-3
    )
    assert row[:1280].sum() == pytest.approx(127.317, abs=0.05)
    assert row[1280:2560] == pytest.approx(row[:1280], abs=1e-4)


def test_the_second_look_sees_the_same_on_both_backends(street: Image, tmp_path: Path) -> None:
    """Vectors and a head drawn by lot, so that every feature has a say."""
    names, rng = load_card("street").names, np.random.default_rng(5)
    rows = rng.normal(0, 0.02, (len(names), sum(BLOCKS.values()))).astype(np.float32)
    rows[:, MADE:] *= 0.1  # an embedding is some ten times as large as other features
    vectors = rng.normal(0, 0.1, (len(names), 512)).astype(np.float32)
    nothing = np.zeros(len(names), np.float32)
    Vocabulary(names, vectors, nothing, np.arange(len(names))).save(tmp_path / "words.npz")
    Head(names, rows, nothing).save(tmp_path / "head.npz")
    path = card_of_ones_own(tmp_path)
    try:
        first, second = (
            open_detector(path, backend, 2, 1, lowest_score=0.001).detect([street])[0]
            for backend in ("openvino", "onnxruntime")
        )
    except FetchError as error:
        pytest.skip(str(error))
    assert 5 <= len(first) <= len(names) ** 2 * 3  # three boxes of each class, scored for each
    assert first.class_id.tolist() == second.class_id.tolist()
    assert first.xyxy == pytest.approx(second.xyxy, abs=0.5)
    assert first.score == pytest.approx(second.score, abs=0.01)


def card_of_ones_own(folder: Path) -> str:
    """The street card with the words and the head of `folder`."""
    own = {
        "vocabulary": '"words.npz"',
        "second_look": '"head.npz"',
        "features": '"efficientnet-lite2"',
        "proposals": "3",
        "proposal_threshold": "0.00001",
    }
    home = load_card("street").home
    for name in ("street", "efficientnet-lite2"):
        text = (home / f"{name}.toml").read_text("utf-8").replace("../", f"{home.parent}/")
        kept = [line for line in text.splitlines() if line.split(" ")[0] not in own]
        added = [f"{key} = {value}" for key, value in own.items()] if name == "street" else []
        (folder / f"{name}.toml").write_text("\n".join([*added, *kept]), "utf-8")
    return str(folder / "street.toml")
