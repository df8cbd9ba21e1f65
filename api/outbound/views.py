"""What the API tells of targets; times are UTC seconds."""

from typing import Any, Literal

from pydantic import BaseModel

from api.outbound.settings import Settings
from api.outbound.tables import DeadLetter, Target
from api.outbound.targets import OLD

TargetState = Literal["new", "ok", "failing", "paused"]


class TargetView(BaseModel):
    """A target and how it is doing.

    `behind` is how many lines of the histories it has yet to be told of, or be passed by; `dead`
    are its dead letters, `replaying` those of them that are being tried again. `secrets` are the
    names of those that are set; what they are is told to nobody.
    """

    name: str
    kind: str
    settings: Settings
    secrets: list[str]
    state: TargetState
    created_s: float
    paused_s: float | None
    behind: int
    sent: int
    dead: int
    replaying: int
    last_success_s: float | None
    error: str | None
    tries: int
    failing_since_s: float | None
    next_s: float | None
    pulled_s: float | None
    pull_error: str | None
    parked: int


class NewTargetView(TargetView):
    """A target that was made or changed; `signing_secret` is shown this once, if it was made."""

    signing_secret: str | None = None


class DeadLetterView(BaseModel):
    """An event that a target did not take; `reason` says why.

    `refused`: the target does not want it. `expired`: nothing got through for too long. `behind`:
    an earlier event of its case is a dead letter.
    """

    cursor: int
    case_id: str
    number: str
    seq: int
    action: str
    reason: Literal["refused", "expired", "behind"]
    error: str
    tries: int
    died_s: float
    replay_s: float | None


def target_view(target: Target, last: int, letters: tuple[int, int], parked: int) -> dict[str, Any]:
    """The fields of a TargetView."""
    plain = (
        "name", "settings", "created_s", "paused_s", "sent", "last_success_s", "error", "tries",
        "failing_since_s", "next_s", "pulled_s", "pull_error",
    )  # fmt: skip
    return {key: getattr(target, key) for key in plain} | {
        "kind": target.settings["kind"],
        "secrets": sorted(key for key in target.secrets if key != OLD),
        "state": _state(target),
        "behind": max(0, last - target.cursor),
        "dead": letters[0],
        "replaying": letters[1],
        "parked": parked,
    }


def letter_view(letter: DeadLetter, number: str, seq: int, action: str) -> dict[str, Any]:
    """The fields of a DeadLetterView."""
    plain = ("case_id", "reason", "error", "tries", "died_s", "replay_s")
    told = {key: getattr(letter, key) for key in plain}
    return told | {"cursor": letter.line_id, "number": number, "seq": seq, "action": action}


def _state(target: Target) -> TargetState:
    if target.paused_s is not None:
        return "paused"
    if target.error is not None or target.pull_error is not None:
        return "failing"
    return "new" if target.last_success_s is None else "ok"
