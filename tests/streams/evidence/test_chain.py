"""The chain of a node's packets neither forks nor skips, whatever befalls process or register."""

import errno
import json
import logging
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streams.evidence.chain import REGISTER_NAME, Chain
from streams.evidence.collection import verify_folder
from streams.evidence.manifest import PacketError, parse_manifest
from streams.evidence.packet import PacketWriter, zip_packet
from tests.streams.evidence.samples import dossier, violation

ROOT = Path(__file__).parents[3]


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


class Desk:
    """Writes packets of places 1, 2, 3, … below `root`, a second apart."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.now_s = folder, folder / "packets", 1_795_500_000.0

    def write(self, *places: int, writer: PacketWriter | None = None):
        for place in places:
            about = violation(place_id=f"place-{place}").to_json()
            whole = dossier(self.folder / "dossier", violation=about)
            self.now_s += 1
            written = (writer or self.writer()).write(whole)
        return written

    def writer(self) -> PacketWriter:
        return PacketWriter(self.root, clock=lambda: self.now_s)

    def links(self) -> list[tuple[int, str | None]]:
        manifests = [
            parse_manifest(path.read_bytes()) for path in self.root.glob("*/*/*/manifest.json")
        ]
        return sorted((m.chain.sequence, m.chain.previous_sha256) for m in manifests)

    def problems(self) -> tuple[str, ...]:
        verdict = verify_folder(self.root)
        assert all(packet.ok for packet in verdict.packets.values())
        return verdict.chain_problems

    @property
    def register(self) -> Path:
        return self.root / REGISTER_NAME


def test_every_packet_follows_on_from_the_one_before(desk):
    writer = desk.writer()
    written = [desk.write(place, writer=writer) for place in (1, 2, 3)]
    hashes = [packet.manifest_sha256 for packet in written]
    assert desk.links() == [(1, None), (2, hashes[0]), (3, hashes[1])]
    desk.write(4)  # after a restart
    assert desk.links()[-1] == (4, hashes[2])
    assert desk.problems() == ()


def test_a_packet_that_is_there_already_takes_no_number(desk):
    desk.write(1, 2, 1, 3)
    assert [number for number, _ in desk.links()] == [1, 2, 3]
    assert desk.problems() == ()


def test_a_packet_that_cannot_be_written_takes_no_number(desk, monkeypatch):
    writer = desk.writer()
    desk.write(1, writer=writer)

    def fail(*_):
        raise OSError(errno.EIO, "EIO")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", fail)
        with pytest.raises(PacketError, match="the disk reports an error"):
            desk.write(2, writer=writer)
    desk.write(3, 2, writer=writer)
    assert [number for number, _ in desk.links()] == [1, 2, 3]
    assert desk.problems() == ()


@pytest.mark.parametrize("damage", ["lost", "empty", "torn", "old", "rubbish"])
def test_a_register_is_made_whole_from_the_packets(desk, damage, caplog):
    desk.write(1, 2)
    old = desk.register.read_bytes()
    last = desk.write(3)
    data = desk.register.read_bytes()
    match damage:
        case "lost":
            desk.register.unlink()
        case "empty":
            desk.register.write_bytes(b"")
        case "torn":
            desk.register.write_bytes(data[: len(old) + 40])
        case "old":
            desk.register.write_bytes(old)
        case "rubbish":
            desk.register.write_bytes(os.urandom(500) + b"\n[1]\n3\n" + data[200:])
    with caplog.at_level(logging.WARNING):
        desk.write(4)
    assert desk.links()[-1] == (4, last.manifest_sha256)
    assert desk.problems() == ()
    assert "was not in the register" in caplog.text
    desk.write(5)
    assert desk.problems() == ()


def test_a_removed_packet_keeps_its_number(desk):
    """Also the newest: what was sealed once is never taken for one that was not finished."""
    desk.write(1, 2)
    packet = desk.write(3)
    shutil.rmtree(packet.folder)
    desk.write(4)
    assert desk.links()[-1] == (4, packet.manifest_sha256)
    assert desk.problems() == ("There is a gap: number 3 is missing.",)


def test_packets_of_another_node_do_not_disturb_the_chain(desk, tmp_path, caplog):
    other = Desk(tmp_path / "other")
    other.write(7, 8, 9)
    desk.write(1)
    for path in other.root.glob("*/*/*"):
        shutil.copytree(path, desk.root / path.relative_to(other.root))
    desk.register.unlink()
    desk.write(2)
    assert desk.problems() == () or "gap" not in desk.problems()[0]
    assert [number for number, _ in desk.links()] in ([1, 1, 2, 3, 4], [1, 1, 2, 2, 3])


def test_a_second_packet_with_one_number_is_logged_and_told(desk, caplog):
    desk.write(1)
    aside = desk.folder / "aside"
    shutil.copytree(desk.root, aside)
    desk.write(2)
    twin = Desk(desk.folder)
    twin.root = aside
    copied = PacketWriter(aside, clock=lambda: desk.now_s, keys=desk.folder / "keys")
    forked = twin.write(5, writer=copied)
    shutil.copytree(forked.folder, desk.root / forked.name)
    desk.register.unlink()
    desk.write(3)
    assert "two packets have the number 2" in caplog.text
    assert any("both have the number 2" in problem for problem in desk.problems())


def test_two_writers_of_one_root_take_turns(desk):
    one, two = desk.writer(), desk.writer()
    for place in range(1, 6):
        desk.write(place, writer=(one, two)[place % 2])
    assert [number for number, _ in desk.links()] == [1, 2, 3, 4, 5]
    assert desk.problems() == ()


def test_a_zip_counts_as_the_packet_that_it_holds(desk, tmp_path):
    packets = [desk.write(place) for place in (1, 2, 3)]
    out = tmp_path / "out"
    out.mkdir()
    for number, packet in enumerate(packets):
        zip_packet(packet.folder, out / f"{number}.zip")
    verdict = verify_folder(out)
    assert verdict.ok
    assert len(verdict.packets) == 3
    (out / "1.zip").unlink()
    assert verify_folder(out).chain_problems == ("There is a gap: number 2 is missing.",)
    (out / "1.zip").write_bytes(b"no archive")
    assert (
        "neither a packet's folder nor its ZIP" in verify_folder(out).packets["1.zip"].problems[0]
    )


KILLED = """
import os, random, signal, sys
from pathlib import Path
from streams.evidence.collection import verify_folder
from streams.evidence.manifest import parse_manifest
from streams.evidence.packet import PacketWriter
from tests.streams.evidence.samples import dossier, violation

here, root = Path(sys.argv[1]), Path(sys.argv[1]) / "packets"
wholes = [
    dossier(here / "dossier", violation=violation(place_id=f"place-{n}").to_json())
    for n in range(40)
]
PacketWriter(root).write(wholes[0])
kills, at = 0, 0
for whole in wholes[1:]:
    survived = False
    while not survived:
        at += 1
        child = os.fork()
        if child == 0:
            calls = 0
            def counted(event, arguments):
                global calls
                if event in ("open", "os.rename", "os.mkdir", "os.remove"):
                    calls += 1
                    if calls == at:
                        os.kill(os.getpid(), signal.SIGKILL)
            sys.addaudithook(counted)
            PacketWriter(root).write(whole)
            os._exit(0)
        survived = os.waitpid(child, 0)[1] == 0
        kills += not survived
        if not survived:  # another one comes next: the number must not be lost or given twice
            break
    if survived:
        at = 0
for whole in wholes:
    PacketWriter(root).write(whole)
verdict = verify_folder(root)
assert verdict.ok, verdict.lines()
numbers = sorted(v.link.sequence for v in verdict.packets.values())
assert numbers == list(range(1, 41)), numbers
print(kills)
"""


@pytest.mark.slow
def test_kill_9_at_any_moment_neither_forks_nor_skips_the_chain(tmp_path):
    """At every opening, renaming and removing in turn, another packet being the next."""
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 20


def test_a_register_that_cannot_be_written_stops_the_packet(desk):
    writer = desk.writer()
    desk.write(1, writer=writer)
    desk.register.chmod(0o444)
    desk.register.unlink()
    desk.register.mkdir()
    with pytest.raises(PacketError, match="was not written"):
        desk.write(2, writer=writer)
    desk.register.rmdir()
    desk.write(2, writer=writer)
    assert desk.problems() == ()


def test_the_register_is_text_that_a_person_can_read(desk):
    packet = desk.write(1)
    lines = [json.loads(line) for line in desk.register.read_text().splitlines()]
    assert lines[0]["packet"] == packet.name
    assert lines[0]["manifest_sha256"] == packet.manifest_sha256
    assert lines[1] == {"sealed": 1}


def test_a_turn_that_adds_nothing_changes_nothing(desk):
    desk.write(1)
    before = desk.register.read_bytes()
    chain = Chain(desk.root)
    with chain.turn() as turn:
        assert turn.link.sequence == 2
    assert desk.register.read_bytes() == before
