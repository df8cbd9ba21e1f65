"""Every way of tampering that we could think of is named, and nothing that was left alone is.

Sampled flips in every file of a packet, files swapped, the manifest edited with and without new
hashes, packets taken out of a chain or replaced, clocks moved. The manifest's hash is not given:
the signature alone must do.
"""

import hashlib
import json
import random
import re
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.evidence.collection import verify_folder
from streams.evidence.keys import KeyRing
from streams.evidence.manifest import parse_manifest
from streams.evidence.packet import PacketWriter, zip_packet
from streams.evidence.signature import sign_manifest
from streams.evidence.verify import verify_packet
from tests.streams.evidence.samples import dossier, violation

PICTURES = ("start.jpg", "later.jpg", "closeup.jpg")
FILES = (*PICTURES, "arrival.mp4", "standing.mp4", "manifest.json", "signature.json")
FLIPS_A_FILE = 60


class Chain:
    """Five packets of one node, a minute apart, and the node's public keys."""

    def __init__(self, folder: Path) -> None:
        self.root, self.now_s = folder / "packets", 1_795_500_000.0
        for place in range(1, 6):
            self.now_s += 60
            about = violation(place_id=f"place-{place}").to_json()
            PacketWriter(self.root, clock=lambda: self.now_s).write(
                dossier(folder / "dossier", violation=about)
            )
        self.keys = KeyRing(folder / "keys").public_keys()
        self.packets = sorted(self.root.glob("*/*/*/"), key=self.number)

    @staticmethod
    def number(folder: Path) -> int:
        link = parse_manifest((folder / "manifest.json").read_bytes()).chain
        assert link is not None
        return link.sequence


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return Chain(tmp_path_factory.mktemp("chain"))


@pytest.fixture
def packet(whole, tmp_path):
    """A copy of the third packet to tamper with."""
    return Path(shutil.copytree(whole.packets[2], tmp_path / "packet"))


@pytest.fixture
def folder(whole, tmp_path):
    """A copy of all packets, without the register that the node keeps."""
    root = Path(shutil.copytree(whole.root, tmp_path / "packets"))
    (root / ".chain.jsonl").unlink()
    return root


def named(problems: tuple[str, ...]) -> set[str]:
    """The files that problems are about."""
    return {name for name in FILES for problem in problems if problem.startswith(name)}


def positions(size: int, seed: str) -> list[int]:
    chosen = random.Random(seed)
    edges = [0, 1, 2, size // 2, size - 2, size - 1]
    return sorted({*edges, *(chosen.randrange(size) for _ in range(FLIPS_A_FILE - len(edges)))})


def test_nothing_is_named_where_nothing_was_changed(whole, packet, folder):
    assert verify_packet(packet, keys=whole.keys).ok
    for root in (folder, whole.root):
        verdict = verify_folder(root, whole.keys)
        assert verdict.ok
        assert len(verdict.packets) == 5


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_is_named_with_its_file_and_no_other(whole, packet, name):
    data = (packet / name).read_bytes()
    chosen = random.Random(name)
    for position in positions(len(data), name):
        changed = bytearray(data)
        changed[position] ^= 1 << chosen.randrange(8)
        (packet / name).write_bytes(changed)
        verdict = verify_packet(packet, keys=whole.keys)
        assert named(verdict.problems) == {name}, (position, verdict.problems)
        assert len(verdict.problems) <= 2


def test_every_byte_of_the_signature_counts(whole, packet):
    data = (packet / "signature.json").read_bytes()
    for position in range(0, len(data), 97):
        for changed in (
            data[:position] + b" " + data[position:],
            data[:position] + data[position + 1 :],
        ):
            (packet / "signature.json").write_bytes(changed)
            if changed != data:
                assert named(verify_packet(packet, keys=whole.keys).problems) == {"signature.json"}


@pytest.mark.parametrize(
    ("one", "other"),
    [("start.jpg", "later.jpg"), ("later.jpg", "closeup.jpg"), ("arrival.mp4", "standing.mp4")],
)
def test_swapped_files_are_named_as_such(whole, packet, one, other):
    first, second = (packet / one).read_bytes(), (packet / other).read_bytes()
    (packet / one).write_bytes(second)
    (packet / other).write_bytes(first)
    problems = verify_packet(packet, keys=whole.keys).problems
    assert named(problems) == {one, other}
    assert set(problems) == {
        f"{one} was swapped: it holds what was sealed as {other}.",
        f"{other} was swapped: it holds what was sealed as {one}.",
    }


def test_files_of_another_packet_are_named(whole, packet):
    for name in ("start.jpg", "signature.json", "manifest.json"):
        original = (packet / name).read_bytes()
        picture = (whole.packets[0] / name).read_bytes()
        if picture == original:  # the samples' pictures are all the same
            continue
        (packet / name).write_bytes(picture)
        problems = verify_packet(packet, keys=whole.keys).problems
        assert named(problems) == {"manifest.json"}, name
        (packet / name).write_bytes(original)


def edits(value):
    """Every value of a manifest's, as (path, function that changes it)."""
    for key, part in value.items():
        if isinstance(part, dict) and part:
            for name in part:
                yield f"{key}.{name}", part, name
        else:
            yield key, value, key


def another(part):
    match part:
        case bool() | None:
            return "x"
        case int() | float():
            return part + 1
        case str():
            return part + "x"
        case list():
            return part[1:] if part else ["x"]
        case _:
            return {**part, "more": 1}


def test_every_edited_part_of_the_manifest_is_named(whole, packet):
    path = packet / "manifest.json"
    original = path.read_bytes()
    tried = 0
    for place, _, _ in list(edits(json.loads(original))):
        value = json.loads(original)
        part, name = next((p, n) for where, p, n in edits(value) if where == place)
        part[name] = another(part[name])
        path.write_text(json.dumps(value))
        problems = verify_packet(packet, keys=whole.keys).problems
        assert f"manifest.json was altered: {place}." in problems, place
        assert named(problems) == {"manifest.json"}
        tried += 1
    assert tried > 40


def test_a_new_picture_with_a_new_hash_in_the_manifest_is_named_twice(whole, packet):
    """Who changes a file and writes its hashes into the manifest changes both."""
    data = (packet / "start.jpg").read_bytes() + b"x"
    (packet / "start.jpg").write_bytes(data)
    value = json.loads((packet / "manifest.json").read_bytes())
    value["files"]["start.jpg"] |= {
        "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "sm3": None
    }  # fmt: skip
    (packet / "manifest.json").write_text(json.dumps(value))
    problems = verify_packet(packet, keys=whole.keys).problems
    assert problems == (
        "manifest.json was altered: files.start.jpg.",
        "start.jpg was altered: its SHA-256 is not the one that was sealed.",
    )


def test_a_manifest_that_was_only_written_in_other_bytes_is_named(whole, packet):
    path = packet / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_bytes()), indent=1))
    assert verify_packet(packet, keys=whole.keys).problems == (
        "manifest.json was altered: it says the same in other bytes.",
    )


def test_a_strangers_signature_is_named_even_if_all_else_fits(whole, packet):
    value = json.loads((packet / "manifest.json").read_bytes())
    value["camera"]["location"] = "elsewhere"
    data = json.dumps(value).encode()
    (packet / "manifest.json").write_bytes(data)
    stranger = Ed25519PrivateKey.generate()
    (packet / "signature.json").write_bytes(sign_manifest(data, stranger, value["created_at"]))
    assert verify_packet(packet).ok  # it is sound in itself; whose it is the key must tell
    (problem,) = verify_packet(packet, keys=whole.keys).problems
    assert re.match(r"signature\.json is by key [0-9a-f]{64}, which is none of those", problem)


def test_a_signature_that_was_taken_away_is_named_also_with_an_older_format(whole, packet):
    (packet / "signature.json").unlink()
    assert verify_packet(packet).problems == ("signature.json is missing.",)
    path = packet / "manifest.json"
    path.write_bytes(path.read_bytes().replace(b"skyeye.packet/2", b"skyeye.packet/1"))
    unsigned = verify_packet(packet)
    assert unsigned.ok
    assert "it is not signed (format 1)" in unsigned.notes[0]
    assert (
        "The key proves nothing: it is not signed"
        in verify_packet(packet, keys=whole.keys).problems[0]
    )


@pytest.mark.parametrize("taken", [[0], [1], [2], [3], [1, 2], [1, 3], [0, 1, 2]])
def test_packets_taken_out_of_a_chain_are_named(whole, folder, taken):
    for index in taken:
        shutil.rmtree(folder / whole.packets[index].relative_to(whole.root))
    verdict = verify_folder(folder, whole.keys)
    assert all(packet.ok for packet in verdict.packets.values())
    told = set()
    for problem in verdict.chain_problems:
        found = re.fullmatch(
            r"There is a gap: numbers? (\d+)(?: to (\d+))? (?:is|are) missing\.", problem
        )
        assert found
        told |= set(range(int(found[1]), int(found[2] or found[1]) + 1))
    assert told == {index + 1 for index in taken}


def test_the_newest_packet_taken_away_is_named_by_the_nodes_register(whole, tmp_path):
    root = Path(shutil.copytree(whole.root, tmp_path / "packets"))
    shutil.rmtree(root / whole.packets[4].relative_to(whole.root))
    problems = verify_folder(root, whole.keys).chain_problems
    assert problems == ("There is a gap: number 5 is missing.",)


def test_packets_in_each_others_folder_are_named(whole, folder):
    one, other = (folder / whole.packets[i].relative_to(whole.root) for i in (1, 3))
    one.rename(folder / "aside")
    other.rename(one)
    (folder / "aside").rename(other)
    verdict = verify_folder(folder, whole.keys)
    bad = {name for name, packet in verdict.packets.items() if not packet.ok}
    assert bad == {path.relative_to(folder).as_posix() for path in (one, other)}
    assert all("It lies in the folder of" in verdict.packets[name].problems[0] for name in bad)


def test_a_destroyed_manifest_leaves_no_gap_where_the_signature_holds(whole, folder):
    (folder / whole.packets[2].relative_to(whole.root) / "manifest.json").write_bytes(b"{")
    verdict = verify_folder(folder, whole.keys)
    assert verdict.chain_problems == ()
    assert sum(not packet.ok for packet in verdict.packets.values()) == 1


def test_a_packet_replaced_by_one_that_the_node_signed_itself_is_named(whole, folder, tmp_path):
    """Somebody with the key writes history anew: the next packet does not follow on from it."""
    place = folder / whole.packets[2].relative_to(whole.root)
    value = json.loads((place / "manifest.json").read_bytes())
    value["camera"]["location"] = "elsewhere"
    data = json.dumps(value).encode()
    (place / "manifest.json").write_bytes(data)
    key = KeyRing(whole.root.parent / "keys").signer()
    (place / "signature.json").write_bytes(sign_manifest(data, key, value["created_at"]))
    verdict = verify_folder(folder, whole.keys)
    (problem,) = verdict.chain_problems
    assert "number 4, does not follow on from" in problem
    shutil.copy(whole.root / ".chain.jsonl", folder)
    assert "number 3, is not the one of the node's register" in "".join(
        verify_folder(folder, whole.keys).chain_problems
    )


@pytest.mark.parametrize("back_s", [0.1, 5.0, 3600.0])
def test_a_clock_that_was_set_back_between_packets_is_named(whole, tmp_path, back_s):
    root = tmp_path / "packets"
    shutil.copytree(whole.root, root)
    about = violation(place_id="place-6").to_json()
    at_s = whole.now_s - back_s
    writer = PacketWriter(root, clock=lambda: at_s, keys=whole.root.parent / "keys")
    written = writer.write(dossier(tmp_path / "dossier", violation=about))
    (problem,) = verify_folder(root, whole.keys).chain_problems
    assert problem.startswith(f"Time ran backwards by {back_s:.1f} s between number 5 ")
    assert written.name in problem


def test_a_clock_that_was_set_back_before_the_packet_was_written_is_stated(whole, tmp_path):
    raised_s = violation().raised_s
    writer = PacketWriter(tmp_path / "packets", clock=lambda: raised_s - 30)
    packet = writer.write(dossier(tmp_path / "dossier"))
    verdict = verify_packet(packet.folder)
    assert verdict.ok  # the packet says so itself
    assert verdict.notes == (
        "clock: the packet was written 30.0 s before its newest picture was taken.",
    )


def test_a_moved_time_in_the_manifest_is_named(whole, packet):
    for path in ("created_at", "violation.started_s", "violation.raised_s", "clock.offset_s"):
        original = (packet / "manifest.json").read_bytes()
        value = json.loads(original)
        *way, key = path.split(".")
        part = value[way[0]] if way else value
        part[key] = (part[key] or 0.0) + 3600.0
        (packet / "manifest.json").write_text(json.dumps(value))
        problems = verify_packet(packet, keys=whole.keys).problems
        assert problems == (f"manifest.json was altered: {path}.",)
        (packet / "manifest.json").write_bytes(original)


def test_a_flip_anywhere_in_the_archive_of_a_packet_is_noticed(whole, packet, tmp_path):
    """What is no part of a file's content, such as a date in the list of contents, may differ."""
    path = tmp_path / "x.zip"
    zip_packet(packet, path)
    data = path.read_bytes()
    for position in positions(len(data) - 1000, "zip"):
        path.write_bytes(data[:position] + bytes([data[position] ^ 4]) + data[position + 1 :])
        verdict = verify_packet(path, keys=whole.keys)
        assert verdict.problems or verdict.files == 5
