"""A purged packet counts only with its certificate; what else is not there is named."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from streams.evidence.certificate import FOLDER, Certificates
from streams.evidence.chain import REGISTER_NAME
from streams.evidence.collection import is_collection, verify_folder
from streams.evidence.keys import KeyRing
from streams.evidence.manifest import parse_manifest
from streams.evidence.packet import PacketWriter, WrittenPacket
from tests.streams.evidence.samples import dossier, violation


class Archive:
    """Five packets of a node, of which some are purged."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.root, self.now_s = folder, folder / "packets", 1_795_500_000.0
        self.packets = [self.write(place) for place in range(5)]
        self.key = KeyRing(folder / "keys").signer()

    def write(self, place: int) -> WrittenPacket:
        about = violation(place_id=f"place-{place}").to_json()
        whole = dossier(self.folder / "dossier", violation=about)
        self.now_s += 1
        return PacketWriter(self.root, clock=lambda: self.now_s).write(whole)

    def purge(self, number: int, key: Ed25519PrivateKey | None = None, **changes: Any) -> None:
        packet = self.packets[number]
        manifest = parse_manifest((packet.folder / "manifest.json").read_bytes())
        assert manifest.chain is not None
        told = {
            "purged_at": self.now_s,
            "by": "skyeye purge",
            "rule": {"state": "rejected", "days": 90.0, "since_s": self.now_s - 1e7},
            "case_id": manifest.id,
            "case_number": "1",
            "packet": packet.name,
            "manifest_sha256": packet.manifest_sha256,
            "sound": True,
            "sealed_at": manifest.created_at,
            "chain": manifest.chain.model_dump(),
            "files": {"start.jpg": {"sha256": "0" * 64, "bytes": 1}},
            "copies": {},
        }
        certificates = Certificates(self.root)
        with certificates.turn():
            certificates.add(told | changes, key or self.key)
        shutil.rmtree(packet.folder)

    def problems(self) -> list[str]:
        keys = KeyRing(self.folder / "keys").public_keys()
        return list(verify_folder(self.root, keys).chain_problems)

    def certificate(self, number: int) -> Path:
        return self.root / FOLDER / f"{number:08d}.json"


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path)


@pytest.mark.parametrize("gone", [(0,), (4,), (1, 2), (4, 0, 2), (0, 1, 2, 3, 4)])
def test_the_chain_goes_on_through_what_was_purged(archive: Archive, gone: tuple[int, ...]) -> None:
    for number in gone:
        archive.purge(number)
    assert is_collection(archive.root)
    verdict = verify_folder(archive.root, KeyRing(archive.folder / "keys").public_keys())
    assert verdict.ok
    assert verdict.purged == len(gone)
    assert f"{len(gone)} were purged, with a certificate each." in verdict.lines()


def test_one_that_was_taken_away_without_a_certificate_is_named(archive: Archive) -> None:
    archive.purge(1)
    shutil.rmtree(archive.packets[3].folder)
    assert archive.problems() == ["There is a gap: number 4 is missing."]


def test_a_certificate_that_was_taken_away_leaves_the_gap(archive: Archive) -> None:
    archive.purge(1)
    archive.purge(3)
    archive.certificate(2).unlink()
    assert archive.problems() == ["There is a gap: number 4 is missing."]
    archive.write(9)
    archive.certificate(1).rename(archive.certificate(2))
    problems = archive.problems()
    assert any("number 1 should be here; certificates are missing" in p for p in problems)


def test_a_changed_certificate_counts_for_nothing(archive: Archive) -> None:
    archive.purge(1)
    whole = archive.certificate(1).read_bytes()
    for where in range(0, len(whole), 97):
        data = bytearray(whole)
        data[where] ^= 4
        archive.certificate(1).write_bytes(data)
        problems = archive.problems()
        assert any(problem.startswith(f"{FOLDER}/00000001.json") for problem in problems)
        assert "There is a gap: number 2 is missing." in problems


def test_a_certificate_of_a_strangers_key_is_told(archive: Archive) -> None:
    archive.purge(1, Ed25519PrivateKey.generate())
    (problem,) = archive.problems()
    assert "which is none of those given" in problem


def test_a_certificate_for_another_packet_does_not_do(archive: Archive) -> None:
    archive.purge(1, manifest_sha256="0" * 64)
    problems = archive.problems()
    assert any("does not follow on from" in problem for problem in problems)
    assert any("is not the one of the node's register" in problem for problem in problems)


def test_a_packet_that_is_still_there_is_told(archive: Archive) -> None:
    kept = archive.folder / "kept"
    shutil.copytree(archive.packets[1].folder, kept)
    archive.purge(1)
    shutil.copytree(kept, archive.packets[1].folder)
    (problem,) = archive.problems()
    assert "is still there, although certificate 1 says it was purged" in problem


def test_no_number_is_given_twice_after_the_newest_was_purged(archive: Archive) -> None:
    archive.purge(4)
    archive.purge(3)
    (archive.root / REGISTER_NAME).unlink()
    written = archive.write(7)
    manifest = parse_manifest((written.folder / "manifest.json").read_bytes())
    assert manifest.chain is not None
    assert manifest.chain.sequence == 6
    assert archive.problems() == []


def test_anybody_can_read_what_went(archive: Archive) -> None:
    archive.purge(2)
    value = json.loads(archive.certificate(1).read_bytes())
    assert value["format"] == "skyeye.purge/1"
    assert value["files"] == {"start.jpg": {"sha256": "0" * 64, "bytes": 1}}
