"""Class names of a data set against those of a model: the same thing goes by many names."""

from collections.abc import Sequence

ALIASES = {
    "aeroplane": "airplane",
    "plane": "airplane",
    "bike": "bicycle",
    "cycle": "bicycle",
    "cellphone": "cell phone",
    "mobilephone": "cell phone",
    "human": "person",
    "pedestrian": "person",
    "people": "person",
    "lorry": "truck",
    "motorbike": "motorcycle",
    "sofa": "couch",
    "television": "tv",
    "tvmonitor": "tv",
}
"""Other words for COCO's; left: small letters and digits only."""


def canonical(name: str) -> str:
    """One spelling for all of a class: case, spaces, dashes, plain aliases do not matter."""
    key = _plain(name)
    return _plain(ALIASES.get(key, key))


def match_names(data: Sequence[str], model: Sequence[str]) -> tuple[int | None, ...]:
    """For each class of the data, the model's class that means it; None where it has none.

    An exact name wins over an alias, so that a model which tells `bike` from `bicycle` keeps
    them apart.
    """
    exact = {_plain(name): i for i, name in reversed(list(enumerate(model)))}
    alias = {canonical(name): i for i, name in reversed(list(enumerate(model)))}
    return tuple(exact.get(_plain(name), alias.get(canonical(name))) for name in data)


def _plain(name: str) -> str:
    return "".join(c for c in name.casefold() if c.isalnum())
