"""Requests for another look: answered once, whatever is killed when, and never gone for nothing."""

import hashlib
import time
from dataclasses import replace

import pytest

from streams.bus import SqliteBus
from streams.dispatcher import Dispatcher
from streams.evidence.another_look import Eye, keep_another_look
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import Networks
from streams.evidence.packet import PacketWriter
from streams.evidence.shown import Shown
from streams.evidence.verify import verify_packet
from streams.journal import Errand, Journal
from streams.second_looks import CONSUMER, DONE, LEASE_S, WANTED, SecondLooks
from tests.streams.evidence import samples
from vision.whereabouts import Whereabouts

ASKED_S = samples.START_S + 600
CAMERAS = frozenset({"gate"})


class Desk:
    """A node's part of it, worked by hand; `restart` is what kill -9 leaves behind."""

    def __init__(self, root):
        self.root, self.now_s = root, 1000.0
        self.store = DossierStore(root / "dossiers")
        writer = PacketWriter(root / "packets")
        self.first = writer.write(samples.dossier(root / "made"))
        self.violation = samples.violation()
        self.open()

    def open(self):
        self.bus = SqliteBus(self.root / "bus.db", clock=lambda: self.now_s)
        self.journal = Journal(self.root / "state.db")
        writer = PacketWriter(self.root / "packets")
        self.dispatcher = Dispatcher(self.journal, self.store, writer, self.bus, self._done)
        self.looks = SecondLooks(
            self.bus, self.journal, self.root / "packets", clock=lambda: self.now_s
        )

    def close(self):
        self.bus.close()
        self.journal.close()

    def restart(self):
        self.close()
        self.now_s += LEASE_S + 1
        self.open()

    def _done(self, errand):
        self.store.remove(errand.camera_id, errand.violation_id)

    def ask(self, look_id="look-1", **more):
        body = {
            "id": look_id,
            "violation_id": self.violation.id,
            "camera_id": "gate",
            "packet": self.first.name,
            "manifest_sha256": self.first.manifest_sha256,
            "asked_s": ASKED_S,
            "patience_s": 60.0,
        }
        self.bus.publish(WANTED, look_id, body | more)
        self.looks.hear(CAMERAS)

    def see(self, where=Whereabouts.GONE, seed=0, size_wh=samples.SIZE_WH, t_s=ASKED_S + 1):
        """One look, as the observer takes it; returns what it put on the list of errands."""
        errands = []
        for waiting in self.looks.at("gate"):
            told = self.looks.told(waiting, where, t_s, size_wh)
            if told:
                shown, eye = (
                    Shown(samples.picture(seed, size_wh)),
                    Eye(samples.CAMERA, Networks(), samples.dossier(self.root / "made").clock),
                )
                keep_another_look(self.store, *told, shown, eye)
                errands.append(Errand("look", waiting.wanted.id, "gate", time.time()))
        self.journal.save({}, errands)
        return [errand.violation_id for errand in errands]

    def answers(self):
        return {m.id: m.body for m in self.bus.claim(DONE, "test", 0.0)}


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.close()


def test_an_after_photo_is_a_sound_packet_that_names_the_first(desk):
    before = hashlib.sha256((desk.first.folder / "manifest.json").read_bytes()).hexdigest()
    desk.ask()
    for look_id in desk.see():
        desk.looks.settle(look_id)
    assert desk.dispatcher.work()
    body = desk.answers()["look-1"]
    assert (body["outcome"], body["looked_s"]) == ("gone", ASKED_S + 1)
    packet = desk.root / "packets" / body["packet"]
    verdict = verify_packet(packet, body["manifest_sha256"])
    assert verdict.ok, verdict.problems
    assert verdict.link.sequence == 2
    assert verdict.link.previous_sha256 == before
    assert {path.name for path in packet.glob("*.jpg")} == {"after.jpg", "after_closeup.jpg"}
    assert before == hashlib.sha256((desk.first.folder / "manifest.json").read_bytes()).hexdigest()
    assert desk.bus.claim(WANTED, CONSUMER, 0.0) == []


@pytest.mark.parametrize("name", ["after.jpg", "manifest.json"])
def test_a_changed_after_photo_is_noticed(desk, name):
    desk.ask()
    desk.see()
    desk.dispatcher.work()
    packet = desk.root / "packets" / desk.answers()["look-1"]["packet"]
    data = bytearray((packet / name).read_bytes())
    data[len(data) // 2] ^= 1
    (packet / name).write_bytes(data)
    verdict = verify_packet(packet)
    assert not verdict.ok
    assert name in verdict.problems[0]


@pytest.mark.parametrize("killed", ["heard", "seen", "packed", "published", "acknowledged"])
def test_kill_9_at_any_moment_leaves_one_answer(desk, killed):
    desk.ask()
    if killed != "heard":
        desk.see()
    if killed in ("packed", "published", "acknowledged"):
        (errand,) = desk.journal.errands()
        dossier = desk.store.load("gate", errand.violation_id)
        desk.dispatcher._writer.write(dossier)
    if killed in ("published", "acknowledged"):
        desk.dispatcher.work()
    if killed == "acknowledged":
        desk.looks.settle("look-1")
    desk.restart()
    desk.looks.hear(CAMERAS)
    desk.see(seed=1, t_s=ASKED_S + 40)
    desk.looks.settle("look-1")
    desk.dispatcher.work()
    (body,) = desk.answers().values()
    assert body["outcome"] == "gone"
    packets = list((desk.root / "packets").glob("*/*/look-1"))
    assert len(packets) == 1
    assert verify_packet(packets[0], body["manifest_sha256"]).ok
    desk.now_s += LEASE_S + 1
    desk.looks.hear(CAMERAS)
    assert desk.looks.at("gate") == []


@pytest.mark.parametrize(
    ("where", "reason"),
    [
        (Whereabouts.HIDDEN, "hidden"),
        (Whereabouts.OCCUPIED, "occupied"),
        (Whereabouts.UNKNOWN, "unknown"),
    ],
)
def test_a_picture_that_tells_nothing_is_no_answer_but_a_reason(desk, where, reason):
    desk.ask()
    assert desk.see(where) == []
    assert desk.answers() == {}
    desk.now_s += 61
    desk.looks.hear(CAMERAS)
    body = desk.answers()["look-1"]
    assert (body["outcome"], body["reason"], body["packet"]) == ("unseen", reason, None)
    assert desk.looks.at("gate") == []


def test_a_camera_that_is_silent_or_taken_down_is_no_answer(desk):
    desk.ask()
    desk.ask("look-2", camera_id="gone")
    desk.now_s += 61
    desk.looks.hear(CAMERAS)
    reasons = {i: body["reason"] for i, body in desk.answers().items()}
    assert reasons == {"look-1": "offline", "look-2": "no_camera"}


@pytest.mark.parametrize(
    "more",
    [
        {"packet": "gate/20261125/another"},
        {"packet": "../../etc"},
        {"manifest_sha256": "0" * 64},
        {"violation_id": "another"},
    ],
)
def test_without_the_first_packet_nothing_is_told(desk, more):
    desk.ask(**more)
    assert desk.see() == []
    assert desk.looks.at("gate")[0].reason == "no_packet"


def test_a_picture_of_another_size_has_other_spots(desk):
    desk.ask()
    assert desk.see(size_wh=(640, 360)) == []
    assert desk.looks.at("gate")[0].reason == "unknown"


def test_what_is_no_request_is_put_aside(desk, caplog):
    desk.bus.publish(WANTED, "odd", {"id": "odd"})
    desk.looks.hear(CAMERAS)
    assert "put aside" in caplog.text
    assert desk.bus.claim(WANTED, CONSUMER, 0.0) == []


def test_a_picture_from_before_it_was_asked_for_is_told(desk):
    desk.ask()
    desk.see(t_s=ASKED_S - 5)
    desk.dispatcher.work()
    packet = desk.root / "packets" / desk.answers()["look-1"]["packet"]
    verdict = verify_packet(packet)
    assert verdict.problems == ("The picture of another look was taken before it was asked for.",)
    assert replace(verdict, problems=()).link.sequence == 2
