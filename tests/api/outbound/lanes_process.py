"""A process that serves the targets of a data folder, to be killed."""

import sys
import time
from contextlib import closing
from pathlib import Path

from api.evidence import Evidence
from api.outbound.lanes import Lanes
from api.outbound.senders import Workshop
from api.practice import load_practice
from api.store.database import open_store
from streams.bus import SqliteBus
from tests.api.outbound.unmasked import Unmasked


def main(data_dir: Path) -> None:
    """Serve until killed."""
    with closing(open_store(data_dir)) as store, SqliteBus(data_dir / "bus.db") as bus:
        evidence, practice = Evidence(data_dir / "packets"), load_practice(data_dir)
        workshop = Workshop(data_dir, store, bus, evidence, Unmasked(evidence), practice)
        with Lanes(store, data_dir, workshop.make):
            sys.stdout.write("serving\n")
            sys.stdout.flush()
            time.sleep(600)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
