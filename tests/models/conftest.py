"""Cards and networks that the tests of this room share."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from models.card import ModelCard
from tests.models import tiny_onnx

MakeCard = Callable[..., ModelCard]


@pytest.fixture
def make_card() -> MakeCard:
    """A valid card of the square finder, with any field changed."""
    plain = ModelCard(
        name="squares",
        title="Squares of colour",
        family="yolov8",
        input_wh=(128, 96),
        names=tiny_onnx.NAMES,
        sources=("file:squares.onnx",),
        sha256="0" * 64,
        licence="Apache-2.0",
    )
    return lambda **changes: dataclasses.replace(plain, **changes)


@pytest.fixture
def squares(tmp_path: Path) -> Path:
    """The square finder, with a free batch."""
    return tiny_onnx.write(tmp_path / "squares.onnx", (128, 96))
