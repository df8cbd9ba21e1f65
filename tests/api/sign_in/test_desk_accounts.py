"""Accounts, second factors and the audit log in a real browser."""

import re
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from api.sign_in.accounts import add_account
from api.sign_in.roles import Role
from api.store.database import open_store
from tests.api import test_desk
from tests.api.serve_fixture import Served, free_port, running

pytestmark = test_desk.pytestmark
browser = test_desk.browser


@pytest.fixture
def bureau(tmp_path: Path) -> Iterator[tuple[Served, dict[str, str]]]:
    """A server without cases, and the passwords of its three administrators."""
    (tmp_path / "sign_in.toml").write_text("small_office = false")
    roles = (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDITOR)
    with closing(open_store(tmp_path)) as store:
        store.migrate()
        with store.writing() as sql:
            passwords = {role.value: add_account(sql, role.value, role, 0.0) for role in roles}
    port = free_port()
    with running(tmp_path, port) as process:
        yield Served(f"http://127.0.0.1:{port}", "", "", tmp_path, [], process), passwords


def sign_in(page: Page, served: Served, username: str, password: str) -> None:
    page.context.clear_cookies()
    page.goto(served.url)
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")


def set_up(page: Page, password: str) -> pyotp.TOTP:
    """Set up the second factor that is asked for before anything else."""
    page.fill("input[name=own]", password)
    page.keyboard.press("Enter")
    expect(page.locator("img.qr")).to_be_visible()
    assert page.evaluate("document.querySelector('img.qr').naturalWidth") > 100
    totp = pyotp.TOTP(page.locator(".panel code").inner_text())
    page.fill("input[name=code]", totp.at(time.time() - 30))
    page.keyboard.press("Enter")
    assert len(page.locator("pre").inner_text().split()) == 10
    page.locator(".once .el-button--primary").click()
    expect(page.locator("header nav")).to_be_visible()
    return totp


def test_administrators_at_the_desk(
    browser: Browser, bureau: tuple[Served, dict[str, str]]
) -> None:
    served, passwords = bureau
    desk = test_desk.new_desk(browser, served, "en", "light")
    page = desk.page
    sign_in(page, served, "security_admin", passwords["security_admin"])
    totp = set_up(page, passwords["security_admin"])
    expect(page).to_have_url(re.compile("/accounts$"))
    links = page.locator("header nav a")
    expect(links).to_have_text(["Accounts"])
    page.get_by_role("button", name="New account").click()
    page.fill("input[name=new-username]", "zhao")
    page.keyboard.press("Enter")
    expect(page.locator("[data-account=zhao]")).to_be_visible()
    assert re.fullmatch(r"[0-9a-f]{6}(-[0-9a-f]{6}){3}", page.locator("pre").inner_text())

    sign_in(page, served, "security_admin", passwords["security_admin"])
    expect(page.locator("input[name=code]")).to_be_focused()
    page.keyboard.type("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("The code is wrong")
    page.fill("input[name=code]", totp.at(time.time() + 30))
    page.keyboard.press("Enter")
    expect(links).to_have_text(["Accounts"])
    page.goto(f"{served.url}/account")
    expect(page.locator(".panel .rows li").first).to_contain_text("Chrome, Linux")

    sign_in(page, served, "auditor", passwords["auditor"])
    set_up(page, passwords["auditor"])
    page.goto(f"{served.url}/audit")
    page.get_by_role("button", name="Verify").click()
    expect(page.get_by_role("status").last).to_contain_text("none was changed")
    expect(page.locator("tbody")).to_contain_text("Account zhao")
    page.goto(f"{served.url}/accounts")  # not for the auditor
    expect(page).to_have_url(re.compile("/review"))
    page.context.close()
    refused = [one for one in desk.complaints if "401" not in one and "403" not in one]
    assert refused == []
