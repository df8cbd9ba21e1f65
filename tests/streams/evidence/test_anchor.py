"""Anchors: what is stamped, which answers are refused, and what a rewritten chain shows."""

import json
import logging
import random
import shutil
import subprocess
import uuid
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skyeye import mount
from streams.evidence import chain
from streams.evidence.anchor import AnchorError, read_anchors, read_head, read_stamp
from streams.evidence.anchor_authority import load_authority
from streams.evidence.anchor_checks import check_anchors
from streams.evidence.anchor_keeper import AnchorKeeper, anchor_now, anchoring
from streams.evidence.collection import verify_folder
from streams.evidence.packet import PacketWriter
from streams.evidence.verify import verify_packet
from tests.streams.evidence.samples import dossier, violation
from tests.streams.evidence.time_authority import NOW, POLICY, Authority, identity, serving

SEALED_S = 1_795_500_000.0
DAY_S = 86_400.0


class Node:
    """A data folder whose authority is `authority`; packets are sealed a second apart."""

    def __init__(self, folder: Path, authority: Authority) -> None:
        self.data, self.root, self.authority = folder, folder / "packets", authority
        self.now_s = SEALED_S
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "root.pem").write_bytes(authority.who.root_pem)
        self.configure()

    def configure(self, more: str = f'policy = "{POLICY}"\n') -> None:
        text = f'url = "{self.authority.url}"\nroot = "root.pem"\n{more}'
        (self.data / "tsa.toml").write_text(text)

    def write(self, *places: int) -> None:
        for place in places:
            self.now_s += 1
            about = violation(place_id=f"place-{place}").to_json()
            whole = dossier(self.data / "dossier", violation=about)
            PacketWriter(self.root, clock=lambda: self.now_s).write(whole)

    def verify(self, anchors: Path | None = None):
        authority = load_authority(self.data)
        assert authority
        return verify_folder(self.root, None, authority.roots, anchors)

    def packet(self, number: int) -> Path:
        for path in self.root.glob("*/*/*/manifest.json"):
            if json.loads(path.read_bytes())["chain"]["sequence"] == number:
                return path.parent
        raise AssertionError(number)


@pytest.fixture
def node(tmp_path):
    with serving(Authority()) as authority:
        yield Node(tmp_path / "data", authority)


def skyeye(*arguments):
    return CliRunner().invoke(mount([str(arguments[0])]), [*map(str, arguments)])


def test_the_head_is_stamped_and_the_stamp_holds(node):
    node.write(1, 2, 3)
    made = anchor_now(node.data)
    assert made.head == read_head(node.root)
    assert made.head.sequence == 3
    assert made.stamp.at_s == NOW.timestamp()
    verdict = node.verify()
    assert verdict.ok
    assert verdict.anchoring == (
        "Anchored up to number 3, when it was stamped, 2026-11-24 06:10:00 UTC by CN=tsa; "
        "1 time stamps.",
    )
    node.write(4, 5)
    assert node.verify().ok
    assert "Not anchored yet: numbers 4 to 5." in node.verify().anchoring


def test_anybody_can_check_it_with_openssl(node):
    if shutil.which("openssl") is None:
        pytest.skip("there is no openssl command here")
    node.write(1)
    name = anchor_now(node.data).name
    folder = node.root / ".anchors"
    command = ["openssl", "ts", "-verify", "-data", folder / f"{name}.json"]
    command += ["-in", folder / f"{name}.tsr", "-CAfile", node.data / "root.pem"]
    command += ["-attime", str(int(NOW.timestamp()))]
    run = subprocess.run(command, capture_output=True, text=True)
    assert "Verification: OK" in run.stdout, run.stderr


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("nonce", "Nonce mismatch"),
        ("hash", "it is of something else"),
        ("policy", "Policy ID mismatch"),
        ("signature", "not the trusted authority's"),
        ("garbage", "gave no time stamp"),
        ("refusal", "the authority refused"),
        ("status", "answered with status 503"),
    ],
)
def test_a_wrong_answer_is_not_kept(node, fault, said):
    node.write(1)
    node.authority.fault = fault
    with pytest.raises(AnchorError, match=said):
        anchor_now(node.data)
    assert read_anchors(node.root / ".anchors") == []
    assert said in anchoring(node.data, node.now_s).problem
    node.authority.fault = ""
    assert anchor_now(node.data).stamp
    assert anchoring(node.data, node.now_s).problem is None


@pytest.mark.parametrize("who", ["expired", "untrusted"])
def test_a_certificate_that_is_over_or_unknown_is_refused(node, who):
    node.write(1)
    node.authority.who = identity(who, 300 if who == "expired" else 500)
    if who == "expired":
        (node.data / "root.pem").write_bytes(node.authority.who.root_pem)
    with pytest.raises(AnchorError, match="not the trusted authority's"):
        anchor_now(node.data)


def test_the_authority_may_be_away(node, caplog):
    node.write(1)
    url, node.authority.url = node.authority.url, "http://127.0.0.1:9/tsr"
    node.configure()
    clock = [SEALED_S]
    keeper = AnchorKeeper(node.data, lambda: clock[0])
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            keeper.turn()
    assert caplog.text.count("cannot be reached") == 1  # said once, and tried once a minute
    assert anchoring(node.data, SEALED_S + 3 * DAY_S).overdue
    assert not anchoring(node.data, SEALED_S + DAY_S).overdue
    node.authority.url = url
    node.configure()
    keeper.turn()
    assert node.authority.asked == 0
    clock[0] += 61
    keeper.turn()
    state = anchoring(node.data, SEALED_S + 3 * DAY_S)
    assert (state.head, state.anchored, state.overdue, state.problem) == (1, 1, False, None)


def test_it_is_stamped_once_a_day_while_packets_come(node):
    clock = [SEALED_S]
    keeper = AnchorKeeper(node.data, lambda: clock[0])
    keeper.turn()  # nothing is there yet
    node.write(1)
    for hour in range(49):
        clock[0] = SEALED_S + 3600 * hour
        node.authority.at = NOW + timedelta(hours=hour)
        if hour == 30:
            node.write(2)
        keeper.turn()
    assert [a.head.sequence for a in read_anchors(node.root / ".anchors")] == [1, 2]
    assert node.authority.asked == 2


def rewrite(node: Node, monkeypatch, places: tuple[int, ...], keep_anchors: bool = True) -> None:
    """Make all packets anew as somebody with the key can: chain and register fit."""
    head = read_head(node.root)
    monkeypatch.setattr(chain.uuid, "uuid4", lambda: uuid.UUID(head.chain))
    kept = node.data / "kept"
    shutil.copytree(node.root / ".anchors", kept)
    shutil.rmtree(node.root)
    node.now_s = SEALED_S
    node.write(*places)
    monkeypatch.undo()
    if keep_anchors:
        shutil.copytree(kept, node.root / ".anchors")


def test_a_chain_rewritten_after_the_anchor_is_named(node, monkeypatch):
    node.write(1, 2, 3)
    anchor_now(node.data)
    rewrite(node, monkeypatch, (1, 7, 3))
    verdict = node.verify()
    assert all(packet.ok for packet in verdict.packets.values())
    (problem,) = verdict.chain_problems
    assert problem.startswith(node.packet(3).relative_to(node.root).as_posix())
    assert "the chain was rewritten after that" in problem
    with pytest.raises(AnchorError, match="but number 3 was stamped: packets are missing or"):
        anchor_now(node.data)  # nor is it stamped again


def test_anchors_that_were_kept_elsewhere_do(node, monkeypatch):
    node.write(1, 2)
    anchor_now(node.data)
    rewrite(node, monkeypatch, (5, 6), keep_anchors=False)
    assert node.verify().ok
    assert any("not anchored" in line for line in node.verify().anchoring)
    assert not node.verify(node.data / "kept").ok


def test_a_chain_that_was_cut_off_is_named(node):
    node.write(1, 2, 3)
    anchor_now(node.data)
    shutil.rmtree(node.packet(3))
    (node.root / ".chain.jsonl").unlink()
    assert any(
        p.startswith("Number 3, with which the chain ended") for p in node.verify().chain_problems
    )


def test_a_backdated_packet_is_named(node):
    node.write(1)
    node.authority.at = NOW + timedelta(hours=5)
    anchor_now(node.data)
    node.write(2)
    (problem,) = node.verify().chain_problems
    assert "number 2" in problem
    assert "it is backdated, or the node's clock was behind" in problem


def test_a_gap_in_the_anchors_is_told(node):
    node.write(1)
    node.authority.at = NOW + timedelta(days=5)
    anchor_now(node.data)
    told = node.verify().anchoring
    assert "Numbers 1 to 1 were stamped up to 5.0 days after they were sealed." in told


@pytest.mark.parametrize("suffix", [".tsr", ".json"])
def test_damaged_anchors_are_named_whatever_the_damage(node, suffix):
    node.write(1)
    name = anchor_now(node.data).name
    path = (node.root / ".anchors" / name).with_suffix(suffix)
    there = [("packet", verify_packet(node.packet(1)).link)]
    roots = load_authority(node.data).roots
    sealed = path.read_bytes()
    chance = random.Random(7)
    for _ in range(150):
        at, bit = chance.randrange(len(sealed)), 1 << chance.randrange(8)
        path.write_bytes(sealed[:at] + bytes([sealed[at] ^ bit]) + sealed[at + 1 :])
        (problem,) = check_anchors(path.parent, there, roots).problems
        assert name in problem, (at, bit)
    path.write_bytes(sealed)
    assert check_anchors(path.parent, there, roots).problems == ()


def test_no_bytes_break_the_reading_of_an_answer():
    chance = random.Random(3)
    for _ in range(300):
        with pytest.raises(ValueError, match=r"ASN\.1"):
            read_stamp(chance.randbytes(chance.randrange(80)))


def test_without_an_authority_all_works_and_says_so(node):
    (node.data / "tsa.toml").unlink()
    node.write(1)
    AnchorKeeper(node.data).turn()
    state = anchoring(node.data, SEALED_S + 30 * DAY_S)
    assert (state.configured, state.overdue, state.problem) == (False, False, None)
    verdict = verify_folder(node.root)
    assert verdict.ok
    assert verdict.lines()[-1] == (
        "The chain is not anchored: no time stamp shows when it was as it is."
    )
    with pytest.raises(AnchorError, match="no time-stamp authority is configured: name one in"):
        anchor_now(node.data)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('url = "ftp://x/"\nroot = "root.pem"', "url: it is no address"),
        ('url = "http://me:secret@x/"\nroot = "root.pem"', "seen in logs"),
        ('url = "http://x/"\nroot = "gone.pem"', "gone.pem cannot be read"),
        ('url = "http://x/"\nroot = "tsa.toml"', "it holds no certificate"),
        ('url = "http://x/"\nroot = "root.pem"\npolicy = "x"', "policy"),
        ('url = "http://x/"\nroot = "root.pem"\nwhen = 1', "when"),
        ("url =", "tsa.toml"),
    ],
)
def test_settings_that_cannot_be_used_are_named(node, text, said):
    (node.data / "tsa.toml").write_text(text)
    with pytest.raises(AnchorError, match=said) as caught:
        load_authority(node.data)
    assert "secret" not in str(caught.value)


def test_the_commands(node):
    node.write(1, 2)
    assert "anchored up to number 2" in skyeye("anchor", "--data", node.data).output
    assert "nothing to add" in skyeye("anchor", "--data", node.data).output
    root = node.data / "root.pem"
    done = skyeye("verify", node.root, "--tsa-root", root)
    assert done.exit_code == 0
    assert "Anchored up to number 2" in done.output
    assert "Who stamped was not checked" in skyeye("verify", node.root).output
    stranger = node.data / "stranger.pem"
    stranger.write_bytes(identity("untrusted").root_pem)
    refused = skyeye("verify", node.root, "--tsa-root", stranger)
    assert refused.exit_code == 1
    assert "not the trusted authority's" in refused.output
