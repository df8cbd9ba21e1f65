"""Secrets at rest: sealed, bound to a purpose, rotated, never in a file that others can read."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from streams.bus import BusError, SqliteBus
from streams.config import load_camera, parse_camera
from streams.sealing import KEY_NAME, SealingError, Seals, is_sealed

CAMERA = "id = 'gate'\nname = 'Gate'\nuri = 'rtsp://admin:geheim@10.0.0.1/1'\n"


@pytest.fixture(scope="module")
def seals(tmp_path_factory: pytest.TempPathFactory) -> Seals:
    return Seals(tmp_path_factory.mktemp("data") / "keys")


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200), st.text("abc/ 1", max_size=20)
)
def test_what_is_sealed_opens_for_its_purpose_only(seals: Seals, text: str, purpose: str) -> None:
    sealed = seals.seal(text, purpose)
    assert is_sealed(sealed)
    assert seals.open(sealed, purpose) == text
    assert seals.seal(text, purpose) != sealed
    with pytest.raises(SealingError, match="was changed"):
        seals.open(sealed, purpose + "x")


def test_any_changed_sign_is_noticed(seals: Seals) -> None:
    sealed = seals.seal("geheim", "camera gate")
    for place in range(len("sealed://1/"), len(sealed)):
        other = "A" if sealed[place] != "A" else "B"
        try:
            assert (
                seals.open(sealed[:place] + other + sealed[place + 1 :], "camera gate") == "geheim"
            )
        except SealingError:
            continue
        # the last sign of base64 has bits that mean nothing
        assert place >= len(sealed) - 4


@pytest.mark.parametrize("text", ["sealed://1/", "sealed://1/x/y", "sealed://1/" + "a" * 5000])
def test_what_was_never_sealed(seals: Seals, text: str) -> None:
    with pytest.raises(SealingError, match=r"sealing\.key lacks"):
        seals.open(text, "p")


def test_the_key_is_the_owners_alone(tmp_path: Path) -> None:
    seals = Seals(tmp_path / "keys")
    sealed = seals.seal("geheim", "p")
    assert seals.path.stat().st_mode & 0o777 == 0o600
    assert not list(seals.path.parent.glob(".*"))
    seals.path.chmod(0o640)
    with pytest.raises(SealingError, match="chmod 600"):
        seals.open(sealed, "p")
    seals.path.chmod(0o600)
    for damaged in (b"", b"short\n", b"!!!!\n"):
        seals.path.write_bytes(damaged)
        with pytest.raises(SealingError) as caught:
            seals.open(sealed, "p")
        assert "short" not in str(caught.value)


def test_rotation(tmp_path: Path) -> None:
    seals = Seals(tmp_path / "keys")
    old = seals.seal("geheim", "p")
    seals.add_key()
    assert not seals.is_current(old)
    assert seals.open(old, "p") == "geheim"
    new = seals.seal("geheim", "p")
    seals.drop_old_keys()
    assert seals.open(new, "p") == "geheim"
    with pytest.raises(SealingError, match="lacks the key"):
        seals.open(old, "p")


def raw(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("bus.db*"))


def test_the_bus_keeps_no_password_of_a_camera(tmp_path: Path) -> None:
    with SqliteBus(tmp_path / "bus.db") as bus:
        bus.put("cameras", "gate", CAMERA)
        bus.put("status", "camera/gate", "{}")
        entry = bus.get("cameras", "gate")
        assert entry is not None
        assert parse_camera(entry.value).uri == "rtsp://admin:geheim@10.0.0.1/1"
        assert bus.entries("cameras") == [entry]
    assert b"geheim" not in raw(tmp_path)
    assert b"10.0.0.1" not in raw(tmp_path)


def test_what_an_older_release_kept_is_sealed_when_the_bus_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "bus.db"
    with SqliteBus(path) as bus:
        bus.put("cameras", "gate", "x")
        revision = bus.revision("cameras")
    with closing(sqlite3.connect(path)) as sql, sql:
        sql.execute("UPDATE entry SET value = ? WHERE bucket = 'cameras'", (CAMERA,))
    assert b"geheim" in raw(tmp_path)
    with SqliteBus(path) as bus:
        assert bus.entries("cameras")[0].value == CAMERA
        assert bus.revision("cameras") == revision
    assert b"geheim" not in raw(tmp_path)


def test_the_bus_rotates(tmp_path: Path) -> None:
    with SqliteBus(tmp_path / "bus.db") as bus:
        seals = Seals(tmp_path / "keys")
        bus.put("cameras", "gate", CAMERA)
        assert bus.reseal() == 0
        seals.add_key()
        assert bus.reseal() == 1
        seals.drop_old_keys()
        assert bus.entries("cameras")[0].value == CAMERA


def test_a_camera_whose_key_is_lost_hides_no_other(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with SqliteBus(tmp_path / "bus.db") as bus:
        bus.put("cameras", "gate", CAMERA)
        (tmp_path / "keys" / KEY_NAME).unlink()
        bus.put("cameras", "yard", CAMERA)
        gate, yard = bus.entries("cameras")
        assert is_sealed(gate.value)
        assert yard.value == CAMERA
        assert "enter the secret anew" in caplog.text
        (tmp_path / "keys" / KEY_NAME).chmod(0o644)
        with pytest.raises(BusError, match="chmod 600"):
            bus.put("cameras", "yard", CAMERA)


def test_a_warning_for_a_password_in_a_file_that_others_can_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "gate.toml"
    for text, mode, warns in (
        (CAMERA, 0o644, True),
        (CAMERA, 0o600, False),
        (CAMERA.replace("geheim", "${CAM}"), 0o644, False),
        (CAMERA.replace("admin:geheim@", ""), 0o644, False),
        (CAMERA.replace("admin:geheim@10.0.0.1/1", "10.0.0.1/?password=geheim"), 0o644, True),
    ):
        file.write_text(text)
        file.chmod(mode)
        caplog.clear()
        load_camera(file)
        assert ("chmod 600" in caplog.text) == warns, text
        assert "geheim" not in caplog.text
