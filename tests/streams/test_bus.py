"""The bus: at least once to every consumer, idempotent, safe across processes and kill -9."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from streams import bus_file
from streams.bus import EXPIRE_S, KEEP_S, Bus, BusError, Entry, Message, Pruned, SqliteBus

ROOT = Path(__file__).parents[2]


class Clock:
    """UTC seconds that a test sets."""

    def __init__(self, now_s: float = 1_000_000.0) -> None:
        self.now_s = now_s

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bus(tmp_path, clock):
    with SqliteBus(tmp_path / "bus.db", clock) as opened:
        yield opened


def start(script: str, *args: object) -> subprocess.Popen[str]:
    """Run Python code in a process of its own, with the path of the file as sys.argv[1]."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, args)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def ids(messages: list[Message]) -> list[str]:
    return [message.id for message in messages]


def test_it_satisfies_the_protocol(bus):
    accepted: Bus = bus
    assert accepted.revision("cameras") == 0


def test_a_message_reaches_every_consumer_once_it_is_acknowledged_no_more(bus):
    assert bus.publish("violation.raised", "v1", {"camera_name": "南门"})
    [message] = bus.claim("violation.raised", "api")
    assert message == Message("v1", "violation.raised", {"camera_name": "南门"}, attempts=1)
    bus.ack("api", message)
    assert bus.claim("violation.raised", "api") == []
    assert ids(bus.claim("violation.raised", "archive")) == ["v1"]


def test_publishing_again_is_told_and_changes_nothing(bus):
    assert bus.publish("violation.raised", "v1", {"n": 1}) is True
    assert bus.publish("violation.raised", "v1", {"n": 2}) is False
    assert bus.publish("violation.ended", "v1", {"n": 3}) is True
    assert [m.body for m in bus.claim("violation.raised", "api")] == [{"n": 1}]


def test_publishing_again_is_recognised_after_the_acknowledgement(bus):
    bus.publish("verdict", "v1:1", {})
    bus.ack("node", bus.claim("verdict", "node")[0])
    assert bus.publish("verdict", "v1:1", {}) is False
    assert bus.claim("verdict", "node") == []


def test_a_lease_keeps_others_away_until_it_runs_out(bus, clock):
    bus.publish("s", "a", {})
    assert ids(bus.claim("s", "api", lease_s=30)) == ["a"]
    clock.now_s += 29.9
    assert bus.claim("s", "api") == []
    clock.now_s += 0.1
    assert [(m.id, m.attempts) for m in bus.claim("s", "api")] == [("a", 2)]


def test_a_clock_set_back_does_not_hold_a_lease_for_ever(bus, clock):
    bus.publish("s", "a", {})
    bus.claim("s", "api")
    clock.now_s -= 3600
    assert ids(bus.claim("s", "api")) == ["a"]


def test_the_oldest_come_first_and_no_more_than_asked_for(bus):
    for name in "cab":
        bus.publish("s", name, {})
    assert ids(bus.claim("s", "api", limit=2)) == ["c", "a"]
    assert ids(bus.claim("s", "api", limit=2)) == ["b"]


def test_a_late_acknowledgement_counts(bus, clock):
    bus.publish("s", "a", {})
    [message] = bus.claim("s", "api", lease_s=1)
    clock.now_s += 60
    bus.ack("api", message)
    assert bus.claim("s", "api") == []


def test_a_body_that_is_not_json_is_refused(bus):
    with pytest.raises(ValueError, match="JSON"):
        bus.publish("s", "a", {"score": float("nan")})
    assert bus.claim("s", "api") == []


def test_settled_messages_go_when_old_and_unread_ones_much_later(bus, clock):
    for name in ("read", "unread"):
        bus.publish("s", name, {})
    bus.publish("nobody listens", "x", {})
    by_id = {m.id: m for m in bus.claim("s", "api")}
    bus.ack("api", by_id["read"])
    assert bus.prune() == Pruned(settled=0, expired=0)
    clock.now_s += KEEP_S + 1
    assert bus.prune() == Pruned(settled=1, expired=0)
    assert ids(bus.claim("s", "api")) == ["unread"]
    clock.now_s += EXPIRE_S
    assert bus.prune() == Pruned(settled=0, expired=2)
    assert bus.claim("s", "api") == []
    assert bus.publish("s", "unread", {}) is True


def test_opening_prunes(tmp_path, clock):
    path = tmp_path / "bus.db"
    with SqliteBus(path, clock) as bus:
        bus.publish("s", "a", {})
    clock.now_s += EXPIRE_S + 1
    with SqliteBus(path, clock) as bus:
        assert bus.publish("s", "a", {}) is True


def test_buckets_count_their_changes(bus):
    assert bus.put("cameras", "gate", "one") == 1
    assert bus.put("cameras", "yard", "two") == 2
    assert bus.put("status", "camera/gate", "{}") == 1
    assert bus.put("cameras", "gate", "three") == 3
    assert bus.get("cameras", "gate") == Entry("gate", "three", 3)
    assert bus.entries("cameras") == [Entry("gate", "three", 3), Entry("yard", "two", 2)]
    assert bus.delete("cameras", "gate") is True
    assert bus.delete("cameras", "gate") is False
    assert bus.get("cameras", "gate") is None
    assert bus.revision("cameras") == 4
    assert bus.put("cameras", "gate", "back") == 5


class BusModel(RuleBasedStateMachine):
    """The bus against plain dictionaries; leases last 10 s of a clock that the test advances."""

    names = st.sampled_from("abcd")
    consumers = st.sampled_from(["api", "archive"])
    subjects = st.sampled_from(["raised", "ended"])

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.folder = tempfile.TemporaryDirectory()
        self.connection = SqliteBus(Path(self.folder.name) / "bus.db", self.clock)
        self.published: dict[tuple[str, str], int] = {}
        self.acked: set[tuple[str, str, str]] = set()
        self.held_until_s: dict[tuple[str, str, str], float] = {}
        self.attempts: dict[tuple[str, str, str], int] = {}
        self.values: dict[str, tuple[str, int]] = {}
        self.changes = 0

    def teardown(self) -> None:
        self.connection.close()
        self.folder.cleanup()

    @rule(subject=subjects, name=names, n=st.integers())
    def publish(self, subject, name, n):
        is_new = (subject, name) not in self.published
        assert self.connection.publish(subject, name, {"n": n}) is is_new
        self.published.setdefault((subject, name), n)

    @rule(subject=subjects, consumer=consumers, limit=st.integers(1, 4), done=st.booleans())
    def claim(self, subject, consumer, limit, done):
        free = [
            (name, n)
            for (its_subject, name), n in self.published.items()
            if its_subject == subject
            and (subject, name, consumer) not in self.acked
            and self.held_until_s.get((subject, name, consumer), 0) <= self.clock.now_s
        ]
        messages = self.connection.claim(subject, consumer, lease_s=10, limit=limit)
        assert [(m.id, m.body["n"]) for m in messages] == free[:limit]
        for message in messages:
            key = (subject, message.id, consumer)
            self.attempts[key] = self.attempts.get(key, 0) + 1
            assert message.attempts == self.attempts[key]
            self.held_until_s[key] = self.clock.now_s + 10
            if done:
                self.connection.ack(consumer, message)
                self.acked.add(key)

    @rule(seconds=st.integers(1, 15))
    def wait(self, seconds):
        self.clock.now_s += seconds

    @rule(key=names, value=st.text(max_size=3))
    def put(self, key, value):
        self.changes += 1
        self.values[key] = (value, self.changes)
        assert self.connection.put("cameras", key, value) == self.changes

    @rule(key=names)
    def delete(self, key):
        assert self.connection.delete("cameras", key) is (key in self.values)
        self.changes += self.values.pop(key, None) is not None

    @invariant()
    def buckets_agree(self):
        expected = [Entry(key, *value) for key, value in sorted(self.values.items())]
        assert self.connection.entries("cameras") == expected
        assert self.connection.revision("cameras") == self.changes


BusModel.TestCase.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
test_it_behaves_like_the_model = BusModel.TestCase


PUBLISH = """
import sys
import tempfile
from pathlib import Path
from streams.bus import SqliteBus
with SqliteBus(Path(sys.argv[1])) as bus:
    new = [bus.publish("s", f"m{i}", {"i": i}) for i in range(60)]
    for i in range(60):
        bus.put("status", sys.argv[2], str(i))
print(sum(new))
"""

CONSUME = """
import json, sys, time
from pathlib import Path
from streams.bus import SqliteBus
seen = []
with SqliteBus(Path(sys.argv[1])) as bus:
    while bus.get("control", "stop") is None:
        for message in bus.claim("s", "api", lease_s=600, limit=3):
            seen.append(message.id)
            bus.ack("api", message)
        time.sleep(0.005)
print(json.dumps(seen))
"""


def test_two_publishers_and_two_consumers_lose_and_double_nothing(tmp_path):
    """All four open the file that does not exist yet at the same time."""
    path = tmp_path / "bus.db"
    consumers = [start(CONSUME, path) for _ in range(2)]
    publishers = [start(PUBLISH, path, name) for name in ("one", "two")]
    added = [int(p.communicate(timeout=60)[0]) for p in publishers]
    assert sum(added) == 60
    with SqliteBus(path) as bus:
        assert bus.revision("status") == 120
        left = {m.id for m in bus.claim("s", "watch", limit=100)}
        assert left == {f"m{i}" for i in range(60)}
        bus.put("control", "stop", "")
        seen = [i for c in consumers for i in json.loads(c.communicate(timeout=60)[0])]
        rest = ids(bus.claim("s", "api", limit=100))
        assert sorted(seen + rest) == sorted(f"m{i}" for i in range(60))


HANG = """
import sys, time
from pathlib import Path
from streams.bus import SqliteBus
bus = SqliteBus(Path(sys.argv[1]), clock=lambda: 1000.0)
if sys.argv[2] == "claimed":
    print(bus.claim("s", "api", lease_s=30)[0].attempts, flush=True)
else:
    with bus._file.transaction(durable=True) as sql:
        sql.execute("DELETE FROM message")
        print("deleted", flush=True)
        time.sleep(600)
time.sleep(600)
"""


@pytest.mark.parametrize("moment", ["claimed", "in the middle of a write"])
def test_kill_9_loses_nothing(tmp_path, moment):
    clock = Clock(1000.0)
    with SqliteBus(tmp_path / "bus.db", clock) as bus:
        bus.publish("s", "a", {"n": 1})
        victim = start(HANG, tmp_path / "bus.db", moment)
        assert victim.stdout is not None
        assert victim.stdout.readline().strip() in ("1", "deleted")
        victim.send_signal(signal.SIGKILL)
        victim.communicate()
        assert ids(bus.claim("s", "api")) == ([] if moment == "claimed" else ["a"])
        clock.now_s += 30
        assert [(m.id, m.body) for m in bus.claim("s", "api")] == [("a", {"n": 1})]
        assert bus.publish("s", "b", {}) is True


FULL = """
import os, resource, sys
from pathlib import Path
from streams.bus import BusError, SqliteBus
path = Path(sys.argv[1])
bus = SqliteBus(path)
bus.publish("s", "before", {})
size = os.path.getsize(f"{path}-wal") + 20_000
resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
try:
    bus.publish("s", "too big", {"x": "x" * 50_000})
except BusError as error:
    print(error)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(bus.publish("s", "after", {}))
print([m.id for m in bus.claim("s", "api")])
"""


def test_a_write_that_does_not_fit_is_told_and_the_rest_goes_on(tmp_path):
    path = tmp_path / "bus.db"
    out = start(FULL, path).communicate(timeout=60)[0].splitlines()
    assert str(path) in out[0]
    assert "space" in out[0]
    assert out[1:] == ["True", "['before', 'after']"]


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_is_named_and_freeing_space_is_enough(tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", disk], check=False
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        with SqliteBus(disk / "bus.db") as bus:
            ballast = disk / "ballast"
            with pytest.raises(OSError, match="No space"):
                ballast.write_bytes(bytes(600_000))
            with pytest.raises(BusError, match=r"bus\.db: the disk is full: free some space on it"):
                bus.publish("s", "a", {"x": "x" * 50_000})
            ballast.unlink()
            assert bus.publish("s", "a", {"x": "x" * 50_000}) is True
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_that_is_no_bus_is_named(tmp_path):
    path = tmp_path / "bus.db"
    path.write_bytes(b"certainly not a database" * 100)
    with pytest.raises(BusError, match=r"bus\.db: it is not a bus file"):
        SqliteBus(path)


def test_a_file_of_a_newer_release_is_left_alone(tmp_path):
    path = tmp_path / "bus.db"
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {bus_file.FORMAT + 1}")
    connection.close()
    with pytest.raises(BusError, match="newer Skyeye"):
        SqliteBus(path)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "data").write_text("a file")
    with pytest.raises(BusError, match=r"bus folder .*data"):
        SqliteBus(tmp_path / "data" / "bus.db")


def test_a_folder_in_place_of_the_file_is_named(tmp_path):
    (tmp_path / "bus.db").mkdir()
    with pytest.raises(BusError, match=r"bus\.db: it cannot be opened"):
        SqliteBus(tmp_path / "bus.db")


def test_a_lock_that_lasts_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(bus_file, "BUSY_TIMEOUT_S", 0.01)
    path = tmp_path / "bus.db"
    with SqliteBus(path) as bus:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusError, match="another process has kept it locked"):
            bus.publish("s", "a", {})
        other.execute("ROLLBACK")
        other.close()
        assert bus.publish("s", "a", {}) is True
