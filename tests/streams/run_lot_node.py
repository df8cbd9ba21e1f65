"""Run a node on filmed car parks: `python -m tests.streams.run_lot_node DATA_DIR URI...`."""

import sys
from pathlib import Path

from streams.config import Site
from streams.detectors import DetectorSpec
from streams.node import NodeError, run_node
from tests.streams.lot import NAMES, RednessDetector, camera

if __name__ == "__main__":
    data_dir, *uris = sys.argv[1:]
    cameras = [camera(Path(uri).stem, uri, loop="://" not in uri) for uri in uris]
    site = Site(data_dir=Path(data_dir), cameras=cameras, decode_processes=2, ring_bytes=8 << 20)
    try:
        sys.exit(run_node(site, [DetectorSpec("redness", NAMES, RednessDetector)]))
    except NodeError as error:
        sys.exit(f"{error}")
