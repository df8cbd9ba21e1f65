"""Figures, tables and provenance as Markdown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

DASH = "–"
SHORT = 12
"""Digits of a hash that are shown."""


OTHER_PRECISIONS = ("bf16", "fp16", "int8")


@dataclass(frozen=True, slots=True)
class Result:
    """A kept result: its file's name without suffix, the whole record, and the measured part."""

    name: str
    record: dict[str, Any]
    value: dict[str, Any]

    @property
    def data(self) -> str:
        """What it was measured on, as the end of its name tells."""
        return self.name.removesuffix(f"-{self.precision}").rsplit("-", 1)[-1]

    @property
    def precision(self) -> str:
        """What the network computed in: f32, unless the very end of the name tells otherwise."""
        last = self.name.rsplit("-", 1)[-1]
        return last if last in OTHER_PRECISIONS else "f32"


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table, the first column to the left and the others to the right."""
    rule = "|".join(["---", *["---:"] * (len(headings) - 1)])
    lines = [f"| {' | '.join(_cell(c) for c in row)} |" for row in (headings, *rows)]
    return "\n".join([lines[0], f"|{rule}|", *lines[1:]]) + "\n"


def number(value: float | None, digits: int = 2) -> str:
    """A figure; a dash for none."""
    return DASH if value is None else f"{value:.{digits}f}"


def spread(low_high: Sequence[float] | None, digits: int = 2) -> str:
    """An interval in brackets, empty for none."""
    if low_high is None:
        return ""
    return f" ({number(low_high[0], digits)}–{number(low_high[1], digits)})"


def percent(value: float | None, digits: int = 1) -> str:
    """A share in percent; a dash for none."""
    return DASH if value is None else f"{100 * value:.{digits}f} %"


def sources(results: Iterable[Result]) -> str:
    """How each result was measured, so that it can be measured again."""
    rows = []
    for result in results:
        record, code = result.record, result.record.get("code") or {}
        commit = (code.get("commit") or DASH)[:SHORT] + (" + changes" if code.get("dirty") else "")
        model = record.get("model") or {}
        sha256 = "+".join(part[:SHORT] for part in (model.get("sha256") or "").split("+"))
        data = (record.get("data_sha256") or DASH)[:SHORT]
        day = record.get("at", DASH)[:10]
        told = " ".join(part for part in (model.get("name"), sha256) if part) or DASH
        rows.append((result.name, f"`{record.get('command', DASH)}`", day, commit, told, data))
    heads = ("result", "command", "day", "commit", "model, hash", "hash of the data")
    return table(heads, rows)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
