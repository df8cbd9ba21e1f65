"""Key figures: pure, and over HTTP with the cases behind them."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.history import read_lines
from api.figures.kpis import SETS, SHIPPED, CaseFacts, Kpi, load_kpis, measure
from api.figures.milestones import Milestones, after_line, with_due
from api.practice import load_practice
from api.store.database import Store
from api.store.tables import Case, CaseDeadline
from api.workflow.words import Action, State
from tests.api.conftest import COUNT, Made
from tests.api.databases import on_both
from tests.api.factory import RAISED_S
from tests.api.test_actions import ALL_THE_WAY, take

KPIS = {kpi.name: kpi for kpi in load_kpis()}
NOW_S = 1000.0
CASES = [
    CaseFacts("lead", State.LEAD, 1),
    CaseFacts("rejected", State.REJECTED, 1),
    CaseFacts("late", State.HANDLING, 1, None, 5, 10, 900),
    CaseFacts("within", State.HANDLING, 1, None, 20, 10, 1100),
    CaseFacts("gone", State.CLOSED, 1, 15, 5, 10, 100, 90, 200, 150),
    CaseFacts("slow", State.CLOSED, 1, None, 5, 10, 100, 101, 200, 150, 2),
    CaseFacts("voided", State.VOIDED, 1, 3, 5, 10, 100),
    CaseFacts("asked", State.FILED, 1, None, 5, 10, reminded_s=6),
    CaseFacts("heard", State.CLOSED, 1, None, 5, 10, closed_s=20, reminded_s=6, corrected_s=20),
    CaseFacts("dropped", State.VOIDED, 1, None, 5, 10, reminded_s=6),
]


@pytest.mark.parametrize(
    ("name", "numerator", "denominator"),
    [
        ("effective_report_rate", "lead late within gone slow asked heard", None),
        (
            "filing_in_time_rate",
            "late gone slow voided asked heard dropped",
            "late within gone slow voided asked heard dropped",
        ),
        ("handling_rate", "gone slow", "late gone slow"),
        ("handling_in_time_rate", "gone", "late gone slow"),
        ("closing_rate", "gone slow", "late gone slow"),
        ("closing_in_time_rate", "gone", "late gone slow"),
        ("rework_rate", "slow", "gone slow"),
        ("self_correction_rate", "gone voided heard", None),
        ("corrected_after_reminder_rate", "heard", "asked heard"),
        (
            "confirmation_rate",
            "late within gone slow voided asked heard dropped",
            "rejected late within gone slow voided asked heard dropped",
        ),
    ],
)
def test_by_hand(name: str, numerator: str, denominator: str | None) -> None:
    figure = measure(KPIS[name], CASES, NOW_S)
    below = denominator.split() if denominator else [case.id for case in CASES]
    assert figure.numerator == tuple(numerator.split())
    assert figure.denominator == tuple(below)
    assert figure.rate == len(numerator.split()) / len(below)


def test_every_shipped_figure_is_tried_above() -> None:
    marks = test_by_hand.pytestmark[0].args[1]  # type: ignore[attr-defined]
    assert [row[0] for row in marks] == list(KPIS)


times = st.none() | st.floats(0, 2000)
facts = st.builds(
    CaseFacts,
    st.uuids().map(str),
    st.sampled_from(State),
    st.floats(0, 2000),
    *[times] * 7,
    st.integers(0, 3),
)


@given(st.lists(facts, max_size=12), st.sampled_from([*SETS]), st.sampled_from([*SETS]))
def test_a_rate_is_a_share(cases: list[CaseFacts], above: str, below: str) -> None:
    kpi = Kpi(name="x", zh="x", en="x", numerator=above, denominator=below)
    figure = measure(kpi, cases, NOW_S)
    assert set(figure.numerator) <= set(figure.denominator) <= {case.id for case in cases}
    assert figure.rate is None if not figure.denominator else 0 <= (figure.rate or 0) <= 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('numerator = "effective"', 'numerator = "good"', "there is no set 'good'; there are"),
        ('name = "handling_rate"', 'name = "closing_rate"', "the same name"),
        ("zh = ", "cn = ", r"kpis\.toml: kpis\.0"),
    ],
)
def test_figures_that_make_no_sense(tmp_path: Path, old: str, new: str, message: str) -> None:
    own = tmp_path / "kpis.toml"
    own.write_text(SHIPPED.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        load_kpis(own)


def told_by_history(sql: Session, case: Case) -> Milestones:
    """A case's milestones, from its history and deadlines alone."""
    told: Milestones = {}
    for line in read_lines(sql, case.id):
        told = after_line(told, line.action, line.state, line.at_s)
    rows = select(CaseDeadline).where(CaseDeadline.case_id == case.id)
    for row in sql.scalars(rows.order_by(CaseDeadline.round)):
        told = with_due(told, row.phase, row.due_s)
    return told


@on_both
def test_each_number_leads_to_its_cases(viewer: TestClient, made: Made, store: Store) -> None:
    """Three of four cases are worked on: one closed after a return, one rejected, one filed."""
    practice, ids = load_practice(made.data_dir), [found.id for found in made.violations]
    back = [(Action.RETURN, {"note": "照片不清"}), *ALL_THE_WAY[3:]]
    take(store, practice, ids[0], [*ALL_THE_WAY[:4], *back])
    take(store, practice, ids[1], [(Action.REJECT, {"reason": "moving"})])
    take(store, practice, ids[2], ALL_THE_WAY[:1])
    period = {"from_s": RAISED_S - 86_400, "to_s": RAISED_S + 1}

    def ask(path: str, **query: Any) -> Any:
        answer = viewer.get(f"/api/kpis{path}", params=period | query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    with store.reading() as sql:
        for case in sql.scalars(select(Case)):
            assert case.milestones == told_by_history(sql, case)
    figures = {one["name"]: one for one in ask("")}
    assert list(figures) == list(KPIS)
    told = {name: (one["numerator"], one["denominator"]) for name, one in figures.items()}
    assert told["effective_report_rate"] == (3, COUNT)
    assert told["closing_in_time_rate"] == (1, 1)
    assert told["rework_rate"] == (1, 1)
    assert told["confirmation_rate"] == (2, 3)
    assert told["self_correction_rate"] == (1, COUNT)
    for name, one in figures.items():
        for part in ("numerator", "denominator"):
            assert len(ask(f"/{name}/cases", part=part)) == one[part]
        for by in ("kind", "camera_id"):
            parts = ask(f"/{name}/breakdown", by=by)
            assert [row["name"] for row in parts] == sorted({row["name"] for row in parts})
            for part in ("numerator", "denominator"):
                assert sum(row[part] for row in parts) == one[part]
    rejected = {row["name"]: row for row in ask("/effective_report_rate/breakdown", by="kind")}
    assert {name: row["rate"] for name, row in rejected.items()} == {
        "illegal_parking": 1.0, "stray_bikes": 0.5
    }  # fmt: skip
    assert ask("/rework_rate/cases") == [ids[0]]
    assert ask("/confirmation_rate/cases", part="denominator") == [ids[2], ids[1], ids[0]]
    assert ask("/confirmation_rate/cases", kind="stray_bikes") == []
    assert [one["denominator"] for one in ask("", camera_id="nothing")] == [0] * len(KPIS)
    assert {one["rate"] for one in ask("", camera_id="nothing")} == {None}


def test_what_there_is_not(viewer: TestClient) -> None:
    assert viewer.get("/api/kpis/nothing/cases").status_code == 404
    assert viewer.get("/api/kpis?from=1").status_code == 422
    assert len(viewer.get("/api/kpis").json()) == len(KPIS)
