"""What the two databases do differently beneath `api.store.database`."""

from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import Connection, Engine


class StoreError(OSError):
    """The database cannot be used; the message names it and says what to do."""


class StoreEngine(Protocol):
    """A database of one kind."""

    @property
    def name(self) -> str:
        """What to call it in an error: never with a password."""

    @property
    def reader(self) -> Engine:
        """Its transactions see one moment and change nothing."""

    @property
    def writer(self) -> Engine:
        """Of its transactions one is at work at a time."""

    def create(self) -> None:
        """Make it where that is possible, or raise OSError or StoreError."""

    def migrating(self) -> AbstractContextManager[Connection]:
        """A connection in a transaction of its own, in which tables may be made anew."""
