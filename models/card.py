"""Model cards: what a network is, where its file comes from and how to talk to it."""

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from hashlib import sha256 as new_sha256
from pathlib import Path
from typing import Any, get_args

import numpy as np

from models.families import DetectorFamily, Family, Fit
from models.inputs import Constants
from models.second_look_head import Head, HeadError
from models.vocabulary import Vocabulary, VocabularyError

CARDS = Path(__file__).with_name("cards")
DEFAULT = "yolo11n"

_SHA256 = re.compile(r"[0-9a-f]{64}")
_SCHEMES = ("https://", "http://", "pypi:", "npm:", "file:")


class CardError(ValueError):
    """A model card that cannot be used; the message names the card and the key."""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of a model: its name, where it comes from, its hash.

    With a `layout` (a file beside the card) the sources give a PyTorch checkpoint with the hash
    `checkpoint_sha256`, and the file is packed from its tensors: see `models.assemble`.
    """

    name: str
    sources: tuple[str, ...]
    sha256: str
    layout: str = ""
    checkpoint_sha256: str = ""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """One network.

    The network's input is (n, 3, h, w) float32 with `input_wh` = (w, h): a picture is fitted as
    `fit` says, padded with `pad_value` (0 to 255), put in `colour` order, then
    `(pixel * scale - mean) / std` per channel. `family` names how its outputs are read.
    `score_threshold` is what counts as found; lower scores are still reported (see detector).
    `bf16` tells that bfloat16 was measured to do no harm, so that it is what is taken where the
    processor has it: of several sets of pictures, 99 % found again, with scores .01 apart at most.
    `file` is the name of the main file, `sha256` its hash; `sources` are tried in order and
    relative `file:` sources start at `home`. `vocabulary`
    names the file beside the card that holds the vectors of an open-vocabulary network; `columns`
    are the outputs of `names` where a network has more outputs than the names that are of use.
    `second_look` names the file beside the card that holds the head of a second look (none when
    empty), `features` the card beside it whose network gives the features; of each class the best
    `proposals` boxes that score `proposal_threshold` get one.
    `measured` holds its figures: `published_*` by its makers, others by `skyeye bench` (`voc100`:
    100 pictures of Pascal VOC, mean of 20 classes).
    Raises CardError for values that make no sense.
    """

    name: str
    title: str
    family: Family
    input_wh: tuple[int, int]
    names: tuple[str, ...]
    sources: tuple[str, ...]
    sha256: str
    licence: str
    file: str = "model.onnx"
    companions: tuple[ModelFile, ...] = ()
    colour: str = "rgb"
    scale: float = 1 / 255
    mean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    std: tuple[float, float, float] = (1.0, 1.0, 1.0)
    pad_value: int = 114
    fit: Fit = "centre"
    score_threshold: float = 0.25
    iou_threshold: float = 0.6
    bf16: bool = False
    vocabulary: str = ""
    columns: tuple[int, ...] = ()
    second_look: str = ""
    features: str = ""
    proposals: int = 6
    proposal_threshold: float = 0.05
    note: str = ""
    measured: dict[str, Any] = field(default_factory=dict)
    home: Path = CARDS

    def __post_init__(self) -> None:
        for sha256 in (self.sha256, *(c.sha256 for c in self.companions)):
            _need(
                _SHA256.fullmatch(str(sha256)) is not None,
                f"sha256 {sha256!r} is not a known hash; a file without one is refused: put the "
                "64 hex digits that `sha256sum FILE` prints there",
            )
        packed = [c for c in self.companions if c.layout or c.checkpoint_sha256]
        for file in packed:
            _need(
                bool(file.layout) and _SHA256.fullmatch(file.checkpoint_sha256) is not None,
                f"companion {file.name!r} needs both layout and checkpoint_sha256",
            )
        for name in (self.file, *(c.name for c in self.companions)):
            _need(Path(name).name == name, f"file name {name!r} must be a name without folders")
        one_of = {"family": get_args(Family), "fit": get_args(Fit), "colour": ("rgb", "bgr")}
        for key, allowed in one_of.items():
            value = getattr(self, key)
            _need(value in allowed, f"{key} is {value!r}; it must be one of {', '.join(allowed)}")
        _need(len(self.input_wh) == 2 and min(self.input_wh) > 0, "input_wh needs width and height")
        _need(len(self.mean) == len(self.std) == 3, "mean and std need three values each")
        _need(all(self.std), "std must not be zero")
        _need(len(set(self.names)) == len(self.names) > 0, "names must be given, each one once")
        _need(
            len(self.columns) == (len(self.names) if self.family == "plate_signs" else 0),
            "columns must be given for every name by family plate_signs, and by no other",
        )
        _need(
            bool(self.second_look) == bool(self.features)
            and (self.family == "yolo_world" or not self.features),
            "second_look and features go together, and with family yolo_world only",
        )
        _need(self.proposals > 0, "proposals must be 1 or more")
        for key in ("score_threshold", "iou_threshold", "proposal_threshold"):
            _need(0 < getattr(self, key) < 1, f"{key} must be between 0 and 1")
        _need(0 <= self.pad_value <= 255, "pad_value must be 0 to 255")
        for source in (*self.sources, *(s for c in self.companions for s in c.sources)):
            _need(
                source.startswith(_SCHEMES),
                f"source {source!r} must start with one of {', '.join(_SCHEMES)}",
            )

    @property
    def words(self) -> Vocabulary | None:
        """The vocabulary of an open-vocabulary network, None for others."""
        return _vocabulary(self.home / self.vocabulary) if self.vocabulary else None

    @property
    def head(self) -> Head | None:
        """What decides in the second look, None where there is none."""
        return _head(self.home / self.second_look) if self.second_look else None

    @property
    def given(self) -> Constants | None:
        """What the network is fed besides pictures: the vocabulary, and the head's vectors."""
        words, head = self.words, self.head
        if words is None or head is None:
            return words.inputs if words else None
        nothing = np.zeros(len(head.vectors), np.float32)
        return {
            "vectors": np.vstack([words.vectors, head.vectors]),
            "bias": np.concatenate([words.bias, nothing]),
        }

    @property
    def features_card(self) -> "ModelCard | None":
        """The card of the network that gives a second look its features; raises CardError."""
        return _beside(self.home / f"{self.features}.toml") if self.features else None

    @property
    def identity(self) -> str:
        """What tells this network from every other: the hashes of all that has a say in it."""
        parts = (self, self.words, self.head, self.features_card)
        hashes = [part.sha256 for part in parts if part is not None]
        return new_sha256("/".join(hashes).encode()).hexdigest() if hashes[1:] else self.sha256


@cache
def _vocabulary(path: Path) -> Vocabulary:
    return Vocabulary.load(path)


@cache
def _beside(path: Path) -> ModelCard:
    return load_card(path)


@cache
def _head(path: Path) -> Head:
    return Head.load(path)


def load_card(name_or_path: str | Path) -> ModelCard:
    """Read a shipped card by name, or any card by the path of its TOML file.

    Raises CardError for an unknown name, a file that is no card, or values that make no sense.
    """
    text = str(name_or_path)
    if not text.endswith(".toml"):
        path = CARDS / f"{text}.toml"
        if Path(text).name != text or not path.is_file():
            known = ", ".join(sorted(p.stem for p in CARDS.glob("*.toml")))
            raise CardError(
                f"no model card is called {text!r}; the cards are {known}, "
                "or give the path of a card file that ends in .toml"
            )
    else:
        path = Path(text).expanduser()
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        return _card(table, path)
    except OSError as error:
        raise CardError(f"cannot read model card {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, CardError) as error:
        raise CardError(f"model card {path}: {error}") from error


def load_detector_card(name_or_path: str | Path) -> ModelCard:
    """Read the card of a network that finds objects; raises CardError for any other."""
    card = load_card(name_or_path)
    _need(
        card.family != "features",
        f"model card {card.name!r} gives features of pictures and finds no objects; take another "
        "card here",
    )
    _need(
        card.family in get_args(DetectorFamily),
        f"model card {card.name!r} reads number plates and finds no objects; take another card "
        "here, and try this one with `skyeye models plate`",
    )
    return card


def list_cards() -> tuple[ModelCard, ...]:
    """Every shipped card, the default first, then by name."""
    cards = (load_card(path.stem) for path in CARDS.glob("*.toml"))
    return tuple(sorted(cards, key=lambda card: (card.name != DEFAULT, card.name)))


def _need(held: bool, otherwise: str) -> None:
    if not held:
        raise CardError(otherwise)


def _card(table: dict[str, Any], path: Path) -> ModelCard:
    """Build a card from its TOML table; lists become tuples, `names` may name a text file."""
    known = {f.name: f for f in fields(ModelCard) if f.name not in ("name", "home")}
    unknown = sorted(table.keys() - known.keys())
    _need(not unknown, f"unknown key {', '.join(unknown)}; the keys are {', '.join(known)}")
    missing = [
        key
        for key, f in known.items()
        if f.default is MISSING and f.default_factory is MISSING and key not in table
    ]
    _need(not missing, f"missing key {', '.join(missing)}")
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    if isinstance(values["names"], str):
        values["names"] = tuple((path.parent / values["names"]).read_text("utf-8").splitlines())
    try:
        values["companions"] = tuple(
            ModelFile(**(c | {"sources": tuple(c["sources"])}))
            for c in values.get("companions", ())
        )
        card = ModelCard(name=path.stem, home=path.parent, **values)
        _need(
            (card.family == "yolo_world") == bool(card.vocabulary),
            "family yolo_world needs a vocabulary, and no other family takes one",
        )
        _need(
            card.words is None or card.words.names == card.names,
            f"names must be those of the vocabulary {card.vocabulary}",
        )
        _need(
            card.head is None or set(card.head.names) <= set(card.names),
            f"the second look {card.second_look} scores classes that are not among the names",
        )
        _need(
            card.features_card is None or card.features_card.family == "features",
            f"features must name a card of family features, and {card.features!r} is none",
        )
        return card
    except (VocabularyError, HeadError) as error:
        raise CardError(str(error)) from error
    except KeyError as error:
        raise CardError(f"a companion needs {error}") from error
    except TypeError as error:
        raise CardError(f"a value has the wrong type: {error}") from error
