"""Ticking what is seen of a thing, on the desk, in a real browser."""

from contextlib import closing

import pytest
from playwright.sync_api import expect
from sqlalchemy import update

from api.store.database import Store
from api.store.tables import Case
from api.store.url import STORE_NAME
from tests.api.serve_fixture import Served
from tests.api.test_desk import LOOKS, Desk, OpenDesk, browser, open_desk, pytestmark

__all__ = ["browser", "open_desk", "pytestmark"]
WORDS = {
    "zh": {
        "tyre": "轮胎瘪气", "dust": "积尘严重", "both": "轮胎瘪气、积尘严重",
        "hidden": "2 次；车牌可能被遮挡或在另一侧",
    },
    "en": {
        "tyre": "Flat tyre", "dust": "Thick dust", "both": "Flat tyre, Thick dust",
        "hidden": "2 times; it may be hidden or on the other side",
    },
}  # fmt: skip


def make_zombie(served: Served) -> str:
    """Make the newest case one of a zombie vehicle on which no plate was found."""
    case_id = served.violations[0].id
    facts = {"plate_unread": {"value": 9, "unit": ""}, "plate_not_found": {"value": 2, "unit": ""}}
    with closing(Store(served.data_dir / STORE_NAME)) as store, store.writing() as sql:
        changed = {"kind": "zombie_vehicle", "facts": facts}
        sql.execute(update(Case).where(Case.id == case_id).values(**changed))
    return case_id


def tick(desk: Desk, title: str) -> None:
    desk.page.locator("footer.verdict .picks").get_by_text(title, exact=True).click()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_what_is_ticked_is_filed_and_shown(
    served: Served, open_desk: OpenDesk, language: str, theme: str
) -> None:
    case_id, words = make_zombie(served), WORDS[language]
    desk = open_desk(language, theme)
    desk.await_case(0)
    expect(desk.page.get_by_text(words["hidden"])).to_be_visible()
    tick(desk, words["dust"])
    tick(desk, words["tyre"])
    desk.press("c")
    desk.await_case(1)
    expect(desk.page.locator("footer.verdict .picks")).to_have_count(0)  # of another kind
    desk.page.goto(f"{served.url}/review/{case_id}")
    panel = desk.page.locator("[data-panel=conditions]")
    expect(panel).to_contain_text(f"{words['both']} · admin · ")
    expect(desk.page.locator("li.file")).to_contain_text(words["both"])
    desk.page.locator("[data-action=remind]").click()
    tick(desk, words["dust"])
    desk.page.locator("footer.verdict button[type=submit]").click()
    expect(panel.locator("dd")).to_have_count(2)
    expect(panel).to_contain_text(words["dust"] + " · admin · ")
    with served.client() as client:
        told = client.get(f"/api/cases/{case_id}").json()
    assert [(one["action"], one["names"]) for one in told["conditions"]] == [
        ("file", ["flat_tyre", "thick_dust"]),
        ("remind", ["thick_dust"]),
    ]


def test_what_was_ticked_is_not_told_of_another_case(served: Served, open_desk: OpenDesk) -> None:
    case_id = make_zombie(served)
    desk = open_desk("en", "light")
    desk.await_case(0)
    tick(desk, "Flat tyre")
    desk.press("j")
    desk.await_case(1)
    desk.press("c")
    desk.await_case(2)
    desk.page.goto(f"{served.url}/review/{case_id}")
    desk.await_case(0)
    expect(desk.page.locator(".picks .is-checked")).to_have_count(0)
    with served.client() as client:
        assert client.get(f"/api/cases/{case_id}").json()["status"] == "lead"
        other = client.get(f"/api/cases/{served.violations[1].id}").json()
    assert (other["status"], other["conditions"]) == ("filed", [])
