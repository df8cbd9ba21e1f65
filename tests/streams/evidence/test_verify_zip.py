"""A hostile archive is found out and harms nobody, and no damage to one goes unexplained."""

import io
import shutil
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from streams.evidence import packet_reader
from streams.evidence.manifest import PacketError
from streams.evidence.packet import PacketWriter, zip_packet
from streams.evidence.verify import verify_packet
from tests.streams.evidence.samples import dossier


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("verify")
    return PacketWriter(root / "packets").write(dossier(root / "dossier"))


@pytest.fixture
def packet(written, tmp_path):
    """A copy to tamper with."""
    return Path(shutil.copytree(written.folder, tmp_path / "packet"))


def problems(path: Path, seal: str | None = None) -> str:
    return "\n".join(verify_packet(path, seal).problems)


def archive(path: Path, entries: list[tuple[str, bytes]], method=zipfile.ZIP_STORED) -> Path:
    with zipfile.ZipFile(path, "w", method) as target, pytest.MonkeyPatch.context() as patch:
        patch.setattr("warnings.warn", lambda *_, **__: None)  # of names that are there twice
        for name, data in entries:
            target.writestr(name, data)
    return path


def contents(folder: Path, prefix: str = "") -> list[tuple[str, bytes]]:
    return [(prefix + file.name, file.read_bytes()) for file in sorted(folder.iterdir())]


@pytest.mark.parametrize("prefix", ["", "a/"])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_honest_zip_of_any_make_is_sound(packet, written, tmp_path, prefix, method):
    path = archive(tmp_path / "x.zip", contents(packet, prefix), method)
    assert problems(path, written.manifest_sha256) == ""


@pytest.mark.parametrize(
    ("extra", "problem"),
    [
        (("../../etc/passwd", b"x"), "lies outside the packet's folder"),
        (("/etc/passwd", b"x"), "lies outside the packet's folder"),
        (("a/..\\up", b"x"), "lies outside the packet's folder"),
        (("a/b/c", b"x"), "lies outside the packet's folder"),
        (("a/start.jpg", b"x"), "start.jpg is in the archive twice"),
        (("a/bomb", b"\0" * 10_000_000), "would unpack to 10000000 bytes"),
        (("a/more", b"x"), "more is not in the manifest"),
    ],
)
def test_a_zip_with_more_in_it_is_not_sound(packet, tmp_path, extra, problem):
    entries = [*contents(packet, "a/"), extra]
    path = archive(tmp_path / "x.zip", entries, zipfile.ZIP_DEFLATED)
    before = sorted(tmp_path.iterdir())
    assert problem in problems(path)
    assert sorted(tmp_path.iterdir()) == before


def test_a_crowd_of_files_is_not_looked_into(packet, tmp_path, monkeypatch):
    crowd = [*contents(packet), *((f"{n}", b"") for n in range(100))]
    path = archive(tmp_path / "x.zip", crowd)
    assert "There are 107 files, a packet has 64 at most." in problems(path)
    for name, data in crowd:
        (packet / name).write_bytes(data)
    assert "There are 107 files" in problems(packet)
    monkeypatch.setattr(packet_reader, "LARGEST_PACKET_BYTES", 1000)
    assert "more than a packet can have" in problems(
        archive(tmp_path / "y.zip", contents(packet)[-9:])
    )


def test_an_endless_list_of_contents_is_not_read(tmp_path):
    path = archive(tmp_path / "x.zip", [(f"{n:0200}", b"") for n in range(2000)])
    with pytest.raises(PacketError, match="list of contents is longer"):
        verify_packet(path)


def test_an_entry_that_claims_to_be_small_is_not_read_on(packet, tmp_path):
    """The directory says 100 bytes, the data go on for longer."""
    data = bytearray(archive(tmp_path / "x.zip", contents(packet)).read_bytes())
    size = (packet / "start.jpg").stat().st_size
    at = data.rfind(b"start.jpg") - 46
    assert struct.unpack_from("<I", data, at + 24) == (size,)
    struct.pack_into("<I", data, at + 24, 100)
    (tmp_path / "x.zip").write_bytes(data)
    assert "start.jpg was altered: it has 100 bytes" in problems(tmp_path / "x.zip")


def test_an_encrypted_entry_is_named(packet, tmp_path):
    data = bytearray(archive(tmp_path / "x.zip", contents(packet)).read_bytes())
    data[data.rfind(b"start.jpg") - 46 + 8] |= 1
    (tmp_path / "x.zip").write_bytes(data)
    assert "start.jpg is encrypted" in problems(tmp_path / "x.zip")


@pytest.fixture(scope="module")
def zipped(written):
    memory = io.BytesIO()
    zip_packet(written.folder, memory)
    return memory.getvalue()


@given(data=st.data())
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_damage_to_a_zip_goes_unnoticed_or_unexplained(zipped, written, tmp_path, data):
    """Changed, cut off or inserted bytes, most of them in the list of contents at the end."""
    tail = st.integers(len(zipped) - 600, len(zipped) - 1)
    position = data.draw(tail | st.integers(0, len(zipped) - 1))
    piece = data.draw(st.binary(max_size=8))
    removed = data.draw(st.integers(0, 8))
    damaged = zipped[:position] + piece + zipped[position + removed :]
    path = tmp_path / "x.zip"
    path.write_bytes(damaged)
    try:
        verdict = verify_packet(path, written.manifest_sha256)
    except PacketError:
        return
    # What is no part of a file's content, such as a date, may differ.
    assert verdict.problems or verdict.files == 5
