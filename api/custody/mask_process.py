"""The process that masks: it alone holds the networks, has little memory, and ends when idle."""

import os
import resource
import signal
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection

from api.custody.masking import Finder, Job, mask_packet
from streams.process import die_with_parent

MOST_BYTES = 3 * 1024**3
"""Of memory: the networks and a 4K picture take a third of it."""
NICENESS = 10

OpenFinder = Callable[[], tuple[Finder, dict[str, str]]]
"""Opens a finder and names its networks; must survive pickling."""


@dataclass(frozen=True, slots=True)
class News:
    """What the process tells: a file is done, a job is `over`, or why it failed.

    `closed`: the networks cannot be had, so no job can be done at present.
    """

    over: bool = False
    problem: str = ""
    closed: bool = False


def mask_process(connection: Connection, opener: OpenFinder) -> None:
    """Mask one packet after the other until the connection is closed."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(NICENESS)
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_BYTES, MOST_BYTES))
    try:
        finder, models = opener()
    except (OSError, ValueError) as error:
        connection.send(News(over=True, problem=str(error), closed=True))
        return
    while True:
        try:
            job = connection.recv()
        except EOFError:
            return
        connection.send(_do(job, finder, models, connection))


def open_networks() -> tuple[Finder, dict[str, str]]:
    """The networks as their cards describe them; raises what `open_concealer` raises."""
    # Not sooner: the server itself does not load the engines.
    from models.concealing import identities, open_concealer  # noqa: PLC0415

    return open_concealer(), identities()


def _do(job: Job, finder: Finder, models: dict[str, str], connection: Connection) -> News:
    try:
        mask_packet(job, finder, models, lambda: connection.send(News()))
    except MemoryError:
        return News(over=True, problem="a file of it is too large to be masked")
    except (OSError, ValueError) as error:
        return News(over=True, problem=str(error))
    return News(over=True)
