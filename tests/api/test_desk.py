"""The review desk in a real browser, against a real server with made cases."""

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from streams.bus import SqliteBus
from tests.api import desk_page
from tests.api.custody.fakes import mask_all
from tests.api.desk_page import Desk, await_true, new_desk
from tests.api.factory import announce, violation, write_packet
from tests.api.serve_fixture import Served

pytestmark = desk_page.NEEDED
browser = desk_page.browser
LOOKS = [("zh", "light"), ("en", "dark")]
WORDS = {
    "zh": {"confirmed": "已确认", "live": "实时更新", "conflict": "该案件刚被他人处理"},
    "en": {"confirmed": "confirmed", "live": "Live", "conflict": "Somebody else has just judged"},
}


OpenDesk = Callable[[str, str], Desk]


@pytest.fixture
def open_desk(browser: Browser, served: Served) -> Iterator[OpenDesk]:
    """Opens the desk in a language and a theme; in the end nothing was complained about."""
    mask_all(served.data_dir)
    opened: list[Desk] = []

    def open_one(language: str, theme: str) -> Desk:
        opened.append(desk := new_desk(browser, served, language, theme))
        desk.sign_in()
        return desk

    yield open_one
    for desk in opened:
        desk.page.context.close()
    assert [complaint for desk in opened for complaint in desk.complaints] == []


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_officer_reviews_with_the_keyboard_alone(
    open_desk: OpenDesk, language: str, theme: str
) -> None:
    desk = open_desk(language, theme)
    expect(desk.page.locator("header .live")).to_have_text(WORDS[language]["live"])
    assert ("dark" in (desk.page.locator("html").get_attribute("class") or "")) == (theme == "dark")
    desk.await_case(0)
    desk.press("j")
    desk.await_case(1)
    desk.press("k")
    desk.await_case(0)
    desk.press("c")
    desk.await_case(1)
    expect(desk.page.get_by_text(WORDS[language]["confirmed"]).first).to_be_visible()
    desk.press("x", "n")
    desk.page.keyboard.type("看不清 j c")
    desk.press("Enter", "2")
    desk.await_case(2)
    assert desk.status(0) == ("filed", None)
    assert desk.status(1) == ("rejected", "wrong_object")
    desk.press("u")
    desk.await_case(1)
    assert desk.status(1) == ("lead", None)
    with desk.served.client() as client:
        history = client.get(f"/api/cases/{desk.served.violations[1].id}").json()["history"]
    assert [line["note"] for line in history if line["action"] == "reject"] == ["看不清 j c"]


def test_overlay_follows_the_clip(open_desk: OpenDesk) -> None:
    desk = open_desk("en", "light")
    page, box = desk.page, desk.page.locator("[data-overlay=box]")
    expect(page.locator("video")).to_be_visible()
    await_true(page, "document.querySelector('video').ended")
    expect(box).to_be_visible()
    stage = page.locator(".stage svg")
    assert stage.get_attribute("viewBox") == "0 0 960 540"
    await_true(page, "document.querySelector('.stage svg rect').x.baseVal.value == 520")
    page.evaluate("document.querySelector('video').currentTime = 0.5")
    expect(box).to_have_count(0)  # it has not come yet
    desk.press(".", ".")
    started_s = desk.served.violations[0].started_s
    shown = page.locator("[data-clock]").inner_text()
    assert shown in [local(started_s - 2 + 0.5 + step) for step in (0, 0.2, 0.4, 0.6)]
    desk.press("2")
    expect(page.locator("[role=tab]").nth(1)).to_have_attribute("aria-selected", "true")
    expect(box).to_be_visible()
    desk.press("o")
    expect(box).to_have_count(0)
    desk.press("5")
    expect(page.locator(".stage img")).to_be_visible()


def test_new_case_comes_by_itself_and_the_selection_stays(open_desk: OpenDesk) -> None:
    desk = open_desk("zh", "light")
    desk.press("j")
    desk.await_case(1)
    found = violation(0, time.time() + 60)
    with SqliteBus(desk.served.data_dir / "bus.db") as bus:
        packet = write_packet(desk.served.data_dir, found)
        mask_all(desk.served.data_dir)
        announce(bus, found, packet)
    expect(desk.page.locator(f"[data-case='{found.id}']")).to_be_visible()
    desk.await_case(1)


def test_verdict_of_somebody_else_is_noticed(open_desk: OpenDesk) -> None:
    desk = open_desk("en", "light")
    desk.page.route("**/api/events*", lambda route: route.abort())  # the desk hears of nothing
    desk.page.reload()
    desk.await_case(0)
    judge(desk.served, 0)
    desk.press("c")
    expect(desk.page.get_by_text(WORDS["en"]["conflict"])).to_be_visible()
    expect(desk.page.locator("article.case .tag.rejected")).to_be_visible()
    assert desk.status(0) == ("rejected", "duplicate")
    desk.complaints.clear()  # the browser itself complains about 409 and about what was cut off


def test_admin_draws_a_zone_over_the_picture(open_desk: OpenDesk) -> None:
    desk = open_desk("en", "light")
    page = desk.page
    page.goto(f"{desk.served.url}/cameras/jiefang-01")
    page.get_by_role("button", name="Draw zone").click()
    frame = page.locator(".editor svg").bounding_box()
    assert frame is not None
    for x, y in ((0.1, 0.1), (0.3, 0.1), (0.3, 0.4)):
        page.mouse.click(frame["x"] + x * frame["width"], frame["y"] + y * frame["height"])
    desk.press("Enter")
    page.mouse.move(frame["x"] + 0.3 * frame["width"], frame["y"] + 0.4 * frame["height"])
    page.mouse.down()
    page.mouse.move(frame["x"] + 0.2 * frame["width"], frame["y"] + 0.5 * frame["height"])
    page.mouse.up()
    with page.expect_response(lambda answer: answer.request.method == "PUT"):
        page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    with desk.served.client() as client:
        zone = client.get("/api/cameras/jiefang-01").json()["zones"][-1]
    assert zone["name"] == "Zone 3"
    flat = [value for point in zone["polygon"] for value in point]
    assert flat == pytest.approx([0.1, 0.1, 0.3, 0.1, 0.2, 0.5], abs=0.003)


@pytest.mark.parametrize(
    ("language", "words"),
    [("zh", ("未判读：遮挡", "24 小时判读率 90%")), ("en", ("Not judged: covered", "90 % judged"))],
)
def test_a_camera_that_sees_nothing_says_so(
    open_desk: OpenDesk, language: str, words: tuple[str, str]
) -> None:
    desk = open_desk(language, "light")
    with SqliteBus(desk.served.data_dir / "bus.db") as bus:
        key = "camera/jiefang-01"
        entry = bus.get("status", key)
        assert entry is not None
        trouble = {"judged": False, "reason": "covered", "unjudged_since_s": time.time() - 60}
        bus.put("status", key, json.dumps(json.loads(entry.value) | trouble))
        desk.page.goto(f"{desk.served.url}/cameras")
        card = desk.page.locator("[data-camera='jiefang-01']")
        for told in words:
            expect(card).to_contain_text(told)
        bus.put("status", key, entry.value)
    desk.page.goto("about:blank")
    desk.complaints.clear()  # the browser itself complains that one camera has no picture yet


def test_every_word_has_its_two_languages(open_desk: OpenDesk) -> None:
    desk = open_desk("zh", "light")
    desk.press("?")
    dialog = desk.page.get_by_role("dialog")
    expect(dialog).to_contain_text("快捷键")
    desk.press("j")  # covered by the dialog
    desk.press("Escape")
    expect(dialog).to_be_hidden()
    desk.await_case(0)
    desk.press("l", "t")
    expect(desk.page.locator("nav")).to_contain_text("Cameras")
    expect(desk.page.locator("html")).to_have_class("dark")
    assert json.loads(desk.page.evaluate("JSON.stringify({...localStorage})")) == {
        "skyeye.language": "en",
        "skyeye.theme": "dark",
    }


def test_a_case_is_dispatched_at_the_desk(open_desk: OpenDesk, tmp_path: Path) -> None:
    desk = open_desk("zh", "light")
    desk.await_case(0)
    desk.press("c")
    desk.await_case(1)
    page, case_id = desk.page, desk.served.violations[0].id
    page.goto(f"{desk.served.url}/review/{case_id}")
    expect(page.locator("article.case .tag.filed")).to_be_visible()
    expect(page.locator("article.case .head [data-light]")).to_be_visible()
    page.locator("[data-action=dispatch]").click()
    send = page.locator("form button[type=submit]")
    expect(send).to_be_disabled()
    page.locator("form input").first.fill("当湖街道中队")
    send.click()
    expect(page.locator("article.case .tag.dispatched")).to_be_visible()
    expect(page.locator("[data-chain=ok]")).to_contain_text("共 3 条")
    expect(page.locator("article.case")).to_contain_text("当湖街道中队")
    page.screenshot(path=tmp_path / "dispatched.png")
    assert desk.status(0) == ("dispatched", None)


def judge(served: Served, number: int) -> None:
    """Reject a violation as another officer would."""
    case_id = served.violations[number].id
    with served.client() as client:
        version = client.get(f"/api/cases/{case_id}").json()["version"]
        body = {"verdict": "rejected", "reason": "duplicate", "version": version}
        answer: httpx.Response = client.post(f"/api/cases/{case_id}/verdict", json=body)
        answer.raise_for_status()


def local(utc_s: float) -> str:
    """The time in Pinghu, to the second that has passed in full."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(int(utc_s) + 8 * 3600))
