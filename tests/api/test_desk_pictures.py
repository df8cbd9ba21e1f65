"""Takes the documents' pictures of the desk, of cases on drawn streets, when asked to.

`SKYEYE_SCREENSHOTS=1 python -m pytest tests/api/test_desk_pictures.py` writes docs/images.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Browser, expect

from api.prepare import prepare
from tests.api import desk_page
from tests.api.desk_cases import QUEUE, seed_shown
from tests.api.desk_page import Desk, await_true, new_desk
from tests.api.serve_fixture import Served, free_port, running

ASKED = os.environ.get("SKYEYE_SCREENSHOTS", "") == "1"
pytestmark = [
    *desk_page.NEEDED,
    pytest.mark.skipif(not ASKED, reason="takes pictures if SKYEYE_SCREENSHOTS is 1"),
]
browser = desk_page.browser
IMAGES = Path(__file__).parents[2] / "docs" / "images"
PARKING, ZOMBIE = (
    next(n for n, (kind, _) in enumerate(QUEUE) if kind == wanted)
    for wanted in ("illegal_parking", "zombie_vehicle")
)
MASKED_WITHIN_S = 300.0
LARGEST_BYTES = 400_000
COLOURS, ROUNDS = 256, 3
"""Of a picture, and how often they are moved to where they differ least from it."""


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_picture_of_the_review(browser: Browser, shown: Served, language: str, theme: str) -> None:
    desk = new_desk(browser, shown, language, theme)
    desk.sign_in()
    desk.await_case(PARKING)
    desk.press("4")
    take(desk, f"review-{theme}-{language}.png")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_picture_of_a_filed_zombie_vehicle(browser: Browser, shown: Served, language: str) -> None:
    desk = new_desk(browser, shown, language, "light")
    desk.sign_in()
    desk.page.goto(f"{shown.url}/review/{shown.violations[ZOMBIE].id}")
    desk.page.set_viewport_size({"width": 1440, "height": 1040})
    desk.page.locator(".statuses button").last.click()
    expect(desk.page.locator("[data-panel=conditions]")).to_be_in_viewport(ratio=1)
    desk.press("4")
    take(desk, f"zombie-light-{language}.png")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Serves the drawn cases, masked, the zombie vehicle filed and dispatched."""
    data_dir, port = tmp_path_factory.mktemp("shown") / "data", free_port()
    password = prepare(data_dir)
    assert password is not None
    violations = seed_shown(data_dir, time.time() - 120)
    with running(data_dir, port) as process:
        url = f"http://127.0.0.1:{port}"
        served = Served(url, "admin", password, data_dir, violations, process)
        with served.client() as client:
            for number in (PARKING, ZOMBIE):
                await_copies(client, violations[number].id)
            file_and_dispatch(client, violations[ZOMBIE].id)
        yield served


def await_copies(client: httpx.Client, case_id: str) -> None:
    """Wait until every picture and clip of a case has its masked copy."""
    deadline_s = time.monotonic() + MASKED_WITHIN_S
    while True:
        answer = client.get(f"/api/cases/{case_id}/copies")
        told: dict[str, Any] = answer.json() if answer.status_code != 404 else {}
        if told.get("state") == "ready":
            return
        assert told.get("state") != "unavailable", told["problem"]
        assert time.monotonic() < deadline_s, f"not masked in time: {told}"
        time.sleep(0.3)


def file_and_dispatch(client: httpx.Client, case_id: str) -> None:
    """Tell what was seen of a vehicle, and send somebody."""
    seen = ["flat_tyre", "thick_dust", "rubbish_under"]
    version = client.get(f"/api/cases/{case_id}").json()["version"]
    verdict = {"verdict": "confirmed", "version": version, "conditions": seen}
    client.post(f"/api/cases/{case_id}/verdict", json=verdict).raise_for_status()
    etag = client.get(f"/api/cases/{case_id}").headers["ETag"]
    step = {"action": "dispatch", "assignee": "钟埭街道中队"}
    sent = client.post(f"/api/cases/{case_id}/actions", json=step, headers={"If-Match": etag})
    sent.raise_for_status()


def take(desk: Desk, name: str) -> None:
    """Take the picture once all that it shows is there, in few colours so that it is small."""
    page = desk.page
    expect(page.locator(".stage img")).to_be_visible()
    await_true(page, "[...document.images].every((i) => i.complete && i.naturalWidth > 0)")
    await_true(page, "document.querySelector('.stage rect') !== null")
    expect(page.locator(".no-picture, .stage .notice")).to_have_count(0)
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)  # nothing fades any more
    IMAGES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=IMAGES / name)
    with Pillow.open(IMAGES / name) as picture:
        few = picture.convert("RGB").quantize(COLOURS, kmeans=ROUNDS)
        few.save(IMAGES / name, optimize=True)
    assert (IMAGES / name).stat().st_size < LARGEST_BYTES
    page.context.close()
    assert desk.complaints == []
