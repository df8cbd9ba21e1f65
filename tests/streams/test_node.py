"""The whole process path on filmed car parks, with any process killed at any time."""

import os
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from streams.config import dump_camera, parse_camera
from streams.evidence.verify import verify_packet
from tests.streams.lot import CAR, camera, film_lot
from tests.streams.lot_node import Node, of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def clips(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clips")
    film_lot(folder / "parked.mp4", 6, [(CAR, 0, 99)])
    film_lot(folder / "visited.mp4", 20, [(CAR, 2, 13)])
    film_lot(folder / "empty.mp4", 6, [])
    return folder


@pytest.fixture
def start(tmp_path):
    nodes = []

    def run(*clips):
        nodes.append(Node(tmp_path / "data", *clips))
        return nodes[-1]

    yield run
    for node in nodes:
        node.stop()
        node.bus.close()


def test_what_stands_is_raised_once_with_a_sound_packet_and_ends_when_it_leaves(start, clips):
    node = start(*(clips / f"{name}.mp4" for name in ("parked", "visited", "empty")))
    node.until(lambda: len(of(node.raised, "visited")) == 2, "a second visit")
    node.until(lambda: node.ended, "an end")
    assert len(of(node.raised, "parked")) == 1
    assert of(node.raised, "empty") == []
    for message in node.raised:
        packet = node.data_dir / "packets" / message.body["packet"]
        verdict = verify_packet(packet, message.body["manifest_sha256"])
        assert verdict.ok, verdict.problems
        assert verdict.notes == (), verdict.notes
    assert node.ended[0].id == of(node.raised, "visited")[0].id
    status = node.until(lambda: node.status("camera/parked"), "a status")
    assert (status["state"], status["standing"]) == ("live", 1)
    assert (node.data_dir / "snapshots" / "parked.jpg").stat().st_size > 1000
    children = psutil.Process(node.process.pid).children(recursive=True)
    shared = {Path(m.path) for child in children for m in child.memory_maps()}
    rings = {path for path in shared if path.match("/dev/shm/skyeye-sky-*")}
    assert rings
    assert node.stop() == 0
    assert psutil.wait_procs(children, timeout=10)[1] == []
    assert not any(ring.exists() for ring in rings)


@pytest.mark.parametrize("victim", ["analyse", "infer", "decode-0"])
def test_a_killed_process_loses_and_doubles_nothing(start, clips, victim):
    node = start(clips / "parked.mp4", clips / "visited.mp4")
    for _ in range(2):
        before = node.looks()
        node.until(lambda before=before: node.looks() > before + 5, "analysis")
        os.kill(node.until(lambda: node.pid(victim), "a pid"), signal.SIGKILL)
        killed = node.pid(victim)
        node.until(lambda killed=killed: node.pid(victim) != killed, "a restart")
    after = node.looks()
    node.until(lambda: node.looks() != after, "analysis")
    visits = len(of(node.raised, "visited"))
    node.until(lambda: len(of(node.raised, "visited")) > visits, "a new violation")
    node.until(lambda: of(node.raised, "parked"), "the parked car")
    assert len(of(node.raised, "parked")) == 1


def test_a_killed_node_goes_on_where_it_was(start, clips):
    node = start(clips / "parked.mp4")
    node.until(lambda: of(node.raised, "parked"), "the parked car")
    children = psutil.Process(node.process.pid).children(recursive=True)
    node.process.kill()
    node.process.wait()
    psutil.wait_procs(children, timeout=10)
    node.start()
    before = node.looks()
    node.until(lambda: 0 < node.looks() != before, "analysis")
    time.sleep(12)  # longer than its dwell
    node.gather()
    assert len(of(node.raised, "parked")) == 1
    assert node.stop() == 0


def test_a_second_node_on_the_same_data_is_refused(start, clips):
    node = start(clips / "empty.mp4")
    node.until(node.looks, "analysis")
    second = subprocess.run(node._command, capture_output=True, text=True, cwd=Path.cwd())
    assert second.returncode == 1
    assert "another node is running" in second.stderr
    assert "Traceback" not in second.stderr


def test_cameras_can_be_added_edited_and_taken_out_while_it_runs(start, clips):
    node = start(clips / "empty.mp4")
    node.until(node.looks, "analysis")
    added = camera("late", clips / "parked.mp4", dwell_s=3600, loop=True)
    node.bus.put("cameras", "late", dump_camera(added))
    node.until(lambda: node.status("camera/late").get("standing"), "the new camera")
    strict = parse_camera(dump_camera(camera("late", clips / "parked.mp4", loop=True)))
    node.bus.put("cameras", "late", dump_camera(strict))
    node.until(lambda: of(node.raised, "late"), "the stricter rule")
    node.bus.delete("cameras", "late")
    looks = node.status("camera/late")["looks"]
    time.sleep(6)
    assert node.status("camera/late")["looks"] <= looks + 15


def test_a_rejected_violation_stays_quiet(start, clips):
    node = start(clips / "parked.mp4")
    (message,) = node.until(lambda: of(node.raised, "parked"), "the parked car")
    body = {"violation_id": message.id, "camera_id": "parked", "verdict": "rejected", "reason": "x"}
    node.bus.publish("verdict", f"{message.id}:1", body)
    time.sleep(3)
    node.stop()
    node.start()
    node.until(lambda: node.status("camera/parked").get("standing"), "analysis")
    time.sleep(12)  # longer than its dwell
    node.gather()
    assert len(of(node.raised, "parked")) == 1
