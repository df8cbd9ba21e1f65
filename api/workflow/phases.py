"""Which limit runs in which state."""

from enum import StrEnum

from api.workflow.words import State


class Phase(StrEnum):
    """What is to be done within a limit."""

    FILING = "filing"
    DISPATCHING = "dispatching"
    HANDLING = "handling"
    CHECKING = "checking"


PHASES = {
    State.LEAD: Phase.FILING,
    State.FILED: Phase.DISPATCHING,
    State.DISPATCHED: Phase.HANDLING,
    State.HANDLING: Phase.HANDLING,
    State.REPORTED: Phase.CHECKING,
    State.CHECKED: Phase.CHECKING,
}
"""In the other states nothing is due."""
