"""Another look at a case: asked for, waited for, answered; closed by itself, or escalated."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.cases.casework import Wanted, read_flow, take_step
from api.cases.history import read_lines, verify_case
from api.evidence import Evidence
from api.follow_up.looking import hasten
from api.follow_up.looks import Looks
from api.follow_up.tables import CaseLook
from api.practice import Practice, load_practice
from api.store.database import Store
from api.store.tables import Case
from api.workflow.flow import Step
from api.workflow.words import Action, Duty, State
from streams.bus import SqliteBus
from streams.evidence.another_look import Eye, first_manifest, keep_another_look
from streams.evidence.dossier import Supplement
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import ClockFacts, Networks, camera_facts
from streams.evidence.packet import PacketWriter
from streams.evidence.shown import Shown
from streams.second_looks import DONE, WANTED
from tests.api.conftest import Made
from tests.api.databases import on_both
from tests.api.factory import CAMERAS, RAISED_S, TIMEZONE
from tests.api.street_film import street

pytestmark = on_both
PEOPLE = frozenset(Duty) - {Duty.MACHINE}
WAIT_S = 600.0


class Office:
    """A store with a case, and a node that answers as it is told."""

    def __init__(self, made: Made, store: Store, bus: SqliteBus) -> None:
        self.made, self.store, self.bus = made, store, bus
        self.id = made.violations[0].id
        self.now_s = RAISED_S + 60
        self.practice: Practice = load_practice(made.data_dir)
        self.looks = self.again()

    def again(self) -> Looks:
        """The server's part after a restart."""
        evidence = Evidence(self.made.data_dir / "packets")
        return Looks(self.store, self.bus, evidence, self.practice, lambda: self.now_s)

    @property
    def case(self) -> Case:
        with self.store.reading() as sql:
            return sql.get_one(Case, self.id)

    @property
    def look(self) -> CaseLook:
        with self.store.reading() as sql:
            query = select(CaseLook).where(CaseLook.case_id == self.id)
            found = sql.scalar(query.order_by(CaseLook.round.desc()).limit(1))
            assert found is not None
            return found

    def history(self) -> list[str]:
        with self.store.reading() as sql:
            case, lines = sql.get_one(Case, self.id), read_lines(sql, self.id)
            verdict = verify_case(case, lines)
            assert verdict.ok, verdict.problems
            return [line.action for line in lines]

    def act(self, action: Action, actor: str = "wang", **told: Any) -> None:
        step = Step(action, actor, PEOPLE, **told)
        take_step(self.store, self.practice, Wanted(self.id, self.case.version, step, self.now_s))

    def file(self) -> None:
        self.act(Action.FILE)

    def wanted(self) -> list[dict[str, Any]]:
        """What the node was asked for so far and has not answered."""
        self.looks.step()
        return [message.body for message in self.bus.claim(WANTED, "node", 0.0)]

    def answer(self, asked: dict[str, Any], outcome: str, **more: Any) -> None:
        """Answer as a node does: with a packet, or with a reason."""
        for message in self.bus.claim(WANTED, "node", 0.0):
            if message.id == asked["id"]:
                self.bus.ack("node", message)
        body: dict[str, Any] = {
            "id": asked["id"], "violation_id": self.id, "outcome": outcome, "reason": "",
            "looked_s": None, "packet": None, "manifest_sha256": None,
        }  # fmt: skip
        if outcome != "unseen" and "packet" not in more:
            body |= self._packet(asked, outcome)
        self.bus.publish(DONE, asked["id"], body | more)
        self.looks.step()

    def _packet(self, asked: dict[str, Any], outcome: str) -> dict[str, Any]:
        packets = self.made.data_dir / "packets"
        first = first_manifest(packets / asked["packet"], asked["manifest_sha256"])
        assert first is not None
        camera = next(one for one in CAMERAS if one.id == asked["camera_id"])
        eye = Eye(camera_facts(camera, TIMEZONE), Networks(), ClockFacts("system", None, ""))
        looked_s = asked["asked_s"] + 2.0
        told = Supplement(
            asked["id"], asked["manifest_sha256"], outcome, asked["asked_s"], looked_s
        )
        shown = Shown(street("illegal_parking", 0.0))
        store = DossierStore(self.made.data_dir / "dossiers")
        written = PacketWriter(packets).write(keep_another_look(store, first, told, shown, eye))
        sealed = {"packet": written.name, "manifest_sha256": written.manifest_sha256}
        return {"looked_s": looked_s, **sealed}


@pytest.fixture
def office(made: Made, store: Store, bus: SqliteBus) -> Office:
    made_office = Office(made, store, bus)
    made_office.file()
    return made_office


def test_what_is_gone_after_a_reminder_closes_by_itself_with_an_after_photo(
    office: Office,
) -> None:
    office.act(Action.REMIND, note="已电话提醒")
    assert (office.look.state, office.look.due_s) == ("waiting", office.now_s + WAIT_S)
    assert office.wanted() == []
    office.now_s += WAIT_S
    (asked,) = office.wanted()
    assert asked["asked_s"] == office.now_s
    office.now_s += 5
    office.answer(asked, "gone")
    case = office.case
    assert (case.status, case.due_s) == (State.CLOSED, None)
    assert read_flow(case).seen_gone == f"{office.look.packet}@{office.look.manifest_sha256}"
    assert office.look.state == "gone"
    assert office.history() == ["raised", "file", "remind", "correct", "close"]
    evidence = Evidence(office.made.data_dir / "packets")
    assert evidence.verify(case.packet, case.manifest_sha256).ok
    assert evidence.verify(office.look.packet or "", office.look.manifest_sha256 or "").ok


def test_what_still_stands_escalates_and_stays_where_it_is(office: Office) -> None:
    office.act(Action.DISPATCH, assignee="zhou")
    office.act(Action.REMIND)
    office.now_s += WAIT_S
    (asked,) = office.wanted()
    office.answer(asked, "standing")
    flow = read_flow(office.case)
    assert (flow.state, flow.escalated, flow.look) == (State.DISPATCHED, True, None)
    assert office.look.state == "standing"
    assert office.history()[-1] == "escalate"
    office.act(Action.LOOK_AGAIN)
    assert office.look.round == 2
    (asked,) = office.wanted()
    office.answer(asked, "gone")
    assert office.case.status == State.CLOSED


def test_a_camera_that_cannot_see_never_closes_a_case(office: Office) -> None:
    """Down, then dark for days, and the violation is even said to have ended."""
    office.act(Action.REMIND)
    reasons = ["offline", "dark", "dark", "dark", "moved", "unknown"]
    for reason in reasons:
        office.now_s = office.look.due_s
        (asked,) = office.wanted()
        office.answer(asked, "unseen", reason=reason)
        assert office.case.status == State.FILED
        assert (office.look.state, office.look.reason) == ("waiting", reason)
    assert office.look.attempt == len(reasons) + 1
    assert office.look.unseen_since_s == office.look.started_s + WAIT_S
    assert office.history()[3:] == ["unseen"] * 4  # a reason that stays is told once
    office.now_s = office.look.due_s
    (asked,) = office.wanted()
    office.answer(asked, "gone")
    assert office.case.status == State.CLOSED


def test_a_look_is_asked_for_and_answered_once_over_kills_and_redelivery(office: Office) -> None:
    office.act(Action.LOOK_AGAIN)
    (asked,) = office.wanted()
    with office.store.writing() as sql:  # killed after it was published, before that was noted
        sql.get_one(CaseLook, (office.id, 1)).sent_s = None
    office.looks = office.again()
    assert office.wanted() == [asked]
    office.answer(asked, "gone")
    lines = office.history()
    office.bus.publish(DONE, "again", {**_body(office, asked), "id": asked["id"]})
    office.again().step()
    assert office.history() == lines
    assert office.looks.poison == 0


def _body(office: Office, asked: dict[str, Any]) -> dict[str, Any]:
    look = office.look
    return {
        "id": asked["id"], "violation_id": office.id, "outcome": "gone", "reason": "",
        "looked_s": 1.0, "packet": look.packet, "manifest_sha256": look.manifest_sha256,
    }  # fmt: skip


def test_a_late_answer_to_what_was_settled_otherwise_changes_nothing(office: Office) -> None:
    office.act(Action.LOOK_AGAIN)
    (asked,) = office.wanted()
    office.act(Action.RETURN, note="误判，退回")
    assert office.look.state == "dropped"
    office.answer(asked, "gone")
    assert office.case.status == State.LEAD
    assert office.look.state == "dropped"


def test_the_handlers_report_is_checked_by_the_camera(office: Office) -> None:
    for action, told in (
        (Action.DISPATCH, {"assignee": "zhou"}),
        (Action.ACCEPT, {}),
        (Action.REPORT, {"note": "已清理"}),
    ):
        office.act(action, "zhou", **told)
    office.act(Action.LOOK_AGAIN, "li")
    (asked,) = office.wanted()
    office.answer(asked, "gone")
    assert office.history()[-3:] == ["look_again", "check", "close"]


def test_a_penalty_that_waits_keeps_the_case_open_but_checked(office: Office) -> None:
    office.act(Action.DISPATCH, assignee="zhou")
    office.act(Action.ACCEPT)
    office.act(Action.PROPOSE_PENALTY, note="屡次违停")
    office.act(Action.LOOK_AGAIN)
    (asked,) = office.wanted()
    office.answer(asked, "gone")
    assert office.case.status == State.CHECKED


def test_while_it_is_suspended_nobody_looks(office: Office) -> None:
    office.act(Action.DISPATCH, assignee="zhou")
    office.act(Action.REMIND)
    office.act(Action.REQUEST_SUSPENSION, note="等待权属单位")
    office.act(Action.APPROVE_SUSPENSION, "li")
    office.now_s += WAIT_S
    assert office.wanted() == []
    office.act(Action.RESUME)
    office.now_s = office.look.due_s
    (asked,) = office.wanted()
    office.act(Action.REQUEST_SUSPENSION, note="等待权属单位")
    office.act(Action.APPROVE_SUSPENSION, "li")
    office.answer(asked, "gone")
    assert (office.case.status, office.look.reason) == (State.DISPATCHED, "suspended")


@pytest.mark.parametrize("lie", ["outcome", "swapped", "lost"])
def test_an_answer_without_its_evidence_concludes_nothing(office: Office, lie: str) -> None:
    office.act(Action.LOOK_AGAIN)
    (asked,) = office.wanted()
    told = office._packet(asked, "standing" if lie == "outcome" else "gone")
    if lie == "swapped":
        told |= {"packet": asked["packet"], "manifest_sha256": asked["manifest_sha256"]}
    elif lie == "lost":
        packet: Path = office.made.data_dir / "packets" / told["packet"]
        packet.rename(packet.with_name("elsewhere"))
    office.answer(asked, "gone", **told)
    assert office.case.status == State.FILED
    assert office.look.reason == "no_evidence"


def test_what_is_no_answer_is_put_aside(office: Office) -> None:
    office.bus.publish(DONE, "odd", {"id": "odd", "outcome": "gone"})
    office.looks.step()
    assert office.looks.poison == 1


def test_an_end_hastens_the_look(office: Office) -> None:
    office.act(Action.REMIND)
    with office.store.writing() as sql:
        hasten(sql, sql.get_one(Case, office.id), office.now_s + 30)
    assert office.wanted() == []
    office.now_s += 30
    assert len(office.wanted()) == 1
