"""FFmpeg alone on each feed, to tell apart what receiving and decoding take.

`ffmpeg_only.py PLAN copy|keys`: packets only, or key pictures decoded.
"""

import subprocess
import sys

from look_log import Plan

DECODING = {
    "copy": ((), ("-c", "copy")),
    "keys": (("-skip_frame", "nokey", "-threads", "1"), ()),
}


def main(plan: Plan, what: str) -> None:
    """Run until killed."""
    before, after = DECODING[what]
    started = []
    for uri in plan.feeds.values():
        command = [
            *(plan.ffmpeg, "-nostdin", "-loglevel", "error", "-rtsp_transport", "tcp", *before),
            *("-i", uri, "-an", *after, "-f", "null", "-"),
        ]
        started.append(subprocess.Popen(command))  # noqa: S603
    for process in started:
        process.wait()


if __name__ == "__main__":
    main(Plan.read(sys.argv[1]), sys.argv[2])
