"""Break text into lines as Chinese is set: anywhere between ideographs, never before a comma."""

import re
from collections.abc import Callable, Iterator

NOT_FIRST = set("，。、；：？！）》」』】〕”’…,.;:?!)]}%")
NOT_LAST = set("（《「『【〔“‘([{")
_WORD = re.compile(r"[0-9A-Za-z_./:@#&=+\-]+|\s+|.", re.DOTALL)


def lines_of(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The lines of a text in a column of a width; `measure` tells how wide a text is.

    A word that is wider than the column is broken where it is full. There is one line at least.
    """
    return [line for part in text.split("\n") for line in _broken(part, width, measure)] or [""]


def _broken(text: str, width: float, measure: Callable[[str], float]) -> Iterator[str]:
    line = ""
    for piece in _pieces(text):
        if measure(line + piece.rstrip()) <= width:
            line += piece
            continue
        if line.strip():
            yield line.rstrip()
        line = piece.lstrip()
        while measure(line) > width and len(line) > 1:
            fits = _longest(line, width, measure)
            yield line[:fits]
            line = line[fits:]
    yield line.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """What is not broken: a word, or a sign with what must not be parted from it."""
    held = ""
    for word in _WORD.findall(text):
        if held and word[0] not in NOT_FIRST and held[-1] not in NOT_LAST:
            yield held
            held = ""
        held += word
    if held:
        yield held


def _longest(text: str, width: float, measure: Callable[[str], float]) -> int:
    """How many signs fit into a line, one at least."""
    low, high = 1, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= width else (low, middle - 1)
    return low
