"""Two ways with a city platform: cases there, changes back, and what goes wrong in between."""

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.cases.casework import Wanted, take_step
from api.custody.copies import NotMasked
from api.custody.register import Deed, lines_of_case
from api.evidence import Evidence
from api.outbound.lane import Lane
from api.outbound.senders import Workshop
from api.outbound.settings import PlatformSettings
from api.outbound.tables import DeadLetter, PlatformCase, PlatformChange, ReceivedPhoto, Target
from api.outbound.targets import put_target
from api.practice import load_practice
from api.store.database import Store
from api.store.tables import Case, HistoryLine
from api.workflow.flow import Step
from api.workflow.words import Action, Duty
from streams.bus import SqliteBus
from streams.sealing import Seals
from tests.api.conftest import Made
from tests.api.databases import on_both
from tests.api.outbound.city_platform import (
    JPEG,
    TOKEN,
    CityPlatform,
    broken,
    city_platform,
    failed,
    garbage,
    late,
)
from tests.api.outbound.receiver import allow_loopback
from tests.api.outbound.unmasked import Unmasked

DAY = "2026-11-24"


@dataclass
class Town:
    """A bureau and its city's platform."""

    city: CityPlatform
    url: str
    store: Store
    made: Made
    bus: SqliteBus
    masking: Unmasked
    now_s: float = 1_800_000_000.0

    def __post_init__(self) -> None:
        allow_loopback(self.made.data_dir)
        self.set()
        self.practice = load_practice(self.made.data_dir)
        evidence = Evidence(self.made.data_dir / "packets")
        workshop = Workshop(
            self.made.data_dir, self.store, self.bus, evidence, self.masking, self.practice
        )
        self.lane = Lane(self.store, 1, "here", workshop.make, lambda: self.now_s)

    def set(self, **more: Any) -> None:
        told = {"kind": "platform", "url": self.url, "timeout_s": 10, "refused_tries": 2}
        settings = PlatformSettings.model_validate(told | more)
        seals = Seals(self.made.data_dir / "keys")
        with self.store.writing() as sql:
            put_target(sql, "city", settings, {"token": TOKEN}, seals, self.now_s, 0)

    def turn(self, hours: int = 1) -> None:
        """Let it work; time passes, so that it asks for changes and tries again."""
        for _ in range(hours):
            self.now_s += 3601
            self.lane.turn()

    def act(self, case_id: str, *actions: Action, actor: str = "wang", **told: Any) -> None:
        for action in actions:
            step = replace(Step(action, actor, frozenset(Duty)), **told)
            wanted = Wanted(case_id, self.case(case_id).version, step, self.now_s)
            take_step(self.store, self.practice, wanted)

    def case(self, case_id: str) -> Case:
        with self.store.reading() as sql:
            return sql.get_one(Case, case_id)

    def actors(self, case_id: str) -> list[tuple[str, str]]:
        with self.store.reading() as sql:
            query = select(HistoryLine.action, HistoryLine.actor).where(
                HistoryLine.case_id == case_id
            )
            return [(a, b) for a, b in sql.execute(query.order_by(HistoryLine.seq)).all()]

    def outcomes(self) -> list[tuple[str, str, str]]:
        with self.store.reading() as sql:
            rows = sql.scalars(select(PlatformChange).order_by(PlatformChange.taken_s)).all()
            return [(row.change_id, row.outcome, row.why) for row in rows]

    def target(self) -> Target:
        with self.store.reading() as sql:
            return sql.get_one(Target, 1)


@pytest.fixture
def town(made: Made, store: Store, bus: SqliteBus) -> Iterator[Town]:
    with city_platform() as (city, url):
        evidence = Evidence(made.data_dir / "packets")
        town = Town(city, url, store, made, bus, Unmasked(evidence))
        yield town
        town.lane.close()


@pytest.fixture
def pushed(town: Town) -> tuple[str, str]:
    """A case that the platform has: its id here and there."""
    case_id = town.made.violations[0].id
    town.act(case_id, Action.FILE)
    town.turn()
    return case_id, town.city.id_of(case_id)


def test_a_filed_case_is_handed_over_with_its_pictures(town: Town, pushed: tuple[str, str]) -> None:
    case_id, external_id = pushed
    assert list(town.city.cases) == [external_id]  # leads are not
    told, case = town.city.cases[external_id], town.case(case_id)
    assert told["caseNo"] == case.number
    assert (told["categoryCode"], told["categoryScheme"]) == ("04-09", "newer")
    assert (told["location"], told["latitude"]) == ("当湖街道解放西路 88 号", 30.69)
    assert told["foundTime"] == "2026-11-23 10:13:20"
    photos = town.city.photos[external_id]
    assert [one["stage"] for one in photos] == ["before"] * 3
    for one in photos:
        data = base64.b64decode(one["base64"])
        assert data == (town.made.packet(0) / one["name"]).read_bytes()
    town.turn(3)
    assert len(town.city.cases) == 1
    assert town.target().pull_error is None


@on_both
def test_the_whole_way_there_and_back(town: Town, pushed: tuple[str, str]) -> None:
    case_id, external_id = pushed
    town.city.tell(external_id, "dispatched", f"{DAY} 08:00:00", operator="指挥中心")
    town.turn()
    assert (town.case(case_id).status, town.case(case_id).assignee) == ("dispatched", "指挥中心")
    town.city.tell(external_id, "handled", f"{DAY} 09:00:00", remark="已拖离", operator="李四")
    photo = {"url": "/photos/after.jpg"}
    town.city.tell(external_id, "closed", f"{DAY} 10:00:00", photos=[photo], operator="赵六")
    town.turn()
    assert town.case(case_id).status == "closed"
    assert town.actors(case_id)[1:] == [
        ("file", "wang"), ("dispatch", "city:dispatcher"), ("accept", "city:handler"),
        ("report", "city:handler"), ("check", "city:checker"), ("close", "city:checker"),
    ]  # fmt: skip
    with town.store.reading() as sql:
        row = sql.scalars(select(ReceivedPhoto)).one()
        report = sql.scalars(select(HistoryLine).where(HistoryLine.action == "report")).one()
    assert report.note == "李四: 已拖离"
    kept = town.made.data_dir / "received" / case_id / f"{row.sha256}.jpg"
    assert (row.role, kept.read_bytes()) == ("after", JPEG)
    assert town.city.events[external_id] == []  # it is not told what it did itself
    assert [outcome for _, outcome, _ in town.outcomes()] == ["applied"] * 3


def test_what_happens_here_is_told_there(town: Town, pushed: tuple[str, str]) -> None:
    case_id, external_id = pushed
    town.act(case_id, Action.VOID, note="演练")
    town.turn()
    assert [(one["action"], one["note"]) for one in town.city.events[external_id]] == [
        ("void", "演练")
    ]


def test_a_return_goes_back_one_step(town: Town, pushed: tuple[str, str]) -> None:
    case_id, external_id = pushed
    town.city.tell(external_id, "dispatched", f"{DAY} 08:00:00")
    town.city.tell(external_id, "returned", f"{DAY} 09:00:00", remark="不属本部门")
    town.turn()
    assert town.case(case_id).status == "filed"
    assert town.actors(case_id)[-1] == ("return", "city:dispatcher")


def test_a_change_told_twice_is_taken_once(town: Town, pushed: tuple[str, str]) -> None:
    case_id, external_id = pushed
    town.city.tell(external_id, "handled", f"{DAY} 09:00:00", remark="已拖离")
    town.turn()
    lines = len(town.actors(case_id))
    town.city.changes.append(town.city.changes[0])
    town.turn()
    assert len(town.actors(case_id)) == lines
    assert [outcome for _, outcome, _ in town.outcomes()] == ["applied"]


def test_changes_out_of_order(town: Town, pushed: tuple[str, str]) -> None:
    case_id, external_id = pushed
    town.city.tell(external_id, "handled", f"{DAY} 09:00:00", remark="已拖离")
    town.city.tell(external_id, "dispatched", f"{DAY} 08:00:00")
    town.turn()
    assert town.case(case_id).status == "reported"
    assert [outcome for _, outcome, _ in town.outcomes()] == ["applied", "late"]


@on_both
def test_a_case_that_moved_meanwhile_is_a_conflict_that_is_kept(
    town: Town, pushed: tuple[str, str]
) -> None:
    case_id, external_id = pushed
    town.act(case_id, Action.VOID, note="演练")
    town.city.tell(external_id, "handled", f"{DAY} 09:00:00", photos=["/photos/1.jpg"])
    town.turn()
    assert town.case(case_id).status == "voided"
    assert town.outcomes() == [("c1", "parked", "the case is voided here")]
    with town.store.reading() as sql:
        assert sql.scalars(select(ReceivedPhoto)).one().change_id == "c1"


BAD = [
    ({"status": "dispatched"}, "the case is handling here already"),
    ({"status": "blown away"}, "its status 'blown away' is not among the mapping's"),
    ({"status": None}, "its status '' is not among"),
    ({"caseId": None}, "it names no case"),
    ({"caseId": "P9999"}, "it is about a case that was not handed over"),
    ({"time": "soon"}, "its time cannot be read"),
    ({"time": 1e300}, "its time cannot be read"),
    ({"time": "2026-11-24\u0000"}, "its time cannot be read"),
    ({"changeId": None}, "it has no id"),
    ({"changeId": "\ud800"}, "it has no id"),
]


def test_what_cannot_be_applied_is_parked(town: Town, pushed: tuple[str, str]) -> None:
    """And holds up nothing that comes after it."""
    case_id, external_id = pushed
    town.act(case_id, Action.DISPATCH, assignee="李四")
    town.act(case_id, Action.ACCEPT)
    for change, _ in BAD:
        town.city.tell(external_id, "handled", f"{DAY} 09:00:00")
        town.city.changes[-1] |= change
    town.city.tell(external_id, "handled", f"{DAY} 10:00:00", remark="已清理\u0000\ud800")
    town.turn()
    assert town.case(case_id).status == "reported"
    parked = [why for _, outcome, why in town.outcomes() if outcome == "parked"]
    assert len(parked) == len(BAD)
    for _, why in BAD:
        assert any(why in one for one in parked), why


def test_items_that_are_garbage_are_kept(town: Town) -> None:
    garbage_items: list[Any] = [None, 5, "x", [], {}, [[["x"] * 50] * 50]]
    town.city.changes += garbage_items
    town.turn(2)
    assert [outcome for _, outcome, _ in town.outcomes()] == ["parked"] * len(garbage_items)
    assert town.target().pull_error is None


FAULTS = [
    (broken(), "it answered 500"),
    (broken(401), "check the address and the secret"),
    (garbage(), "no JSON"),
    (garbage(b'{"code": 0}'), "no list at data.items"),
    (garbage(b'{"code": 0, "data": {"items": []}}'), "no cursor at data.next"),
    (garbage(b"[" * 100_000), "no JSON"),
    (failed(), "it says that it did not work"),
    (failed(False), "it says that it did not work"),
    (late(1.0), "timed out"),
    (garbage(b" " * 2_000_000), "over 1048576 bytes"),
]


def test_an_answer_that_fails_loses_nothing(town: Town, pushed: tuple[str, str]) -> None:
    case_id, external_id = pushed
    town.city.tell(external_id, "dispatched", f"{DAY} 08:00:00")
    for fault, problem in FAULTS:
        town.city.faults = [fault]
        town.set(timeout_s=0.3 if problem == "timed out" else 10)
        town.turn()
        assert problem in (town.target().pull_error or "")
        assert town.case(case_id).status == "filed"
    town.set()
    town.turn(2)
    assert (town.target().pull_error, town.case(case_id).status) == (None, "dispatched")


@pytest.mark.parametrize(
    ("fault", "timeout_s"),
    [(broken(), 10), (garbage(), 10), (garbage(b'{"code": 0}'), 10), (late(1.0), 0.3)],
)
def test_a_case_whose_answer_was_lost_is_handed_over_once(
    town: Town, fault: Any, timeout_s: float
) -> None:
    """The platform has the case, but the answer gets lost; the key tells it the second time."""
    case_id = town.made.violations[0].id
    town.act(case_id, Action.FILE)
    town.city.faults_after = [fault]
    town.set(timeout_s=timeout_s)
    town.turn()
    town.set()
    assert town.target().error is not None
    town.turn(2)
    assert list(town.city.cases) == ["P0001"]
    assert len(town.city.photos["P0001"]) == 3
    assert town.target().error is None


def test_pictures_go_on_where_they_stopped(town: Town) -> None:
    """The second picture fails: the first one is not sent again, nor the case."""
    case_id = town.made.violations[0].id
    town.act(case_id, Action.FILE)
    town.city.faults_at = {3: broken()}
    town.turn()
    assert len(town.city.photos["P0001"]) == 1
    town.turn(2)
    assert len(town.city.photos["P0001"]) == 3
    posts = [one.path for one in town.city.requests if one.method == "POST"]
    assert posts.count("/api/v1/cases") == 1
    assert posts.count("/api/v1/cases/P0001/photos") == 4


def test_pictures_that_are_not_masked_yet_wait(town: Town) -> None:
    town.act(town.made.violations[0].id, Action.FILE)
    town.masking.problem = NotMasked("its masked copy is being made", later=True)
    town.turn()
    assert "is being made" in (town.target().error or "")
    assert town.city.photos["P0001"] == []
    town.masking.problem = None
    town.turn()
    assert len(town.city.photos["P0001"]) == 3


def test_pictures_that_are_withheld_are_left_out(town: Town) -> None:
    town.act(town.made.violations[0].id, Action.FILE)
    town.masking.problem = NotMasked("closeup.jpg is not shown", is_withheld=True)
    town.turn()
    assert (town.city.photos["P0001"], town.target().error) == ([], None)


def test_originals_are_registered(town: Town) -> None:
    town.set(photos="original")
    town.masking.problem = NotMasked("nobody asks for copies")
    case_id = town.made.violations[0].id
    town.act(case_id, Action.FILE)
    town.turn()
    assert len(town.city.photos["P0001"]) == 3
    with town.store.reading() as sql:
        lines = lines_of_case(sql, case_id, (Deed.LOOK,))
    assert sorted(line.more["file"] for line in lines) == ["closeup.jpg", "later.jpg", "start.jpg"]
    assert {(line.actor, line.via) for line in lines} == {("city", "target")}


def test_a_refused_case_is_a_dead_letter_and_others_go_on(town: Town) -> None:
    first, second = (one.id for one in town.made.violations[:2])
    town.act(first, Action.FILE)
    town.city.faults = [failed(), failed()]
    town.set(pull_every_s=86_400, photos="none")
    town.turn(3)
    town.act(second, Action.FILE)
    town.turn(2)
    with town.store.reading() as sql:
        letter = sql.scalars(select(DeadLetter)).one()
    assert (letter.case_id, letter.reason) == (first, "refused")
    assert "no such category" in letter.error
    assert [one["sourceCaseId"] for one in town.city.cases.values()] == [second]


def test_a_photo_that_cannot_be_had_holds_nothing_up_for_ever(
    town: Town, pushed: tuple[str, str]
) -> None:
    case_id, external_id = pushed
    gone = {"url": f"{town.url}/nothing/there.jpg"}
    inner = {"url": "http://169.254.169.254/latest/meta-data"}
    text = {"base64": base64.b64encode(b"<svg>").decode()}
    good = {"base64": base64.b64encode(JPEG).decode()}
    photos = [gone, inner, text, {"base64": "%%"}, 5, good]
    town.city.tell(external_id, "handled", f"{DAY} 09:00:00", photos=photos)
    town.turn(14)
    assert town.case(case_id).status == "reported"
    with town.store.reading() as sql:
        assert len(sql.scalars(select(ReceivedPhoto)).all()) == 1
        note = sql.scalars(select(HistoryLine.note).where(HistoryLine.action == "report")).one()
    assert "a photo" in str(note)


def test_the_token_is_shown_to_the_platform_only(town: Town, pushed: tuple[str, str]) -> None:
    _, external_id = pushed
    with city_platform() as (other, other_url):
        photos = [{"url": f"{other_url}/photos/x.jpg"}]
        town.city.tell(external_id, "handled", f"{DAY} 09:00:00", photos=photos)
        town.turn(8)
        assert other.requests
        assert all("Authorization" not in one.headers for one in other.requests)


def test_a_platform_may_only_do_what_its_people_may(town: Town, pushed: tuple[str, str]) -> None:
    case_id, external_id = pushed
    town.set(duties=["dispatcher", "handler"])
    town.city.tell(external_id, "closed", f"{DAY} 09:00:00")
    town.turn()
    assert town.case(case_id).status == "filed"
    assert "takes the duty checker" in town.outcomes()[0][2]


def test_a_mapping_of_the_sites_own(town: Town) -> None:
    folder = town.made.data_dir / "platforms"
    folder.mkdir()
    shipped = Path("api/outbound/platforms/reference.toml")
    root = Path(__file__).parents[3]
    text = (root / shipped).read_text(encoding="utf-8")
    text = text.replace('# "04-09" = "0409"', '"04-09" = "A0409"')
    (folder / "ours.toml").write_text(text.replace("caseNo = ", '"head.no" = '), encoding="utf-8")
    town.set(mapping="ours")
    town.act(town.made.violations[0].id, Action.FILE)
    town.turn()
    told = town.city.cases["P0001"]
    assert (told["categoryCode"], "caseNo" in told) == ("A0409", False)
    assert told["head"]["no"] == town.case(town.made.violations[0].id).number
    town.set(mapping="nothing")
    town.turn()
    assert "there is no mapping nothing.toml" in (town.target().error or "")


def test_the_ids_are_kept(town: Town, pushed: tuple[str, str]) -> None:
    with town.store.reading() as sql:
        row = sql.scalars(select(PlatformCase)).one()
    assert (row.case_id, row.external_id, row.photos) == (*pushed, 3)
    assert json.dumps(town.city.changes) == "[]"
