"""One target's lane, turn by turn, with a clock and a target of the tests."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import select, update

from api.outbound.events import Event
from api.outbound.horizon import last_line
from api.outbound.lane import TURN_S, Lane
from api.outbound.progress import LEASE_S
from api.outbound.sender import Refused, Undelivered
from api.outbound.settings import WebhookSettings
from api.outbound.tables import DeadLetter, Target
from api.outbound.targets import pause, put_target, replay, resume
from api.practice import load_practice
from api.store.database import Store
from streams.sealing import Seals
from tests.api.conftest import COUNT, Made
from tests.api.databases import on_both
from tests.api.test_actions import ALL_THE_WAY, take

Trouble = Callable[[Event], Exception | None]


class Fake:
    """Takes events, unless `trouble` says otherwise."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.trouble: Trouble = lambda _: None
        self.idled = 0

    def wants(self, event: Event) -> bool:
        return event.line.action != "ended"

    def send(self, event: Event, _now_s: float) -> None:
        if error := self.trouble(event):
            raise error
        self.got.append(event.id)

    def idle(self, _now_s: float) -> float:
        self.idled += 1
        return 1e9

    def close(self) -> None:
        pass


class Street:
    """A target's lane in a store with cases, and time that passes when a test says so."""

    def __init__(self, store: Store, data_dir: Path) -> None:
        self.store, self.now_s = store, 1_800_000_000.0
        settings = WebhookSettings(kind="webhook", url="https://x.test/")
        with store.writing() as sql:
            put_target(sql, "city", settings, {}, Seals(data_dir / "keys"), self.now_s, 0)
        self.fake = Fake()
        self.lane = self.server("here")

    def server(self, owner: str) -> Lane:
        return Lane(self.store, 1, owner, lambda _: self.fake, lambda: self.now_s)

    def target(self) -> Target:
        with self.store.reading() as sql:
            return sql.get_one(Target, 1)

    def letters(self) -> list[tuple[str, str, bool]]:
        with self.store.reading() as sql:
            rows = sql.scalars(select(DeadLetter).order_by(DeadLetter.line_id))
            return [(row.case_id, row.reason, row.replay_s is not None) for row in rows]

    def turn_until_rest(self, hours: float = 0.0) -> None:
        """Turn; then let the hours pass, in steps that are longer than any wait."""
        self.lane.turn()
        for _ in range(int(hours)):
            self.now_s += 3601
            self.lane.turn()


@pytest.fixture
def street(made: Made, store: Store) -> Street:
    return Street(store, made.data_dir)


def raised(made: Made) -> list[str]:
    """The ids of the events of the cases of the template, in their order."""
    return [f"{found.id}-1" for found in reversed(made.violations)]


def test_each_event_in_order_once(street: Street, made: Made) -> None:
    street.turn_until_rest()
    assert street.fake.got == raised(made)
    take(street.store, load_practice(made.data_dir), made.violations[0].id, ALL_THE_WAY)
    street.turn_until_rest()
    assert street.fake.got[COUNT:] == [f"{made.violations[0].id}-{n}" for n in range(2, 8)]
    street.turn_until_rest()
    assert len(street.fake.got) == COUNT + 6
    target = street.target()
    assert (target.sent, target.tries, target.error) == (COUNT + 6, 0, None)
    assert target.last_success_s == street.now_s
    assert street.fake.idled == 1


def test_what_is_not_wanted_is_passed(street: Street, made: Made) -> None:
    """The template's third case has ended: that event is not wanted."""
    street.turn_until_rest()
    with street.store.reading() as sql:
        assert street.target().cursor == last_line(street.store)
        assert sql.scalar(select(DeadLetter.line_id)) is None


def test_a_target_that_is_away_keeps_its_order(street: Street, made: Made) -> None:
    street.fake.trouble = lambda event: (
        Undelivered("connection refused") if len(street.fake.got) == 2 else None
    )
    street.turn_until_rest()
    target = street.target()
    assert street.fake.got == raised(made)[:2]
    assert (target.error, target.tries) == ("connection refused", 1)
    assert target.next_s is not None
    street.turn_until_rest()
    assert street.target().tries == 1  # it waits
    street.now_s = target.next_s
    street.turn_until_rest()
    assert street.target().tries == 2
    street.fake.trouble = lambda _: None
    street.turn_until_rest(hours=1)
    assert street.fake.got == raised(made)
    target = street.target()
    assert (target.error, target.tries, target.failing_since_s, target.next_s) == (
        None, 0, None, None
    )  # fmt: skip


def test_a_target_says_when_to_come_again(street: Street) -> None:
    street.fake.trouble = lambda _: Undelivered("busy", 1000.0)
    street.turn_until_rest()
    assert street.target().next_s == street.now_s + 1000.0


@on_both
def test_a_refused_event_blocks_its_case_only(street: Street, made: Made) -> None:
    bad = made.violations[-2].id  # the second that was raised; its event 2 is that it ended
    street.fake.trouble = lambda event: Refused("no such code") if event.case.id == bad else None
    street.turn_until_rest(hours=3)
    assert street.fake.got == raised(made)[:1]  # it is tried five times before it is given up
    street.turn_until_rest(hours=1)
    assert street.fake.got == [one for one in raised(made) if bad not in one]
    take(street.store, load_practice(made.data_dir), bad, ALL_THE_WAY[:2])
    street.turn_until_rest()
    assert street.letters() == [
        (bad, "refused", False), (bad, "behind", False), (bad, "behind", False)
    ]  # fmt: skip
    assert street.target().error is None
    # Somebody sets it right, and all comes, in the order of the case.
    street.fake.trouble = lambda _: None
    with street.store.writing() as sql:
        assert replay(sql, sql.get_one(Target, 1), bad, street.now_s) == 3
    street.turn_until_rest()
    assert street.fake.got[-3:] == [f"{bad}-{n}" for n in (1, 3, 4)]
    assert street.letters() == []
    take(street.store, load_practice(made.data_dir), bad, ALL_THE_WAY[2:3])
    street.turn_until_rest()
    assert street.fake.got[-1] == f"{bad}-5"


def test_a_replay_that_fails_waits_for_somebody_again(street: Street, made: Made) -> None:
    bad = made.violations[-1].id
    street.fake.trouble = lambda event: Refused("no") if event.case.id == bad else None
    street.turn_until_rest(hours=4)
    take(street.store, load_practice(made.data_dir), bad, ALL_THE_WAY[:1])
    with street.store.writing() as sql:
        replay(sql, sql.get_one(Target, 1), None, street.now_s)
    street.turn_until_rest()
    assert street.letters() == [(bad, "refused", False), (bad, "behind", False)]
    with street.store.reading() as sql:
        assert sql.scalars(select(DeadLetter.tries)).all() == [6, 0]


def test_what_happens_during_a_replay_waits_its_turn(street: Street, made: Made) -> None:
    bad = made.violations[-1].id
    street.fake.trouble = lambda event: Refused("no") if event.case.id == bad else None
    street.turn_until_rest(hours=4)
    with street.store.writing() as sql:
        replay(sql, sql.get_one(Target, 1), None, street.now_s)
    take(street.store, load_practice(made.data_dir), bad, ALL_THE_WAY[:1])
    street.fake.trouble = lambda event: (
        Undelivered("away") if event.id == f"{bad}-1" and street.now_s < 1_800_050_000 else None
    )
    street.turn_until_rest(hours=2)
    assert f"{bad}-2" not in street.fake.got
    street.now_s = 1_800_060_000
    street.turn_until_rest()
    assert street.fake.got[-2:] == [f"{bad}-1", f"{bad}-2"]


def test_a_target_that_stays_away_is_given_up_after_days(street: Street, made: Made) -> None:
    street.fake.trouble = lambda _: Undelivered("connection refused")
    street.turn_until_rest(hours=71)
    assert street.letters() == []
    street.turn_until_rest(hours=3)
    assert {reason for _, reason, _ in street.letters()} == {"expired"}
    street.fake.trouble = lambda _: None
    street.turn_until_rest(hours=2)
    dead = {case_id for case_id, _, _ in street.letters()}
    alive = [one for one in raised(made) if one.rpartition("-")[0] not in dead]
    assert street.fake.got == alive
    assert alive
    with street.store.writing() as sql:
        replay(sql, sql.get_one(Target, 1), None, street.now_s)
    street.turn_until_rest()
    assert sorted(street.fake.got) == sorted(raised(made))


def test_nothing_is_sent_while_it_is_paused(street: Street, made: Made) -> None:
    with street.store.writing() as sql:
        pause(sql.get_one(Target, 1), street.now_s)
    street.turn_until_rest(hours=5)
    assert street.fake.got == []
    with street.store.writing() as sql:
        resume(sql.get_one(Target, 1))
    street.turn_until_rest()
    assert street.fake.got == raised(made)


def test_of_two_servers_one_sends(street: Street, made: Made) -> None:
    other = street.server("there")
    street.fake.trouble = lambda _: Undelivered("away", 1.0)
    street.lane.turn()
    street.fake.trouble = lambda _: None
    with street.store.writing() as sql:
        sql.execute(update(Target).values(next_s=None))
    other.turn()
    assert street.fake.got == []
    street.now_s += LEASE_S + 1  # the first one was killed
    other.turn()
    assert street.fake.got == raised(made)
    street.lane.turn()
    assert len(street.fake.got) == COUNT


def test_a_pause_is_heeded_within_a_turn(street: Street, made: Made) -> None:
    """Deliveries that take long: the second one comes in another turn."""

    def slow(_: Event) -> None:
        street.now_s += TURN_S

    street.fake.trouble = slow
    assert street.lane.turn() == 0.0
    assert (len(street.fake.got), street.target().sent) == (1, 1)
    for _ in range(COUNT):
        street.lane.turn()
    assert street.fake.got == raised(made)


def test_a_server_that_lost_its_lease_writes_nothing(street: Street, made: Made) -> None:
    def steal(_: Event) -> None:
        with street.store.writing() as sql:
            sql.execute(update(Target).values(lease_owner="there", lease_until_s=2e9))

    street.fake.trouble = steal
    street.lane.turn()
    assert (street.target().cursor, street.target().sent) == (0, 0)


def test_a_target_that_cannot_be_used_says_so(street: Street) -> None:
    def broken(_: Target) -> Fake:
        raise ValueError("there is no mapping x.toml")

    lane = Lane(street.store, 1, "here", broken, lambda: street.now_s)
    lane.turn()
    assert street.target().error == "there is no mapping x.toml"
