"""SM3 and SHA-256 against the examples of their standards."""

import io

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from streams.evidence import digests
from streams.evidence.digests import Digests
from streams.evidence.manifest import parse_manifest
from streams.evidence.packet import PacketWriter
from streams.evidence.verify import verify_packet
from tests.streams.evidence.samples import dossier


@pytest.mark.parametrize(
    ("data", "sm3"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_what_gb_t_32905_says(data, sm3):
    taken = Digests()
    for piece in (data[:2], data[2:]):
        taken.update(piece)
    assert (taken.sm3, taken.sm3) == (sm3, sm3)


def test_sha256_gives_what_fips_180_says():
    taken = digests.digests(io.BytesIO(b"abc"), 3)
    assert taken.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def test_no_more_is_read_than_a_byte_past_the_size():
    file = io.BytesIO(b"x" * 100)
    digests.digests(file, 10)
    assert file.tell() == 11


def test_a_machine_without_sm3_says_so_in_its_packets(tmp_path, monkeypatch):
    def refuse():
        raise UnsupportedAlgorithm("no SM3")

    monkeypatch.setattr(hashes, "SM3", refuse)
    folder = PacketWriter(tmp_path / "packets").write(dossier(tmp_path / "dossier")).folder
    manifest = parse_manifest((folder / "manifest.json").read_bytes())
    assert {part.sm3 for part in manifest.files.values()} == {None}
    verdict = verify_packet(folder)
    assert verdict.ok
    assert verdict.notes == (f"sm3: {digests.NO_SM3}.",)
