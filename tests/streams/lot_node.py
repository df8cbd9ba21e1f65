"""A node on filmed car parks in a process of its own, watched from outside through its bus."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from streams.bus import SqliteBus

PATIENCE_S = 60.0


class Node:
    """Starts at once; `raised` and `ended` grow with each `gather`."""

    def __init__(self, data_dir, *clips):
        self.data_dir = data_dir
        self._command = [sys.executable, "-m", "tests.streams.run_lot_node", str(data_dir)]
        self._command += [str(clip) for clip in clips]
        self.start()
        self.bus = SqliteBus(data_dir / "bus.db")
        self.raised, self.ended = [], []

    def start(self):
        self.process = subprocess.Popen(self._command, cwd=Path(__file__).parents[2])

    def status(self, key):
        entry = self.bus.get("status", key)
        return json.loads(entry.value) if entry else {}

    def pid(self, name):
        return self.status(f"process/{name}").get("pid")

    def gather(self):
        """Take in what was published since the last time."""
        for subject, into in (("violation.raised", self.raised), ("violation.ended", self.ended)):
            for message in self.bus.claim(subject, "test"):
                into.append(message)
                self.bus.ack("test", message)

    def until(self, condition, what):
        give_up_s = time.monotonic() + PATIENCE_S
        while not (result := condition()):
            assert self.process.poll() is None, "the node has ended"
            assert time.monotonic() < give_up_s, f"{what} did not happen"
            time.sleep(0.2)
            self.gather()
        return result

    def looks(self):
        return self.status("analysis").get("looks", 0)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)


def of(messages, camera_id):
    return [m for m in messages if m.body["violation"]["camera_id"] == camera_id]
