"""Whoever touches a packet is found out, and a hostile one harms nobody."""

import hashlib
import json
import os
import shutil
import struct
from pathlib import Path

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from streams.evidence.keys import KeyRing
from streams.evidence.manifest import PacketError
from streams.evidence.packet import PacketWriter
from streams.evidence.signature import sign_manifest
from streams.evidence.verify import verify_packet
from streams.verify_command import verify
from tests.streams.evidence.samples import dossier

NAMES = ["start.jpg", "later.jpg", "closeup.jpg", "arrival.mp4", "standing.mp4"]
STRANGER = Ed25519PrivateKey.generate()
APP = typer.Typer()
APP.command()(verify)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    root = tmp_path_factory.mktemp("verify")
    return PacketWriter(root / "packets").write(dossier(root / "dossier"))


@pytest.fixture
def packet(written, tmp_path):
    """A copy to tamper with."""
    return Path(shutil.copytree(written.folder, tmp_path / "packet"))


def rewrite(folder: Path, change) -> None:
    """Change the manifest as somebody would who knows how: with new hashes, and a new signature.

    Only the key is another one, as nobody has the node's.
    """
    path = folder / "manifest.json"
    value = json.loads(path.read_text(encoding="utf-8"))
    change(value)
    for name, part in value["files"].items():
        if (folder / name).is_file():
            data = (folder / name).read_bytes()
            part |= {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest(), "sm3": None}
    data = json.dumps(value).encode()
    path.write_bytes(data)
    signature = sign_manifest(data, STRANGER, value["created_at"])
    (folder / "signature.json").write_bytes(signature)


def problems(path: Path, seal: str | None = None) -> str:
    verdict = verify_packet(path, seal)
    assert verdict.ok == (not verdict.problems)
    return "\n".join(verdict.problems)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("where", [0, 0.5, 1])
def test_one_altered_byte_in_any_file_is_found(packet, name, where):
    data = bytearray((packet / name).read_bytes())
    data[round((len(data) - 1) * where)] ^= 1
    (packet / name).write_bytes(data)
    assert problems(packet) == (f"{name} was altered: its SHA-256 is not the one that was sealed.")


def test_one_altered_byte_in_the_manifest_is_found(packet, written):
    path = packet / "manifest.json"
    data = path.read_bytes()
    for position in range(0, len(data), 43):
        path.write_bytes(data[:position] + bytes([data[position] ^ 1]) + data[position + 1 :])
        assert "manifest.json" in problems(packet, written.manifest_sha256)


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_a_longer_and_an_added_file_are_named(packet, name):
    data = (packet / name).read_bytes()
    (packet / name).unlink()
    (packet / "more.jpg").write_bytes(data)
    assert problems(packet) == (
        f"more.jpg is not in the manifest: it was added later.\n{name} is missing."
    )
    (packet / "more.jpg").unlink()
    (packet / name).write_bytes(data + b"x")
    assert f"{name} was altered: it has {len(data) + 1} bytes" in problems(packet)


def test_a_packet_without_manifest_or_with_rubbish_is_not_sound(packet):
    (packet / "manifest.json").write_bytes(b"\xff{")
    assert "manifest.json cannot be read" in problems(packet)
    (packet / "manifest.json").write_bytes(b"[" * 100_000)
    assert "manifest.json cannot be read" in problems(packet)
    (packet / "manifest.json").unlink()
    assert problems(packet) == "There is no manifest.json, so nothing can be checked."


def drop(role: str):
    def change(value):
        value["files"] = {n: f for n, f in value["files"].items() if f["role"] != role}

    return change


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda m: m["violation"].update(started_s=1.0), "id does not follow"),
        (lambda m: m["violation"].update(raised_s=0.0), "raised before it started"),
        (lambda m: m["violation"].update(ended_s=0.0), "ended before it started"),
        (lambda m: m["camera"].update(id="other"), "about camera 'gate', the packet about 'other'"),
        (lambda m: m["rule"].update(kind="stray_bikes"), "about kind 'illegal_parking'"),
        (lambda m: m["zone"].update(name="bay"), "about zone 'double yellow'"),
        (lambda m: m["files"]["later.jpg"].update(taken_s=0.0), "was taken before the first"),
        (lambda m: m["files"]["later.jpg"].update(
            taken_s=m["files"]["start.jpg"]["taken_s"] + 9.5), "9.5 s after the first picture"),
        (lambda m: m["files"]["start.jpg"].update(width=100), "320 x 222 pixels, 100 x 222 are"),
        (lambda m: m["files"]["arrival.mp4"].update(codec="hevc"), "it is h264, hevc is stated"),
        (lambda m: m["files"]["arrival.mp4"].update(
            to_s=m["files"]["arrival.mp4"]["to_s"] + 60), "lasts 3.0 s, 63.0 s are stated"),
        (lambda m: m["files"]["arrival.mp4"].update(media_type="text/html"), "no type of clip"),
        (lambda m: m["files"]["arrival.mp4"].update(to_s=0.0), "ends before it begins"),
        (lambda m: m["files"]["arrival.mp4"].update(viewing_copy_of="x"), "cannot be a copy"),
        (lambda m: m["files"]["standing.mp4"].update(
            role="viewing_copy", viewing_copy_of="x"), "which is no clip here"),
        (lambda m: m["files"]["standing.mp4"].update(
            role="viewing_copy", viewing_copy_of="arrival.mp4"), "another time than arrival.mp4"),
        (lambda m: m["boxes"].reverse(), "not in the order of their times"),
        (lambda m: m["boxes"][0][1].reverse(), "A box has no area"),
        (lambda m: m["boxes"][0].__setitem__(1, [0.0, 0.0, 400.0, 10.0]), "outside the picture"),
        (lambda m: m["files"].update({"../up": m["files"]["start.jpg"]}), "cannot be read: files"),
        (lambda m: m.update(format="skyeye.packet/3"), "cannot be read: format"),
        (drop("close_up"), "close_up: it was not recorded, and the packet does not say so"),
    ],
)  # fmt: skip
def test_a_manifest_that_was_written_anew_contradicts_itself(packet, written, change, problem):
    rewrite(packet, change)
    assert problem in problems(packet)
    assert "is not the one that was sealed with the case" in problems(
        packet, written.manifest_sha256
    ) or "cannot be read" in problems(packet)


def test_only_the_kept_hash_or_the_key_shows_a_manifest_that_was_written_anew_with_care(
    packet, written
):
    rewrite(packet, lambda m: m["camera"].update(location="elsewhere"))
    assert problems(packet) == ""
    assert "sealed with the case" in problems(packet, written.manifest_sha256)
    keys = KeyRing(written.folder.parents[3] / "keys").public_keys()
    assert "none of those given" in "".join(verify_packet(packet, keys=keys).problems)


@pytest.mark.parametrize(
    "content",
    [b"ffconcat version 1.0\nfile %s\n", b"#EXTM3U\n#EXTINF:3,\n%s\n#EXT-X-ENDLIST\n"],
)
def test_a_playlist_that_pretends_to_be_a_clip_opens_nothing(packet, content):
    """FFmpeg would follow it to any file that this process can read."""
    (packet / "arrival.mp4").write_bytes(content % b"standing.mp4")
    rewrite(packet, lambda m: None)
    before = Path.cwd()
    os.chdir(packet)
    try:
        assert "arrival.mp4: it cannot be decoded" in problems(packet)
    finally:
        os.chdir(before)


def test_what_is_no_picture_is_found(packet):
    (packet / "start.jpg").write_bytes(b"GIF89a")
    rewrite(packet, lambda m: None)
    assert "start.jpg: it does not begin like a JPEG" in problems(packet)
    header = b"\xff\xd8\xff\xc0\x00\x11\x08" + struct.pack(">HH", 60_000, 60_000)
    (packet / "start.jpg").write_bytes(header + b"\x00" * 20)
    rewrite(packet, lambda m: m["files"]["start.jpg"].update(width=60_000, height=60_000))
    assert "it is too large to be looked at" in problems(packet)


def test_links_pipes_and_folders_have_no_place(packet):
    (packet / "start.jpg").unlink()
    (packet / "start.jpg").symlink_to("later.jpg")
    os.mkfifo(packet / "pipe")
    (packet / "folder").mkdir()
    text = problems(packet)
    assert "start.jpg is not a plain file" in text
    assert "pipe is not a plain file" in text
    assert "folder is not a plain file" in text


def test_names_cannot_write_to_the_terminal(packet):
    (packet / "\x1b[2J\nfine").write_bytes(b"")
    (packet / os.fsdecode(b"\xff")).write_bytes(b"")
    for problem in verify_packet(packet).problems:
        assert problem.isprintable()
        problem.encode()


def test_what_cannot_be_a_packet_is_the_users_mistake(tmp_path):
    with pytest.raises(PacketError, match="does not exist: name the folder or the ZIP"):
        verify_packet(tmp_path / "none")
    (tmp_path / "text").write_text("hello")
    with pytest.raises(PacketError, match="is neither a packet's folder nor its ZIP"):
        verify_packet(tmp_path / "text")


def test_the_command_tells_what_it_found(packet, written, tmp_path):
    run = CliRunner().invoke
    sound = run(APP, [str(packet)])
    assert sound.exit_code == 0
    assert sound.stdout.startswith("Sound: the 5 files are those that were sealed.\n")
    assert "give the node's --public-key, or --manifest-sha256" in sound.stdout
    kept = run(APP, [str(packet), "--manifest-sha256", written.manifest_sha256.upper()])
    assert kept.exit_code == 0
    (packet / "start.jpg").unlink()
    unsound = run(APP, [str(packet), "--json"])
    assert unsound.exit_code == 1
    told = json.loads(unsound.stdout)
    link, signed_by = told.pop("link"), told.pop("signed_by")
    assert told == {
        "ok": False,
        "problems": ["start.jpg is missing."],
        "manifest_sha256": written.manifest_sha256,
        "notes": [],
        "files": 5,
        "violation_id": written.folder.name,
    }
    assert (link["sequence"], link["previous_sha256"]) == (1, None)
    assert link["manifest_sha256"] == written.manifest_sha256
    assert len(signed_by) == 64
    assert run(APP, [str(packet)]).stdout.startswith("Not sound: 1 problem.\n- start.jpg is")
    mistake = run(APP, [str(tmp_path / "none")])
    assert (mistake.exit_code, mistake.stdout, mistake.stderr.count("\n")) == (2, "", 1)
    assert run(APP, [str(packet), "--manifest-sha256", "12"]).exit_code == 2
