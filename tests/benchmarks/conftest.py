"""A network small enough for a test, as a card that the commands can open."""

from pathlib import Path

import pytest

from models.download import sha256_of
from tests.models import tiny_onnx


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A network that calls red squares car and blue ones bus."""
    monkeypatch.setenv("SKYEYE_CACHE", str(tmp_path / "cache"))
    network = tiny_onnx.write(tmp_path / "squares.onnx", (128, 96))
    path = tmp_path / "squares.toml"
    path.write_text(
        f"""
        title = "Squares"
        family = "yolov8"
        input_wh = [128, 96]
        names = ["car", "bus"]
        licence = "Apache-2.0"
        sha256 = "{sha256_of(network)}"
        sources = ["file:squares.onnx"]
        """
    )
    return path
