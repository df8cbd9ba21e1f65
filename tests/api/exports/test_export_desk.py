"""Key figures and exports on the desk, in a real browser."""

import io
import zipfile
from pathlib import Path

from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from tests.api.test_desk import OpenDesk, browser, open_desk, pytestmark

__all__ = ["browser", "open_desk", "pytestmark"]


def export(page: Page, button: str) -> Path:
    """Ask for an export with a reason, and take the file."""
    page.get_by_text(button, exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("textbox").fill("for the file")
    with page.expect_download() as download:
        dialog.locator(".el-button--primary").click()
    return download.value.path()


def test_figures_lead_to_their_cases(open_desk: OpenDesk) -> None:
    desk = open_desk("en", "light")
    page = desk.page
    page.locator("header nav").get_by_text("Figures").click()
    card = page.locator("article.card").filter(has_text="Effective reports")
    count = len(desk.served.violations)
    expect(card.get_by_text(f"reported {count}")).to_be_visible()
    page.get_by_text("By camera").click()
    expect(page.get_by_role("rowheader", name="解放西路南门口")).to_be_visible()
    card.get_by_text(f"reported {count}").click()
    links = page.get_by_role("dialog").get_by_role("link")
    expect(links).to_have_count(min(count, 12))
    number = links.first.inner_text()
    links.first.click()
    expect(page.locator("article.case")).to_have_attribute("aria-label", number)


def test_a_case_and_the_list_are_exported(open_desk: OpenDesk) -> None:
    page = open_desk("en", "light").page
    number = page.locator("article.case").get_attribute("aria-label")
    with zipfile.ZipFile(export(page, "Export the case")) as archive:
        assert f"{number}/案件证据材料.pdf" in archive.namelist()
    page.get_by_text("Export the list").click()
    sheet = load_workbook(io.BytesIO(export(page, "Excel sheet").read_bytes())).active
    assert sheet is not None
    assert number in [row[0].value for row in sheet.iter_rows()]
