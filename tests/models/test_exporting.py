"""The exporters themselves need PyTorch; what they are given does not."""

from pathlib import Path

import pytest

from models.card import CardError, list_cards, load_card
from models.exporting import environment


def test_every_card_made_from_a_checkpoint_has_its_exporter() -> None:
    made = [card for card in list_cards() if any(c.layout for c in card.companions)]
    assert {card.name for card in made} == {"street", "efficientnet-lite2"}
    for card in made:
        script = environment.RECIPES[card.family].script
        assert Path(environment.__file__).with_name(script).is_file()


def test_a_card_of_a_ready_file_has_nothing_to_export(tmp_path: Path) -> None:
    with pytest.raises(CardError, match="'yolo11n' is not made from a checkpoint"):
        environment.export(load_card("yolo11n"), tmp_path, print, lambda *_: None)
