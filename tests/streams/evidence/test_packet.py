"""Evidence packets are written whole or not at all, whatever befalls the disk or the process."""

import errno
import io
import os
import re
import zipfile
from pathlib import Path

import cv2
import numpy as np
import pytest

from streams.evidence.completeness import stills_gap_s
from streams.evidence.dossier import ClipFile, Role, StillFile
from streams.evidence.manifest import PacketError, parse_manifest
from streams.evidence.packet import PacketWriter, zip_packet
from streams.evidence.stills import encode_still
from streams.evidence.verify import verify_packet
from tests.streams.evidence import samples
from tests.streams.evidence.samples import CAMERA, START_S, dossier, picture

ROOT = Path(__file__).parents[3]
NAMES = [
    "arrival.mp4",
    "closeup.jpg",
    "later.jpg",
    "manifest.json",
    "signature.json",
    "standing.mp4",
    "start.jpg",
]


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def manifest(folder: Path):
    return parse_manifest((folder / "manifest.json").read_bytes())


def stated(folder: Path) -> dict[str, str]:
    return {part.role: part.reason for part in manifest(folder).missing}


@pytest.fixture
def whole(tmp_path):
    return dossier(tmp_path / "dossier")


def test_a_packet_holds_what_the_contract_names(whole, tmp_path):
    packet = PacketWriter(tmp_path / "packets").write(whole)
    assert packet.name == f"gate/20261123/{whole.violation.id}"
    assert packet.folder == tmp_path / "packets" / packet.name
    assert files(packet.folder) == NAMES
    roles = {name: part.role for name, part in manifest(packet.folder).files.items()}
    assert roles == {
        "start.jpg": Role.START_PANORAMA,
        "later.jpg": Role.LATER_PANORAMA,
        "closeup.jpg": Role.CLOSE_UP,
        "arrival.mp4": Role.ARRIVAL_CLIP,
        "standing.mp4": Role.STANDING_CLIP,
    }
    verdict = verify_packet(packet.folder, packet.manifest_sha256)
    assert verdict.ok
    assert verdict.notes == ()


def test_a_still_tells_its_colour_and_the_text_that_is_part_of_it(whole, tmp_path):
    stills = manifest(PacketWriter(tmp_path / "packets").write(whole).folder).stills
    assert {still.bits for still in stills.values()} == {24}
    text = stills["start.jpg"].burnt_in
    assert (text.place, text.device) == ("South gate 南门 · 解放西路", "3304820001")
    assert text.time == CAMERA.caption(START_S + 2).time_text


def test_a_grey_picture_has_fewer_bits(whole, tmp_path):
    grey = cv2.imencode(".jpg", picture(1)[:, :, 0])[1].tobytes()
    (whole.folder / "start.jpg").write_bytes(grey)
    stills = manifest(PacketWriter(tmp_path / "packets").write(whole).folder).stills
    assert (stills["start.jpg"].bits, stills["later.jpg"].bits) == (8, 24)


def test_no_password_leaves_the_house(whole, tmp_path):
    text = (PacketWriter(tmp_path).write(whole).folder / "manifest.json").read_text()
    assert "secret" not in text
    assert "abc" not in text.replace("ab" * 32, "")
    assert manifest(PacketWriter(tmp_path).write(whole).folder).camera.uri == (
        "rtsp://***@cam/1?token=***"
    )


def test_stills_are_the_whole_picture_with_the_time_burnt_in(tmp_path):
    size_wh = (1280, 720)
    source = picture(3, size_wh)
    whole = dossier(tmp_path / "dossier", picture_wh=list(size_wh))
    jpeg = encode_still(source, CAMERA.caption(START_S + 2))
    for name in ("start.jpg", "later.jpg"):
        (whole.folder / name).write_bytes(jpeg)
    folder = PacketWriter(tmp_path / "packets").write(whole).folder
    kept = (folder / "start.jpg").read_bytes()
    shown = cv2.imdecode(np.frombuffer(kept, np.uint8), cv2.IMREAD_COLOR)
    assert kept == jpeg
    assert shown.shape == source.shape
    assert np.abs(shown[:600].mean(axis=2) - source[:600].mean(axis=2)).mean() < 4  # JPEG
    assert shown[690:].max() > 240 > source.max()
    assert stated(folder) == {}


def test_writing_twice_gives_the_same_packet(whole, tmp_path):
    first = PacketWriter(tmp_path / "packets").write(whole)
    before = {f: (first.folder / f).stat().st_mtime_ns for f in NAMES}
    again = PacketWriter(tmp_path / "packets", clock=lambda: 0.0).write(whole)
    assert again == first
    assert {f: (first.folder / f).stat().st_mtime_ns for f in NAMES} == before


def test_a_damaged_packet_in_the_way_is_named_and_kept(whole, tmp_path):
    writer = PacketWriter(tmp_path / "packets")
    folder = writer.write(whole).folder
    (folder / "start.jpg").unlink()
    with pytest.raises(PacketError, match=r"start.jpg is missing.*Move it away"):
        writer.write(whole)
    assert (folder / "later.jpg").exists()


def test_a_dossier_without_a_violation_is_refused(tmp_path):
    with pytest.raises(ValueError, match="place-1 is not about a violation yet"):
        PacketWriter(tmp_path).write(dossier(tmp_path / "dossier", violation=None))


@pytest.mark.parametrize("camera_id", ["../up", ".hidden", "a/b", "", "x" * 300])
def test_no_camera_id_leads_out_of_the_root(tmp_path, camera_id):
    whole = dossier(tmp_path / "dossier")
    changed = samples.violation(camera_id=camera_id).to_json()
    with pytest.raises(ValueError, match="cannot name a folder"):
        PacketWriter(tmp_path / "packets").write(
            dossier(whole.folder, violation=changed),
        )
    assert not (tmp_path / "packets").exists()


@pytest.mark.parametrize(("dwell_s", "gap_s"), [(300, 10), (20, 10), (8, 4), (0, 0)])
def test_panoramas_are_ten_seconds_apart_or_half_a_short_dwell(dwell_s, gap_s):
    assert stills_gap_s(dwell_s) == gap_s


def test_what_is_too_close_missing_or_lost_is_stated(whole, tmp_path):
    soon = whole.with_still(StillFile(Role.LATER_PANORAMA, "later.jpg", START_S + 5))
    (whole.folder / "standing.mp4").write_bytes(samples.clip_bytes(whole.folder, 2)[:5000])
    (whole.folder / "closeup.jpg").unlink()
    late = soon.with_clip(
        ClipFile(Role.ARRIVAL_CLIP, "arrival.mp4", START_S + 1, START_S + 4, "h264")
    )
    folder = PacketWriter(tmp_path / "packets").write(late).folder
    lacks = stated(folder)
    assert lacks["later_panorama"] == ("taken 3.0 s after the first picture, 10 s are asked for")
    assert lacks["close_up"] == "its file was lost before the packet was written"
    assert lacks["standing_clip"].startswith("it cannot be decoded")
    assert lacks["arrival_clip"] == "it begins 1.0 s after the thing was first seen"
    assert not (folder / "standing.mp4").exists()
    verdict = verify_packet(folder)
    assert verdict.ok
    assert len(verdict.notes) == 4


def test_a_small_panorama_is_stated(tmp_path):
    whole = dossier(tmp_path / "dossier", picture_wh=[640, 360])
    folder = PacketWriter(tmp_path / "packets").write(whole).folder
    assert "the camera's picture is 640 x 360" in stated(folder)["start_panorama"]


def test_a_clip_that_browsers_do_not_play_needs_a_copy(tmp_path):
    whole = dossier(tmp_path / "dossier")
    (whole.folder / "standing.mp4").write_bytes(samples.clip_bytes(whole.folder, 2, "mpeg4"))
    clip = ClipFile(Role.STANDING_CLIP, "standing.mp4", START_S + 19, START_S + 21, "mpeg4")
    whole = whole.with_clip(clip)
    folder = PacketWriter(tmp_path / "without").write(whole).folder
    assert stated(folder)["viewing_copy"] == (
        "standing.mp4 is mpeg4, which browsers do not play, and has no copy"
    )
    copy = tmp_path / "copy.mp4"
    copy.write_bytes(samples.clip_bytes(whole.folder, 2))
    writer = PacketWriter(
        tmp_path / "with", lambda source: copy if source.name == "standing.mp4" else None
    )
    folder = writer.write(whole).folder
    assert manifest(folder).clips["standing.view.mp4"].viewing_copy_of == "standing.mp4"
    assert verify_packet(folder).ok
    assert stated(folder) == {}


def test_a_copy_that_cannot_be_made_is_stated_but_a_full_disk_is_not_overlooked(whole, tmp_path):
    def fail(number: int):
        def copy(source: Path) -> Path | None:
            raise OSError(number, os.strerror(number))

        return copy

    folder = PacketWriter(tmp_path / "a", fail(errno.EINVAL)).write(whole).folder
    assert "could not be converted" in stated(folder)["viewing_copy"]
    with pytest.raises(PacketError, match="the disk is full"):
        PacketWriter(tmp_path / "b", fail(errno.ENOSPC)).write(whole)


def test_a_zip_is_the_same_every_time_and_sound(whole, tmp_path):
    packet = PacketWriter(tmp_path / "packets").write(whole)
    memory = io.BytesIO()
    zip_packet(packet.folder, tmp_path / "one.zip")
    for name in NAMES:
        os.utime(packet.folder / name, (1e9, 1e9))
    zip_packet(packet.folder, memory)
    assert (tmp_path / "one.zip").read_bytes() == memory.getvalue()
    assert zipfile.ZipFile(memory).namelist() == [f"{packet.folder.name}/{n}" for n in NAMES]
    assert verify_packet(tmp_path / "one.zip", packet.manifest_sha256).ok


def test_a_zip_that_cannot_be_written_is_explained(whole, tmp_path):
    folder = PacketWriter(tmp_path / "packets").write(whole).folder
    with pytest.raises(PacketError, match="No such file"):
        zip_packet(folder, tmp_path / "none" / "x.zip")
    with pytest.raises(PacketError, match=r"has no manifest\.json"):
        zip_packet(tmp_path, tmp_path / "x.zip")
    with Path("/dev/full").open("wb", buffering=0) as full:  # the kernel's own full disk
        message = r"the archive of .* was not written: the disk is full"
        with pytest.raises(PacketError, match=message):
            zip_packet(folder, full)
    assert not list(tmp_path.glob("*.zip*"))
    assert re.fullmatch(r"[0-9a-f-]{36}", folder.name)
