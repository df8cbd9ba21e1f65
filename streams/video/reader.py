"""What reads a connection to a camera, and hands its packets to the pre-roll and the inbox."""

from typing import Protocol


class Reader(Protocol):
    """Reads from `start` until the stream ends or `halt`; its inbox is told how it went."""

    def start(self) -> None:
        """Begin to connect; returns at once."""

    def halt(self) -> None:
        """Ask it to end; returns at once."""

    def join(self, timeout_s: float) -> None:
        """Wait until it has ended, but no longer."""
