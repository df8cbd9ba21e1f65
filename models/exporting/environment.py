"""A throw-away environment with PyTorch, to export a graph in."""

import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from models.card import CardError, ModelCard
from models.download import FetchError, Progress
from models.families import Family
from models.fetch import fetch_source

TORCH = ("torch==2.13.0", "onnx==1.22.0", "numpy")


@dataclass(frozen=True, slots=True)
class Recipe:
    """How networks of one family are exported.

    `script` lies beside this file and runs with `pins` installed; `alone` is installed without
    its dependencies.
    """

    script: str
    pins: tuple[str, ...]
    alone: str


RECIPES: dict[Family, Recipe] = {
    "yolo_world": Recipe(
        "open_vocabulary.py",
        (
            *TORCH,
            "torchvision==0.28.0",
            "opencv-python-headless",
            "pillow",
            "polars",
            "psutil",
            "pyyaml",
            "requests",
            "scipy",
            "matplotlib",
            "ultralytics-thop",
        ),
        alone="ultralytics==8.4.190",  # it asks for the OpenCV that needs a screen's libraries
    ),
    "features": Recipe("features.py", TORCH, alone="efficientnet-lite-pytorch==0.1.0"),
}


class ExportError(OSError):
    """The graph could not be exported; the message ends with what the environment said."""


def export(card: ModelCard, folder: Path, say: Callable[[str], None], progress: Progress) -> Path:
    """Write a card's graph and layout to `folder`, from its makers' checkpoint; returns the graph.

    Downloads some 400 MB and needs a few minutes. The checkpoint is loaded as its makers load it,
    so only the one with the hash on the card is. Raises CardError, FetchError, ExportError.
    """
    packed = next((c for c in card.companions if c.layout), None)
    recipe = RECIPES.get(card.family)
    if packed is None or recipe is None:
        raise CardError(f"model {card.name!r} is not made from a checkpoint: nothing to export")
    stem = Path(card.file).stem
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="skyeye-export-") as place:
        checkpoint = Path(place) / "checkpoint.pt"
        say(f"fetching the checkpoint of {card.name}")
        _checkpoint(card, packed.sources, packed.checkpoint_sha256, checkpoint, progress)
        say("making an environment with PyTorch")
        venv.create(Path(place) / "venv", with_pip=True)
        python = Path(place) / "venv" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
        _run(python, "-m", "pip", "install", "--quiet", *recipe.pins)
        _run(python, "-m", "pip", "install", "--quiet", "--no-deps", recipe.alone)
        say("exporting")
        _run(
            python, str(Path(__file__).with_name(recipe.script)), str(checkpoint), str(folder), stem
        )
    return folder / f"{stem}.onnx"


def _checkpoint(
    card: ModelCard, sources: tuple[str, ...], sha256: str, target: Path, progress: Progress
) -> None:
    failures = []
    for source in sources:
        try:
            fetch_source(source, sha256, target, progress, home=card.home)
        except FetchError as error:
            failures.append(f"{source}: {error}")
        else:
            return
    raise FetchError(f"cannot fetch the checkpoint of {card.name!r}: {'; '.join(failures)}")


def _run(*command: str | Path) -> None:
    done = subprocess.run(  # noqa: S603 - our own script, in an environment of our own making
        [str(part) for part in command], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ExportError(f"{Path(command[0]).name} {command[1]} failed: {done.stderr[-600:]}")
