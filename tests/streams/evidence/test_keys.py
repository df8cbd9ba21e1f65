"""Keys are made once, kept from others' eyes, replaced without losing what they signed."""

import logging
import os
import stat
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

from streams.evidence.keys import KeyRing, KeysError, key_id, public_pem, read_public_keys
from streams.evidence.manifest import PacketError
from streams.evidence.packet import PacketWriter
from streams.evidence.verify import verify_packet
from streams.keys_command import app
from tests.streams.evidence.samples import dossier, violation


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_first_start_makes_a_key_that_only_its_owner_can_read(tmp_path):
    before = os.umask(0)
    try:
        ring = KeyRing(tmp_path / "keys")
        key = ring.signer()
    finally:
        os.umask(before)
    assert mode(ring.folder) == 0o700
    assert mode(ring.folder / "signing.key") == 0o600
    assert ring.signer().private_bytes_raw() == key.private_bytes_raw()
    own = key_id(key.public_key())
    assert sorted(path.name for path in ring.folder.iterdir()) == [f"{own}.pub", "signing.key"]
    assert list(ring.public_keys()) == [own]


@pytest.mark.parametrize("bits", [0o640, 0o604, 0o610, 0o622])
def test_a_key_that_others_can_use_is_refused_with_the_remedy(tmp_path, bits):
    ring = KeyRing(tmp_path)
    ring.signer()
    (tmp_path / "signing.key").chmod(bits)
    with pytest.raises(KeysError, match=r"can be used by others .* `chmod 600 .*signing\.key`"):
        ring.signer()
    with pytest.raises(KeysError, match="chmod 600"):
        ring.rotate()
    whole = dossier(tmp_path / "dossier")
    with pytest.raises(PacketError, match=r"was not written: key .* `chmod 600"):
        PacketWriter(tmp_path / "packets", keys=tmp_path).write(whole)
    assert not list((tmp_path / "packets").glob("*/*/*"))


def test_a_rotated_key_signs_and_the_old_packets_stay_checkable(tmp_path):
    ring, writer = KeyRing(tmp_path / "keys"), PacketWriter(tmp_path / "packets")
    old = writer.write(dossier(tmp_path / "dossier"))
    before = (ring.folder / "signing.key").read_bytes()
    new_id = ring.rotate()
    assert (ring.folder / "signing.key").read_bytes() != before
    assert mode(ring.folder / "signing.key") == 0o600
    later = violation(place_id="place-2").to_json()
    new = writer.write(dossier(tmp_path / "b", violation=later))
    keys = ring.public_keys()
    assert len(keys) == 2
    assert {verify_packet(p.folder, keys=keys).signed_by for p in (old, new)} == set(keys)
    assert verify_packet(new.folder, keys=keys).signed_by == new_id
    only_new = {new_id: keys[new_id]}
    assert "none of those given" in verify_packet(old.folder, keys=only_new).problems[0]


def test_many_that_start_at_once_agree_on_one_key(tmp_path):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(KeyRing(tmp_path / "keys").signer()))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len({key.private_bytes_raw() for key in found}) == 1
    assert len(list((tmp_path / "keys").iterdir())) == 2


def test_a_public_key_that_was_lost_comes_back(tmp_path):
    ring = KeyRing(tmp_path)
    ring.signer()
    (public,) = tmp_path.glob("*.pub")
    kept = public.read_bytes()
    public.unlink()
    ring.signer()
    assert public.read_bytes() == kept


def test_what_is_no_key_is_told_in_one_line_without_its_content(tmp_path, caplog):
    (tmp_path / "signing.key").write_text("geheim")
    (tmp_path / "signing.key").chmod(0o600)
    with pytest.raises(KeysError, match="no key, or a damaged one") as caught:
        KeyRing(tmp_path).signer()
    assert "geheim" not in str(caught.value)
    assert not caplog.records
    with pytest.raises(KeysError, match="holds no public key"):
        read_public_keys(tmp_path / "signing.key")
    with pytest.raises(KeysError, match="cannot be read"):
        read_public_keys(tmp_path / "none")
    other = generate_private_key(SECP256R1()).public_key()
    pem = other.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "x.pem").write_bytes(pem)
    with pytest.raises(KeysError, match="of another kind than Ed25519"):
        read_public_keys(tmp_path / "x.pem")
    (tmp_path / "x.pem").write_bytes(pem.replace(b"M", b"A"))
    with pytest.raises(KeysError, match="cannot be read: it is no key"):
        read_public_keys(tmp_path / "x.pem")


def test_one_file_may_hold_several_public_keys(tmp_path):
    ring = KeyRing(tmp_path)
    ring.rotate()
    both = ring.public_keys()
    path = tmp_path / "both.pem"
    path.write_bytes(b"# our keys\n" + b"".join(public_pem(key) for key in both.values()))
    assert read_public_keys(path).keys() == both.keys()


def test_no_key_is_ever_logged(tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    ring = KeyRing(tmp_path / "keys")
    PacketWriter(tmp_path / "packets").write(dossier(tmp_path / "dossier"))
    ring.rotate()
    secret = (ring.folder / "signing.key").read_text().splitlines()[1]
    assert secret not in caplog.text
    assert secret not in repr(ring)


def test_the_command_shows_public_keys_and_rotates(tmp_path):
    run = CliRunner().invoke
    packet = PacketWriter(tmp_path / "packets").write(dossier(tmp_path / "dossier"))
    old = verify_packet(packet.folder).signed_by
    rotated = run(app, ["rotate", "--data", str(tmp_path)])
    assert rotated.exit_code == 0
    shown = run(app, ["show", "--data", str(tmp_path)]).stdout
    assert "PRIVATE" not in shown
    first, second = (line for line in shown.splitlines() if line.startswith("# "))
    assert first.endswith(" in force")
    assert first.split()[1] in rotated.stdout
    assert second == f"# {old} retired"
    (tmp_path / "public.pem").write_text(shown)
    assert verify_packet(packet.folder, keys=read_public_keys(tmp_path / "public.pem")).ok
    assert run(app, ["show", "--data", str(tmp_path / "none")]).exit_code != 0
