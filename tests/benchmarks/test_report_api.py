"""The tables of docs/api.md, from kept results."""

from pathlib import Path

import pytest

from benchmarks import record, report, report_api

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_page_is_that_of_the_kept_results() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert report_api.refresh(page, report.load(record.RESULTS)) == page
    assert "Not measured yet" not in page


def test_without_results_it_says_so() -> None:
    page = "<!-- kills-table -->\nold\n<!-- /kills-table -->\n"
    assert "Not measured yet" in report_api.refresh(page, [])


@pytest.mark.parametrize("page", ["<!-- api-nothing -->\n", "<!-- api-rates -->\n"])
def test_a_block_that_is_none(page: str) -> None:
    with pytest.raises(ValueError, match="not known or has no end"):
        report_api.refresh(page, [])
