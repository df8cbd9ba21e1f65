"""How long evidence is kept: days by the state of a case, and never less than the law asks for."""

from pathlib import Path

from pydantic import BaseModel, Field, field_validator

from api.toml_files import Part, read_file
from api.workflow.words import State

NAME = "retention.toml"
SHIPPED = Path(__file__).with_name(NAME)
LEAST_DAYS = 30.0
DAY_S = 86_400.0
ENDED = (State.REJECTED, State.MERGED, State.VOIDED, State.CLOSED)
"""Only of these the evidence may ever go: the others are at work."""


class Retention(Part):
    """Days that evidence is kept after the last thing was done to a case, by state.

    A state that is not named is kept for ever; `daily`: the server purges by itself.
    """

    days: dict[State, float] = Field(default_factory=dict)
    daily: bool = True

    @field_validator("days")
    @classmethod
    def _is_lawful(cls, days: dict[State, float]) -> dict[State, float]:
        for state, value in days.items():
            if state not in ENDED:
                raise ValueError(
                    f"a case that is {state} is still at work, and its evidence is kept until it "
                    f"has ended; only {', '.join(ENDED)} can have a number of days"
                )
            if not LEAST_DAYS <= value < 36_525:
                raise ValueError(
                    f"{state} = {value:g}: video pictures of public places are kept for at least "
                    f"{LEAST_DAYS:g} days (regulation on public-security video systems, in force "
                    "since 2025-04-01); give 30 to 36524"
                )
        return days


class Rule(BaseModel):
    """By which rule evidence goes: its case was left in `state` for `days` after `since_s`."""

    state: State
    days: float
    since_s: float


def load_retention(data_dir: Path) -> Retention:
    """Read what a data folder says of it, else what is shipped; raises ValueError."""
    own = data_dir / NAME
    return read_file(own if own.is_file() else SHIPPED, Retention)


def due_rule(retention: Retention, state: State, since_s: float, now_s: float) -> Rule | None:
    """The rule by which evidence is to go now, None while it is kept.

    `since_s` is when the last thing was done to its case, UTC seconds.
    """
    days = retention.days.get(state)
    if days is None or now_s < since_s + days * DAY_S:
        return None
    return Rule(state=state, days=days, since_s=since_s)


def due_from_s(retention: Retention, state: State, since_s: float) -> float | None:
    """When evidence is to go if nothing more is done to its case; None: never."""
    days = retention.days.get(state)
    return None if days is None else since_s + days * DAY_S
