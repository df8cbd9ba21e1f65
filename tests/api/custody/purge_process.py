"""A process that purges what is due, and is killed at some point: `python -m … DATA COUNT`.

Every step on the disk or in the database counts; at step COUNT the process kills itself.
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from api.audit import PROGRAM
from api.custody import purging
from api.custody.purging import Purger, decide, due_cases, unfinished
from api.custody.retention import load_retention
from api.store.database import Store, open_store
from streams.evidence import certificate

LATER_S = 10 * 365 * 86_400.0
"""So far ahead that all that has ended is due."""


def purge_all(data_dir: Path) -> int:
    """Purge what is due in ten years; returns how many cases."""
    store, retention = open_store(data_dir), load_retention(data_dir)
    try:
        now_s = time.time() + LATER_S
        with store.reading() as sql:
            begun, due = unfinished(sql), due_cases(sql, retention, now_s)
        chosen = [d.case_id for d in due if decide(store, retention, d.case_id, PROGRAM, now_s)]
        for case_id in [*begun, *chosen]:
            Purger(store, data_dir).finish(case_id)
        return len(begun) + len(chosen)
    finally:
        store.close()


class Countdown:
    """Kills this process at a step."""

    def __init__(self, left: int) -> None:
        self.left = left

    def step(self, *_: object) -> None:
        self.left -= 1
        if self.left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, done: Callable[..., Any]) -> Callable[..., Any]:
        """The same with a step before and after."""

        def counted(*args: Any, **more: Any) -> Any:
            self.step()
            result = done(*args, **more)
            self.step()
            return result

        return counted


AUDITED = ("open", "os.rename", "os.remove", "os.rmdir", "os.mkdir", "shutil.rmtree")


def main() -> None:
    data_dir, count = Path(sys.argv[1]), Countdown(int(sys.argv[2]))
    for module, name in ((purging, "sync_folder"), (certificate, "sync_folder")):
        setattr(module, name, count.around(getattr(module, name)))
    inside = str(data_dir)

    def hook(event: str, args: tuple[Any, ...]) -> None:
        if event in AUDITED and args and inside in str(args[0]):
            count.step()

    Store.writing = count.around(Store.writing)  # type: ignore[method-assign]
    sys.addaudithook(hook)
    purge_all(data_dir)
    sys.stdout.write(f"left {count.left}\n")


if __name__ == "__main__":
    main()
