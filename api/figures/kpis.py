"""Key figures of the closed loop: pure functions over what is known of cases.

A figure is a set of cases divided by another one, by name, so that a city chooses its own; a case
counts in the numerator only if it is in the denominator, too.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from api.toml_files import Part, read_file
from api.workflow.words import State

SHIPPED = Path(__file__).with_name("kpis.toml")


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What the figures need of a case; times are UTC seconds, None where it did not happen.

    `filing_due_s`, `handling_due_s` and `closing_due_s` are None where no limit ran or it is
    paused; `returned` counts the returns after the handler had reported. `corrected_s` is when
    another look by its camera found it gone before anybody had handled it.
    """

    id: str
    state: State
    raised_s: float
    ended_s: float | None = None
    filed_s: float | None = None
    filing_due_s: float | None = None
    handling_due_s: float | None = None
    handled_s: float | None = None
    closing_due_s: float | None = None
    closed_s: float | None = None
    returned: int = 0
    kind: str = ""
    camera_id: str = ""
    reminded_s: float | None = None
    corrected_s: float | None = None


Holds = Callable[[CaseFacts, float], bool]


def _in_time(done_s: float | None, due_s: float | None) -> bool:
    return done_s is not None and due_s is not None and done_s <= due_s


def _is_due(case: CaseFacts, now_s: float) -> bool:
    """Handled, or to be handled by now: what is still within its limit is not held against it."""
    late = case.handling_due_s is not None and case.handling_due_s < now_s
    return case.state != State.VOIDED and (case.handled_s is not None or late)


def _self_corrected(case: CaseFacts, _now_s: float) -> bool:
    """Gone by itself: it ended, or another look found it gone, before anybody had handled it."""
    ended_s = case.ended_s if case.corrected_s is None else case.corrected_s
    return ended_s is not None and (case.handled_s is None or ended_s < case.handled_s)


SETS: Mapping[str, Holds] = {
    "reported": lambda _case, _now_s: True,
    "judged": lambda case, _now_s: case.filed_s is not None or case.state == State.REJECTED,
    "effective": lambda case, _now_s: case.state not in (State.REJECTED, State.VOIDED),
    "filed": lambda case, _now_s: case.filed_s is not None,
    "filed_in_time": lambda case, _now_s: _in_time(case.filed_s, case.filing_due_s),
    "due": _is_due,
    "handled": lambda case, _now_s: case.handled_s is not None,
    "handled_in_time": lambda case, _now_s: _in_time(case.handled_s, case.handling_due_s),
    "closed": lambda case, _now_s: case.state == State.CLOSED,
    "closed_in_time": lambda case, _now_s: (
        case.state == State.CLOSED
        and _in_time(case.handled_s, case.handling_due_s)
        and _in_time(case.closed_s, case.closing_due_s)
    ),
    "reworked": lambda case, _now_s: case.returned > 0,
    "self_corrected": _self_corrected,
    "reminded": lambda case, _now_s: case.reminded_s is not None and case.state != State.VOIDED,
    "corrected": lambda case, _now_s: case.corrected_s is not None,
}


class Kpi(Part):
    """A figure: the names of two of the `SETS`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    zh: str
    en: str
    numerator: str
    denominator: str

    @model_validator(mode="after")
    def _known(self) -> "Kpi":
        if strangers := {self.numerator, self.denominator} - set(SETS):
            raise ValueError(f"there is no set {min(strangers)!r}; there are {', '.join(SETS)}")
        return self


class KpiFile(Part):
    """The figures of an installation, in their order."""

    kpis: list[Kpi]

    @model_validator(mode="after")
    def _each_once(self) -> "KpiFile":
        names = [kpi.name for kpi in self.kpis]
        if len(set(names)) < len(names):
            raise ValueError("two figures have the same name")
        return self


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure's cases, by id; its rate is None where there is nothing to divide by."""

    numerator: tuple[str, ...]
    denominator: tuple[str, ...]

    @property
    def rate(self) -> float | None:
        """Numerator by denominator, 0 to 1."""
        return len(self.numerator) / len(self.denominator) if self.denominator else None


def measure(kpi: Kpi, cases: Iterable[CaseFacts], now_s: float) -> Figure:
    """Work out a figure as it is at a time."""
    below = [case for case in cases if SETS[kpi.denominator](case, now_s)]
    above = [case for case in below if SETS[kpi.numerator](case, now_s)]
    return Figure(tuple(case.id for case in above), tuple(case.id for case in below))


def measure_by(
    kpi: Kpi, cases: Iterable[CaseFacts], now_s: float, by: Literal["kind", "camera_id"]
) -> dict[str, Figure]:
    """Work out a figure for each kind or camera, in the order of their names."""
    groups: dict[str, list[CaseFacts]] = {}
    for case in cases:
        groups.setdefault(getattr(case, by), []).append(case)
    return {name: measure(kpi, groups[name], now_s) for name in sorted(groups)}


def load_kpis(own: Path | None = None) -> list[Kpi]:
    """Read the shipped figures, or those of a file that is there; raises ValueError."""
    return read_file(own if own and own.is_file() else SHIPPED, KpiFile).kpis
