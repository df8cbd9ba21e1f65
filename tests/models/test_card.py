import dataclasses
import shutil
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from models.card import (
    CARDS,
    DEFAULT,
    CardError,
    ModelCard,
    list_cards,
    load_card,
    load_detector_card,
)
from models.families import DetectorFamily
from models.second_look_head import BLOCKS, Head

GOOD = f"""
title = "Two things"
family = "yolov8"
input_wh = [64, 64]
names = ["bench", "bin"]
licence = "Apache-2.0"
sha256 = "{"ab" * 32}"
sources = ["file:two.onnx"]
"""


FEATURES = 'features = "efficientnet-lite2"\n'

SECOND = ("second_look", "features", "proposal")
STREET = "".join(
    line
    for line in (CARDS / "street.toml").read_text("utf-8").splitlines(keepends=True)
    if not line.startswith(SECOND)
)
"""The card with its first look only."""


def written(folder: Path, text: str) -> Path:
    path = folder / "two.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_shipped_card_loads_and_the_default_comes_first() -> None:
    cards = list_cards()
    assert cards[0].name == DEFAULT
    assert {card.name for card in cards} >= {"yolo11n", "picodet", "yolox_nano", "yolov8n"}
    closed = [c for c in cards if c.words is None and c.family in get_args(DetectorFamily)]
    assert all(len(card.names) == 80 and card.names[2] == "car" for card in closed)


def test_the_street_card_knows_its_words_and_is_told_apart_by_them(tmp_path: Path) -> None:
    card = load_card("street")
    assert card.words is not None
    assert card.names == card.words.names
    assert card.identity != card.sha256
    for other in ("yolo11n", "picodet"):
        assert load_card(other).identity == load_card(other).sha256
    text = (CARDS / "street.toml").read_text("utf-8").replace('"smoke", ', "")
    text = text.replace("../vectors", f"{CARDS.parent}/vectors")
    with pytest.raises(CardError, match="names must be those of the vocabulary"):
        load_card(written(tmp_path, text))
    with pytest.raises(CardError, match="no other family takes one"):
        load_card(written(tmp_path, GOOD + 'vocabulary = "x.npz"\n'))


def test_a_second_look_is_part_of_a_cards_identity(tmp_path: Path) -> None:
    plain = load_card("street")
    shutil.copy(CARDS / "efficientnet-lite2.toml", tmp_path)
    text = STREET.replace("../", f"{CARDS.parent}/")
    bare = load_card(written(tmp_path, text))
    identities = {bare.identity}
    for bias in (0, 1):
        rows = np.zeros((1, sum(BLOCKS.values())), np.float32)
        Head(plain.names[:1], rows, np.full(1, bias, np.float32)).save(tmp_path / f"{bias}.npz")
        card = load_card(written(tmp_path, f'second_look = "{bias}.npz"\n{FEATURES}{text}'))
        assert card.features_card == load_card(tmp_path / "efficientnet-lite2.toml")
        identities.add(card.identity)
    assert len(identities) == 3


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ('second_look = "head.npz"\n', "go together"),
        (FEATURES, "go together"),
        (f'second_look = "gone.npz"\n{FEATURES}', r"cannot use the head .*gone\.npz"),
        (f'second_look = "dogs.npz"\n{FEATURES}', "scores classes that are not among"),
        ('second_look = "head.npz"\nfeatures = "gone"\n', r"cannot read model card .*gone\.toml"),
        ('second_look = "head.npz"\nfeatures = "two"\n', "'two' is none"),
        ("proposals = 0\n", "proposals must be"),
        ("proposal_threshold = 0\n", "proposal_threshold must be"),
    ],
)
def test_a_second_look_that_cannot_be_is_refused(tmp_path: Path, lines: str, message: str) -> None:
    shutil.copy(CARDS / "efficientnet-lite2.toml", tmp_path)
    written(tmp_path, GOOD)
    for name, seen in (("dogs", "dog"), ("head", "smoke")):
        rows = np.zeros((1, sum(BLOCKS.values())), np.float32)
        Head((seen,), rows, np.zeros(1, np.float32)).save(tmp_path / f"{name}.npz")
    path = tmp_path / "own.toml"
    path.write_text(lines + STREET.replace("../", f"{CARDS.parent}/"))
    with pytest.raises(CardError, match=message):
        load_card(path)


def test_a_network_that_finds_nothing_is_no_detector() -> None:
    with pytest.raises(CardError, match=r"'efficientnet-lite2' gives features .* another card"):
        load_detector_card("efficientnet-lite2")


def test_a_permissive_card_is_fetched_from_a_package() -> None:
    card = load_card("picodet")
    assert card.licence == "Apache-2.0"
    assert card.sources[0].startswith("pypi:")
    assert [c.name for c in card.companions] == ["model.pdmodel"]


@pytest.mark.parametrize("name", ["plate_corners", "plate_signs"])
def test_a_card_that_reads_plates_is_no_detector(name: str) -> None:
    assert load_card(name).licence == "Apache-2.0"
    with pytest.raises(CardError, match=rf"'{name}' reads number plates.*skyeye models plate"):
        load_detector_card(name)


def test_a_card_of_ones_own(tmp_path: Path) -> None:
    card = load_card(written(tmp_path, GOOD))
    assert (card.name, card.names, card.input_wh) == ("two", ("bench", "bin"), (64, 64))
    assert card.home == tmp_path


def test_names_may_be_a_file_beside_the_card(tmp_path: Path) -> None:
    (tmp_path / "kinds.txt").write_text("bench\n垃圾桶\n", encoding="utf-8")
    text = GOOD.replace('["bench", "bin"]', '"kinds.txt"')
    assert load_card(written(tmp_path, text)).names == ("bench", "垃圾桶")


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(CardError, match=r"'yolo99'.*yolo11n"):
        load_card("yolo99")


def test_a_name_is_never_a_way_out_of_the_folder() -> None:
    with pytest.raises(CardError, match="no model card"):
        load_card("../cards/yolo11n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(CardError, match=r"gone\.toml"):
        load_card(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('title = "Two things"\n', "", "missing key title"),
        ("title =", "titel = 'x'\ntitle =", "unknown key titel"),
        ("ab" * 32, "ab" * 31, "not a known hash"),
        ("ab" * 32, "", "not a known hash"),
        ("ab" * 32, "XY" * 32, "not a known hash"),
        ('"yolov8"', '"yolov2"', "family is 'yolov2'"),
        ("[64, 64]", "[64]", "input_wh"),
        ("[64, 64]", "[0, 64]", "input_wh"),
        ("[64, 64]", '["a", "b"]', "wrong type"),
        ('["bench", "bin"]', '["bin", "bin"]', "each one once"),
        ('["bench", "bin"]', "[]", "names must be given"),
        ('["bench", "bin"]', '"gone.txt"', "cannot read"),
        ('"file:two.onnx"', '"ftp://x/two.onnx"', "must start with"),
        ("title =", "score_threshold = 1.5\ntitle =", "score_threshold must be"),
        ("title =", "std = [1.0, 0.0, 1.0]\ntitle =", "std must not be zero"),
        ("title =", "mean = [1.0]\ntitle =", "three values"),
        ("title =", "pad_value = 300\ntitle =", "pad_value"),
        ("title =", 'colour = "grey"\ntitle =', "colour is 'grey'"),
        ("title =", 'file = "../two.onnx"\ntitle =', "without folders"),
        ("title =", 'companions = [{name = "w"}]\ntitle =', "companion needs"),
        ("title =", "columns = [1, 2]\ntitle =", "columns must be given"),
        ('"yolov8"', '"plate_signs"', "columns must be given"),
        ("title =", "title = [", "model card"),
    ],
)
def test_a_bad_card_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in GOOD
    with pytest.raises(CardError, match=message) as refused:
        load_card(written(tmp_path, GOOD.replace(old, new)))
    assert "\n" not in str(refused.value)
    assert "two.toml" in str(refused.value) or "gone.txt" in str(refused.value)


def test_cards_cannot_be_changed(make_card) -> None:
    card: ModelCard = make_card()
    with pytest.raises(dataclasses.FrozenInstanceError):
        card.sha256 = "1" * 64  # type: ignore[misc]  # that is the point
