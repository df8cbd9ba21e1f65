"""From the bus to the store: once, in any order, whatever comes."""

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.cases.ingest import Ingest
from api.evidence import Evidence
from api.practice import load_practice
from api.store.database import Store
from api.store.tables import Case, EarlyEnd, HistoryLine
from streams.bus import SqliteBus
from tests.api.conftest import COUNT, Made
from tests.api.databases import on_both
from tests.api.factory import GAP_S, RAISED_S, announce, announce_end, violation, write_packet

pytestmark = on_both

PRACTICE = load_practice(Path("nothing"))


@pytest.fixture
def ingest(made: Made, store: Store, bus: SqliteBus) -> Ingest:
    return Ingest(store, bus, Evidence(made.data_dir / "packets"), PRACTICE)


def actions(store: Store, case_id: str) -> list[str]:
    query = select(HistoryLine.action).where(HistoryLine.case_id == case_id)
    with store.reading() as sql:
        return list(sql.scalars(query.order_by(HistoryLine.id)))


def case(store: Store, case_id: str) -> Case:
    with store.reading() as sql:
        return sql.get_one(Case, case_id)


def test_a_violation_becomes_a_case(made: Made, store: Store) -> None:
    found = made.violations[1]
    row = case(store, found.id)
    assert (row.status, row.version, row.kind) == ("lead", 1, "stray_bikes")
    assert row.facts["count"] == {"value": 4, "unit": ""}
    assert row.box_xyxy == list(found.box_xyxy)
    assert row.thumbnail == "closeup.jpg"
    assert row.camera_name == "新华北路万联广场"


def test_the_same_announcement_makes_no_second_case(
    made: Made, store: Store, bus: SqliteBus, ingest: Ingest
) -> None:
    found = made.violations[0]
    with bus._file.transaction(durable=False) as sql:  # forget that it was published
        sql.execute("DELETE FROM message")
    announce(bus, found, write_packet(made.data_dir, found))
    assert ingest.step() == 1
    assert actions(store, found.id) == ["raised"]


def test_what_was_claimed_and_not_acknowledged_comes_again(
    made: Made, store: Store, bus: SqliteBus
) -> None:
    found = violation(COUNT)
    announce(bus, found, write_packet(made.data_dir, found))
    later_s = [1e9]
    with SqliteBus(made.data_dir / "bus.db", clock=lambda: later_s[0]) as dying:
        assert dying.claim("violation.raised", "cases")  # and the process is killed
        again = Ingest(
            store, dying, Evidence(made.data_dir / "packets"), load_practice(made.data_dir)
        )
        assert again.step() == 0
        later_s[0] += 31
        assert again.step() == 1
    assert actions(store, found.id) == ["raised"]


def test_the_end_may_come_first_and_twice(
    made: Made, store: Store, bus: SqliteBus, ingest: Ingest
) -> None:
    found = violation(COUNT)
    announce_end(bus, found, found.raised_s + 60)
    assert ingest.step() == 1
    announce(bus, found, write_packet(made.data_dir, found))
    assert ingest.step() == 1
    assert case(store, found.id).ended_s == found.raised_s + 60
    assert actions(store, found.id) == ["raised", "ended"]
    with store.reading() as sql:
        assert sql.scalars(select(EarlyEnd)).all() == []


def test_an_end_is_written_down_once(made: Made, store: Store, ingest: Ingest) -> None:
    ended = made.violations[2]
    with SqliteBus(made.data_dir / "other.db") as other:
        announce_end(other, ended, ended.raised_s + 999)
        Ingest(
            store, other, Evidence(made.data_dir / "packets"), load_practice(made.data_dir)
        ).step()
    assert case(store, ended.id).ended_s == ended.raised_s + 240
    assert actions(store, ended.id) == ["raised", "ended"]


def test_an_end_does_not_make_a_look_stale(made: Made, store: Store) -> None:
    assert case(store, made.violations[2].id).version == 1


def broken(body: dict[str, Any]) -> list[dict[str, Any]]:
    found = body["violation"]
    return [
        {},
        {"violation": 3},
        {**body, "packet": "../../../etc"},
        {**body, "packet": "/etc/passwd/x"},
        {**body, "manifest_sha256": "short"},
        {**body, "violation": {**found, "started_s": "yesterday"}},
        {**body, "violation": {**found, "box_xyxy": [1, 2, 3]}},
        {**body, "violation": {**found, "id": "another"}},
        {**body, "camera_name": "no database\u0000keeps this"},
        {**body, "violation": {**found, "zone": "\u0000"}},
        {**body, "violation": {**found, "facts": {"plate": {"value": "\u0000", "unit": ""}}}},
    ]


def test_poison_is_put_aside_and_blocks_nothing(
    made: Made, store: Store, bus: SqliteBus, ingest: Ingest, caplog: pytest.LogCaptureFixture
) -> None:
    good = violation(COUNT)
    packet = write_packet(made.data_dir, good)
    body = {"violation": good.to_json(), "camera_name": "x", "packet": packet.name,
            "manifest_sha256": packet.manifest_sha256}  # fmt: skip
    bad = broken(body)
    for number, message in enumerate(bad):
        found = message.get("violation")
        if isinstance(found, dict) and found["id"] == good.id:
            message["violation"] = {**found, "id": f"bad-{number}"}
        bus.publish("violation.raised", f"bad-{number}", message)
    bus.publish("violation.ended", "bad", {"id": 3})
    announce(bus, good, packet)
    assert ingest.step() == len(bad) + 2
    assert ingest.poison == len(bad) + 1
    assert case(store, good.id).status == "lead"
    assert ingest.step() == 0
    assert "message violation.raised bad-0 is put aside" in caplog.text


def test_a_lost_packet_does_not_lose_the_case(
    made: Made, store: Store, bus: SqliteBus, ingest: Ingest
) -> None:
    found = violation(COUNT)
    packet = write_packet(made.data_dir, found)
    shutil.rmtree(packet.folder)
    announce(bus, found, packet)
    ingest.step()
    assert case(store, found.id).thumbnail is None
    assert ingest.poison == 0


def test_cases_are_numbered_by_the_day_where_the_camera_is(
    made: Made, store: Store, bus: SqliteBus, ingest: Ingest
) -> None:
    midnight_s = 1_795_449_600.0  # 2026-11-24 00:00 in Pinghu, 16:00 the day before in UTC
    for number, raised_s in enumerate((midnight_s - 1, midnight_s, midnight_s + 1)):
        found = violation(newest_s=raised_s)
        found = replace(found, place_id=f"night-{number}")
        announce(bus, found, write_packet(made.data_dir, found))
    ingest.step()
    with store.reading() as sql:
        numbers = list(sql.scalars(select(Case.number).order_by(Case.raised_s)))
    assert numbers[:COUNT] == [f"33048220261123{n:04d}" for n in range(1, COUNT + 1)]
    assert numbers[COUNT:] == ["330482202611230005", "330482202611240001", "330482202611240002"]


def test_the_made_cases_lie_on_one_day() -> None:
    assert violation(COUNT - 1).raised_s == RAISED_S - (COUNT - 1) * GAP_S
