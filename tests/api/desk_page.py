"""The review desk in a real browser: a page of it, and how to wait for what is on it."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from api.app import STATIC
from tests.api.serve_fixture import Served

CHROMIUM = Path("/usr/bin/chromium")
NEEDED = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason=f"{CHROMIUM} is not installed"),
    pytest.mark.skipif(
        not (STATIC / "index.html").is_file(), reason="api/static is not built: pip install -e ."
    ),
]
"""Marks of a test of the desk."""


@dataclass
class Desk:
    """A page of the desk; `complaints` is what the browser's console said, violations included."""

    page: Page
    served: Served
    complaints: list[str] = field(default_factory=list)

    def listen(self, message: ConsoleMessage) -> None:
        """Keep errors; that nobody is signed in yet is told by a 401, which is none."""
        if message.type == "error" and "/api/session" not in message.location.get("url", ""):
            self.complaints.append(message.text)

    def sign_in(self) -> None:
        """Sign in with the keyboard alone and wait for the first case."""
        self.page.goto(self.served.url)
        expect(self.page.locator("input[name=username]")).to_be_focused()
        self.page.keyboard.type(self.served.username)
        self.page.keyboard.press("Tab")
        self.page.keyboard.type(self.served.password)
        self.page.keyboard.press("Enter")
        expect(self.page.locator("article.case")).to_be_visible()

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def await_case(self, number: int) -> None:
        """Wait until the desk shows the violation with that number, 0 the newest."""
        case_id = self.served.violations[number].id
        expect(self.page).to_have_url(re.compile(case_id))
        current = self.page.locator(f"[data-case='{case_id}'][aria-current=true]")
        expect(current).to_be_visible()
        with self.served.client() as client:
            shown = client.get(f"/api/cases/{case_id}").json()["number"]
        expect(self.page.locator("article.case")).to_have_attribute("aria-label", shown)

    def status(self, number: int) -> tuple[str, str | None]:
        """What has become of a violation, according to the server: status and reason."""
        with self.served.client() as client:
            case = client.get(f"/api/cases/{self.served.violations[number].id}").json()
        return case["status"], case["reason"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


def new_desk(browser: Browser, served: Served, language: str, theme: str) -> Desk:
    """A page of its own, not signed in yet, in a place where the clocks differ."""
    context = browser.new_context(
        viewport={"width": 1440, "height": 900},
        color_scheme="dark" if theme == "dark" else "light",
        timezone_id="America/New_York",
    )
    context.add_init_script(f"localStorage.setItem('skyeye.language', '{language}')")
    desk = Desk(context.new_page(), served)
    desk.page.on("console", desk.listen)
    desk.page.on("pageerror", lambda error: desk.complaints.append(str(error)))
    return desk


def await_true(page: Page, expression: str, timeout_s: float = 15.0) -> None:
    """Wait for something on the page; Playwright's own waiting needs `eval`, which is barred."""
    deadline_s = time.monotonic() + timeout_s
    while not page.evaluate(expression):
        assert time.monotonic() < deadline_s, f"it did not come true: {expression}"
        page.wait_for_timeout(50)
