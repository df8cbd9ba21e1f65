"""Code tables, and the numbers of cases."""

import threading
from pathlib import Path

import pytest

from api.calendars.deadlines import Limit, Unit
from api.cases.numbers import check_template, day_of, fill, next_numbers
from api.codes.tables import SHIPPED, CodesError, load_codes
from api.store.database import Store
from vision.rules.kinds import KINDS

BOOK = load_codes()
NUMBER = BOOK.practice.number


def test_every_kind_has_a_code_and_a_limit() -> None:
    for kind in KINDS.values():
        code = BOOK.find(kind.name)
        assert code is not None, kind.name
        assert code.part.limit.limit().seconds > 0
        for scheme, text in (("newer", kind.code_newer), ("older", kind.code_older)):
            found = BOOK.find_in(scheme, kind.name)
            assert (found.text if found else "") == text, (scheme, kind.name)


def test_what_is_not_confirmed_is_marked() -> None:
    inferred = [part.kind for part in BOOK.tables["newer"].codes if "code" in part.unconfirmed]
    assert inferred == ["illegal_parking", "zombie_vehicle"]
    assert all("limit" in part.unconfirmed for t in BOOK.tables.values() for part in t.codes)


def test_find_a_code() -> None:
    parking, balcony = BOOK.find("illegal_parking"), BOOK.find("hanging_laundry", "balcony")
    assert parking is not None
    assert balcony is not None
    assert (parking.scheme, parking.text, parking.version) == ("newer", "04-09", "2026-1")
    assert balcony.text == "01-05"
    assert BOOK.find("nothing") is None
    assert BOOK.handling_limit("open_air_barbecue") == Limit(2, Unit.URGENT_HOURS)
    assert BOOK.handling_limit("nothing") == Limit(1, Unit.WORKING_DAYS)


def test_a_site_brings_its_own_tables(tmp_path: Path) -> None:
    text = (SHIPPED / "practice.toml").read_text(encoding="utf-8")
    text = text.replace('["newer", "local", "older"]', '["older", "local"]')
    (tmp_path / "practice.toml").write_text(text, encoding="utf-8")
    code = load_codes(tmp_path).find("illegal_parking")
    assert code is not None
    assert (code.scheme, code.text) == ("older", "05-05")


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("newer.toml", 'minor = "10"', 'minor = "9"', r"newer\.toml: codes\.1\.minor"),
        ("newer.toml", 'minor = "10"', 'minor = "09"', "04-09 is there twice"),
        ("newer.toml", "working_hours", "weeks", r"codes\.0\.limit\.unit"),
        ("newer.toml", "amount = 2", "amount = 0", r"codes\.0\.limit\.amount"),
        ("newer.toml", 'kind = "stray_bikes"', 'kind = "illegal_parking"', "there twice"),
        ("newer.toml", 'scheme = "newer"', 'scheme = "older"', "of the same scheme"),
        ("practice.toml", '"newer", ', '"newest", ', "no table 'newest'"),
        ("practice.toml", "{serial:04d}", "", "it needs {day} and {serial}"),
    ],
)
def test_a_table_that_makes_no_sense(
    tmp_path: Path, name: str, old: str, new: str, message: str
) -> None:
    text = (SHIPPED / name).read_text(encoding="utf-8")
    assert old in text
    (tmp_path / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(CodesError, match=message):
        load_codes(tmp_path)


@pytest.mark.parametrize(
    "template",
    [
        "", "{day}", "{serial}", "{day}{serial}{x}", "{day}{serial:q}", "{day.x}{serial}",
        "{day}{serial", "{day}{serial}" + "x" * 60, "{day}{serial:.2}", "{0}{day}{serial}",
        "{day}{serial!r:>3.3}",
    ],
)  # fmt: skip
def test_a_template_that_is_none(template: str) -> None:
    with pytest.raises(ValueError, match="number template"):
        check_template(template)


def test_numbers() -> None:
    assert fill(NUMBER, "330482", "20261125", 7) == "330482202611250007"
    assert fill(NUMBER, "330482", "20261125", 10_000) == "3304822026112510000"
    assert fill(check_template("平{day}-{serial}"), "", "20261125", 7) == "平20261125-7"
    assert day_of(1_795_400_000, "Asia/Shanghai") == "20261123"
    assert day_of(1_795_400_000, "Nowhere/At_all") == "20261123"


def test_no_two_cases_get_the_same_number(store: Store) -> None:
    numbers: list[str] = []

    def take() -> None:
        for _ in range(15):
            with store.writing() as sql:
                taken = next_numbers(sql, NUMBER, "330482", ["19710101", "19710102", "19710101"])
            numbers.extend(taken)

    threads = [threading.Thread(target=take) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    first = [f"33048219710101{n:04d}" for n in range(1, 181)]
    assert sorted(numbers) == first + [f"33048219710102{n:04d}" for n in range(1, 91)]
