"""Follow-up in the desk, in a real browser."""

import pytest
from playwright.sync_api import expect

from tests.api.test_desk import OpenDesk, browser, open_desk

__all__ = ["browser", "open_desk"]
pytestmark = pytest.mark.slow


def test_a_permit_is_entered_changed_and_taken_back(open_desk: OpenDesk) -> None:
    desk = open_desk("en", "light")
    page = desk.page
    page.get_by_role("link", name="Permits").click()
    page.get_by_role("button", name="Add").click()
    page.get_by_label("Title").fill("Sweepers")
    page.get_by_label("Plates").fill("浙F·12345; 浙f54321")
    page.get_by_role("button", name="Save").click()
    row = page.locator("[data-permit]")
    expect(row).to_contain_text("浙F12345、浙F54321")
    row.get_by_role("button", name="Change").click()
    page.get_by_label("Hours").fill("sometimes")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".wrong")).to_contain_text("sometimes")
    page.get_by_label("Hours").fill("daily 04:00-07:00")
    page.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("daily 04:00-07:00")
    row.get_by_role("button", name="Versions").click()
    expect(page.locator("[role=dialog] li")).to_have_count(2)
    page.keyboard.press("Escape")
    row.get_by_role("button", name="Take back").click()
    page.locator(".el-message-box").get_by_role("button", name="Take back").click()
    expect(row).to_have_count(0)
    with desk.served.client() as client:
        assert client.get("/api/permits").json()["version"] == 3
    desk.complaints[:] = [one for one in desk.complaints if "422" not in one]  # as wanted above


def test_a_subject_is_entered_and_a_reminder_waits(open_desk: OpenDesk) -> None:
    desk = open_desk("zh", "light")
    page = desk.page
    desk.await_case(0)
    page.locator("[data-panel=notice]").get_by_role("button", name="填写").click()
    page.get_by_label("车牌").fill("浙f·12345")
    page.keyboard.press("Enter")
    expect(page.locator("[data-colour=green]")).to_be_visible()
    expect(page.locator("[data-panel=notice]")).to_contain_text("浙F12345")
    desk.press("c")
    desk.await_case(1)
    page.goto(f"{desk.served.url}/review/{desk.served.violations[0].id}")
    page.locator("[data-action=remind]").click()
    page.get_by_label("说明").fill("已电话提醒")
    page.keyboard.press("Enter")
    expect(page.locator("[data-look=waiting]")).to_be_visible()
    expect(page.locator("[data-action=look_again]")).to_have_count(0)
    desk.press("l")
    expect(page.locator("[data-look=waiting]")).to_contain_text("The same camera looks again")
