"""The documents' tables are those of the code."""

from pathlib import Path

from api.workflow.tables import rule_table, state_table

PAGE = Path(__file__).parents[3] / "docs" / "cases.md"


def test_the_page_shows_the_rules_as_they_are() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for table in (state_table(), rule_table()):
        assert table in page, f"put this table into {PAGE.name}:\n{table}"
