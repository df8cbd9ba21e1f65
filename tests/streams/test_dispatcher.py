"""Errands: each violation is packed and published once, whatever fails on the way."""

import pytest

from streams.bus import SqliteBus
from streams.dispatcher import CLIP_PATIENCE_S, Dispatcher
from streams.evidence.dossier import Role
from streams.evidence.dossier_store import DossierStore
from streams.evidence.packet import PacketWriter
from streams.evidence.verify import verify_packet
from streams.journal import Errand, Journal
from tests.streams.evidence import samples

NOW_S = 1_795_400_100.0


class Desk:
    """A dispatcher with real stores in a folder, worked by hand rather than by its thread."""

    def __init__(self, root):
        self.store = DossierStore(root / "dossiers")
        self.journal = Journal(root / "state.db")
        self.bus = SqliteBus(root / "bus.db")
        self.packets = root / "packets"
        self.done = []
        self.dispatcher = Dispatcher(
            self.journal, self.store, PacketWriter(self.packets), self.bus, self.done.append
        )

    def raise_one(self, noted_s=NOW_S, **changes):
        violation = samples.violation()
        folder = self.store.folder("gate", violation.id)
        dossier = samples.dossier(folder, place_id=violation.id, **changes)
        self.store.save(dossier)
        self.journal.save({}, [Errand("raise", violation.id, "gate", noted_s)])
        return violation

    def published(self, subject="violation.raised"):
        return self.bus.claim(subject, "test")


@pytest.fixture
def desk(tmp_path):
    made = Desk(tmp_path)
    yield made
    made.journal.close()
    made.bus.close()


def test_a_violation_becomes_a_sound_packet_and_a_message(desk):
    violation = desk.raise_one()
    assert desk.dispatcher.work()
    (message,) = desk.published()
    assert message.id == violation.id
    assert message.body["violation"] == violation.to_json()
    verdict = verify_packet(desk.packets / message.body["packet"], message.body["manifest_sha256"])
    assert verdict.ok, verdict.problems
    assert desk.journal.errands() == []
    assert [e.violation_id for e in desk.done] == [violation.id]


def test_doing_an_errand_again_publishes_nothing_twice(desk):
    violation = desk.raise_one()
    desk.dispatcher.work()
    desk.journal.save({}, [Errand("raise", violation.id, "gate", NOW_S)])  # done, but not noted so
    assert desk.dispatcher.work()
    assert len(desk.published()) == 1
    assert len(list(desk.packets.glob("*/*/*"))) == 1


def test_a_packet_waits_for_its_clips_but_not_for_ever(desk, monkeypatch):
    monkeypatch.setattr("time.time", lambda: NOW_S + 1)
    desk.raise_one(clips=[])
    assert desk.dispatcher.work()
    assert desk.published() == []
    monkeypatch.setattr("time.time", lambda: NOW_S + CLIP_PATIENCE_S + 1)
    assert desk.dispatcher.work()
    (message,) = desk.published()
    verdict = verify_packet(desk.packets / message.body["packet"])
    assert verdict.ok
    assert {note.split(":")[0] for note in verdict.notes} == {Role.ARRIVAL_CLIP, Role.STANDING_CLIP}


def test_an_end_is_published(desk):
    desk.journal.save({}, [Errand("end", "v1", "gate", NOW_S, NOW_S - 3)])
    assert desk.dispatcher.work()
    (message,) = desk.published("violation.ended")
    assert message.body == {"id": "v1", "ended_s": NOW_S - 3}


def test_a_disk_that_fails_loses_nothing_and_holds_up_nothing_else(desk):
    desk.raise_one()
    desk.journal.save({}, [Errand("end", "v0", "gate", NOW_S, NOW_S)])
    desk.packets.write_text("a file where the folder should be")
    assert not desk.dispatcher.work()
    assert "packets" in desk.dispatcher.problem
    assert desk.published() == []
    assert len(desk.published("violation.ended")) == 1
    desk.packets.unlink()
    assert desk.dispatcher.work()
    assert desk.dispatcher.problem is None
    assert len(desk.published()) == 1


def test_a_dossier_that_somebody_deleted_is_reported_and_holds_up_nothing(desk, caplog):
    violation = desk.raise_one()
    desk.store.remove("gate", violation.id)
    assert desk.dispatcher.work()
    assert desk.journal.errands() == []
    assert "lost its dossier" in caplog.text


def test_the_thread_works_until_it_is_stopped(desk):
    desk.raise_one()
    desk.dispatcher.start()
    for _ in range(200):
        if desk.done:
            break
        desk.dispatcher._stop.wait(0.05)
    desk.dispatcher.stop()
    assert len(desk.published()) == 1
