"""Three-colour notices: pure, and of real cases."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, strategies as st
from sqlalchemy import update

from api.follow_up.notices import DAY_S, Colour, Counted, notice
from api.follow_up.settings import load_follow_up
from api.follow_up.subjects import Subject, known_subject, tidy
from api.practice import load_practice
from api.store.database import Store
from api.store.tables import Case
from api.workflow.words import Action, State
from tests.api.conftest import Made
from tests.api.test_actions import ALL_THE_WAY, take

SETTINGS = load_follow_up().notices
CASE = Counted("z", "illegal_parking", 100 * DAY_S, State.LEAD)
BEFORE = Counted("a", "illegal_parking", 90 * DAY_S, State.CLOSED)


def before(n: int, **more: object) -> Counted:
    return replace(BEFORE, id=f"a{n}", **more)


@pytest.mark.parametrize(
    ("others", "colour", "number"),
    [
        ([], "green", 1),
        ([before(1)], "yellow", 2),
        ([before(1), before(2)], "red", 3),
        ([before(n) for n in range(7)], "red", 8),
        ([before(1, state=State.REJECTED), before(2, state=State.VOIDED)], "green", 1),
        ([before(1, state=State.LEAD), before(2, state=State.MERGED)], "green", 1),
        ([before(1, state=State.FILED)], "yellow", 2),
        ([before(1, raised_s=9 * DAY_S)], "green", 1),
        ([before(1, raised_s=10 * DAY_S)], "yellow", 2),
        ([before(1, raised_s=101 * DAY_S)], "green", 1),
        ([before(1, kind="stray_bikes")], "green", 1),
    ],
)
def test_by_hand(others: list[Counted], colour: str, number: int) -> None:
    found = notice(CASE, others, SETTINGS)
    assert found is not None
    assert (found.colour, found.number) == (colour, number)


@pytest.mark.parametrize("state", [State.REJECTED, State.MERGED, State.VOIDED])
def test_what_counts_for_nobody_has_no_colour(state: State) -> None:
    assert notice(replace(CASE, state=state), [before(1)], SETTINGS) is None


def test_a_city_that_counts_all_kinds_together() -> None:
    together = SETTINGS.model_copy(update={"same_kind": False})
    found = notice(CASE, [before(1, kind="stray_bikes")], together)
    assert found is not None
    assert found.colour is Colour.YELLOW


cases = st.lists(
    st.builds(
        Counted,
        st.text("abc", min_size=1, max_size=3),
        st.sampled_from(["illegal_parking", "posters"]),
        st.integers(0, 200).map(lambda day: day * DAY_S),
        st.sampled_from(State),
    ),
    max_size=12,
    unique_by=lambda one: one.id,
)


@given(cases)
def test_each_case_is_one_more_than_those_before_it(history: list[Counted]) -> None:
    """A slow reference: go through the cases in time and count by hand."""
    for case in history:
        found = notice(case, [one for one in history if one != case], SETTINGS)
        if found is None:
            assert case.state in (State.REJECTED, State.MERGED, State.VOIDED)
            continue
        count = 0
        for one in sorted(history, key=lambda c: (c.raised_s, c.id)):
            if one == case:
                break
            fresh = case.raised_s - one.raised_s <= SETTINGS.lookback_days * DAY_S
            judged = one.state not in ("lead", "rejected", "merged", "voided")
            count += fresh and judged and one.kind == case.kind
        assert found.number == count + 1 == len(found.earlier) + 1
        assert found.colour == ["green", "yellow", "red"][min(count, 2)]


def case_of(kind: str, **facts: object) -> Case:
    told = {name: {"value": value, "unit": ""} for name, value in facts.items()}
    return Case(id="x", kind=kind, camera_id="gate", zone="路口", facts=told)


def read_at(confidence: float) -> Case:
    return case_of("illegal_parking", plate="浙F12345", plate_confidence=confidence)


@pytest.mark.parametrize(
    ("case", "shop", "subject"),
    [
        (read_at(0.95), "店", ("plate", "浙F12345")),
        (read_at(0.85), "店", None),
        (case_of("illegal_parking"), "", None),
        (case_of("zombie_vehicle", plate="浙F12345"), "", ("plate", "浙F12345")),
        (case_of("shop_overflow"), "老王烧烤", ("shop", "老王烧烤")),
        (case_of("hanging_laundry"), "", ("place", "gate · 路口")),
    ],
)  # fmt: skip
def test_who_it_is(case: Case, shop: str, subject: tuple[str, str] | None) -> None:
    assert known_subject(case, shop, SETTINGS) == (subject and Subject(*subject))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "text", "kept"),
    [
        ("plate", " 浙f·123 45 ", "浙F12345"),
        ("shop", "  老王   烧烤\t店 ", "老王 烧烤 店"),
        ("shop", "ＫＦＣ", "KFC"),
    ],
)
def test_one_is_always_written_alike(kind: str, text: str, kept: str) -> None:
    assert tidy(kind, text).text == kept  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "text"), [("plate", "浙F1"), ("plate", "不知道!"), ("shop", " "), ("shop", "x" * 81)]
)
def test_what_is_nobody(kind: str, text: str) -> None:
    with pytest.raises(ValueError, match=r"write|plate"):
        tidy(kind, text)  # type: ignore[arg-type]


def test_an_officer_says_whose_plate_it_is(officer: TestClient, made: Made, store: Store) -> None:
    """Two parking cases, no plate read: the officer enters one, and the second turns yellow."""
    newest, eldest = made.violations[0].id, made.violations[2].id
    assert made.violations[0].kind == made.violations[2].kind == "illegal_parking"
    take(store, load_practice(made.data_dir), eldest, ALL_THE_WAY[:1])
    told = officer.get(f"/api/cases/{newest}/follow-up").json()
    assert (told["subject"], told["notice"], told["subject_kinds"]) == (None, None, ["plate"])
    for case_id, text in ((eldest, "浙F·12345"), (newest, "浙f12345")):
        body = {"kind": "plate", "text": text}
        answer = officer.put(f"/api/cases/{case_id}/subject", json=body)
        assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["subject"] == {"kind": "plate", "text": "浙F12345", "by": "officer"}
    assert (told["notice"]["colour"], told["notice"]["number"]) == ("yellow", 2)
    assert [one["id"] for one in told["notice"]["earlier"]] == [eldest]
    case = officer.get(f"/api/cases/{newest}").json()
    assert case["chain"]["ok"]
    assert case["history"][-1]["action"] == "subject"
    assert case["history"][-1]["more"] == {"kind": "plate", "to": "浙F12345"}
    officer.put(f"/api/cases/{newest}/subject", json={"kind": "plate", "text": "浙F54321"})
    case = officer.get(f"/api/cases/{newest}").json()
    assert case["history"][-1]["more"]["from"] == "浙F12345"
    lines = case["chain"]["lines"]
    officer.put(f"/api/cases/{newest}/subject", json={"kind": "plate", "text": "浙F54321"})
    assert officer.get(f"/api/cases/{newest}").json()["chain"]["lines"] == lines


def test_a_rejected_case_no_longer_counts(officer: TestClient, made: Made, store: Store) -> None:
    practice = load_practice(made.data_dir)
    newest, eldest = made.violations[1].id, made.violations[3].id  # bikes: the place is the subject
    with store.writing() as sql:
        sql.execute(update(Case).values(camera_id="gate", zone="人行道"))
    for case_id in (newest, eldest):
        body = {"kind": "place", "text": "gate · 人行道"}
        officer.put(f"/api/cases/{case_id}/subject", json=body)
    take(store, practice, eldest, ALL_THE_WAY[:1])
    colour = officer.get(f"/api/cases/{newest}/follow-up").json()["notice"]["colour"]
    assert colour == "yellow"
    take(store, practice, eldest, [(Action.VOID, {"note": "误判"})])
    told = officer.get(f"/api/cases/{newest}/follow-up").json()
    assert (told["notice"]["colour"], told["notice"]["earlier"]) == ("green", [])
    take(store, practice, newest, [*ALL_THE_WAY[:1], (Action.REMIND, {})])
    line = officer.get(f"/api/cases/{newest}").json()["history"][-1]
    assert line["more"] == {"notice": "green", "subject": "gate · 人行道"}


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "plate", "text": "\ud800浙F12345"},
        {"kind": "plate", "text": "浙F1234\u0000"},
        {"kind": "owner", "text": "x"},
        {"kind": "shop"},
        {"kind": "shop", "text": "x", "by": "me"},
    ],
)
def test_a_subject_that_is_none(officer: TestClient, made: Made, body: dict[str, str]) -> None:
    import json  # noqa: PLC0415 - a lone surrogate takes a body made by hand

    data = json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    url = f"/api/cases/{made.violations[0].id}/subject"
    assert officer.put(url, content=data, headers=headers).status_code == 422
