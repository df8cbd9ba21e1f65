"""What a target's kind has to be able to do, and why something may not be delivered."""

from dataclasses import dataclass
from typing import Protocol

from api.outbound.events import Event


class Undelivered(OSError):  # noqa: N818 - it is an answer rather than an error
    """A target cannot be reached, or cannot take anything now: everything waits and is tried again.

    The message says what happened, without secrets; `retry_after_s` is when the target wants to be
    asked again, if it said so.
    """

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Refused(ValueError):  # noqa: N818
    """A target takes others, but not this event: after a few tries it goes to the dead letters."""


class Sender(Protocol):
    """Delivers the events of one target, one after the other, from one thread."""

    def wants(self, event: Event) -> bool:
        """Whether the target is told of such an event at all."""
        ...

    def send(self, event: Event, now_s: float) -> None:
        """Deliver an event; when this returns, the target has it. Raises Undelivered or Refused."""
        ...

    def idle(self, now_s: float, /) -> float:
        """Do what else there is to do with the target; return for how long, in seconds, not again.

        Raises Undelivered or Refused.
        """
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True, slots=True)
class Choice:
    """Which events a target wants: all, or those of some actions and violation kinds."""

    actions: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()

    def takes(self, event: Event) -> bool:
        """Whether an event is among them."""
        return (not self.actions or event.line.action in self.actions) and (
            not self.kinds or event.case.kind in self.kinds
        )
