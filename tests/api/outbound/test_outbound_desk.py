"""The page of targets in a real browser: what fails is seen, and a dead letter is replayed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from api.app import STATIC
from tests.api.outbound.receiver import Answer, Request, allow_loopback, listening
from tests.api.serve_fixture import Served, serving

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"{CHROMIUM} is not installed"),
    pytest.mark.skipif(
        not (STATIC / "index.html").is_file(), reason="api/static is not built: pip install -e ."
    ),
]
COUNT = 2


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    (tmp_path / "data").mkdir()
    allow_loopback(tmp_path / "data")
    with serving(tmp_path / "data", COUNT) as server:
        yield server


@pytest.fixture
def page() -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(CHROMIUM), args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser.new_page(viewport={"width": 1280, "height": 800}, locale="zh-CN")
        browser.close()


def test_a_dead_letter_is_replayed(served: Served, page: Page) -> None:
    refuses = [True]

    def answer(_: Request) -> Answer:
        return Answer(422, '{"message": "区划代码不存在"}'.encode()) if refuses[0] else Answer()

    with listening(answer) as url, served.client() as client:
        settings = {"kind": "webhook", "url": url, "refused_tries": 1}
        body = {"settings": settings, "start": "beginning"}
        client.put("/api/outbound/targets/city", json=body).raise_for_status()
        page.goto(f"{served.url}/outbound")
        page.fill("input[name=username]", served.username)
        page.fill("input[name=password]", served.password)
        page.keyboard.press("Enter")
        page.click("nav a[href='/outbound']")
        row = page.locator("tbody tr", has_text="city")
        expect(row.locator(".dead")).to_have_text(str(COUNT), timeout=20_000)
        row.locator(".dead").click()
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_text("区划代码不存在")).to_have_count(COUNT)
        refuses[0] = False
        dialog.get_by_role("button", name="全部重新投递").click()
        page.keyboard.press("Escape")
        expect(row.locator(".dead")).to_have_count(0, timeout=20_000)
        expect(row).to_contain_text("正常")
