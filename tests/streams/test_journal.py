"""What must not be forgotten: memories and errands, together or not at all."""

import sqlite3

import pytest

from streams.journal import Errand, Journal, JournalError

RAISE = Errand("raise", "v1", "gate", 100.0)
END = Errand("end", "v1", "gate", 101.0, 99.5)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state.db"


def test_memories_and_errands_outlive_the_process(path):
    first = Journal(path)
    first.save({"gate": {"places": [1, 2.5, None]}}, [RAISE, END])
    first.close()
    second = Journal(path)
    assert second.memory("gate") == {"places": [1, 2.5, None]}
    assert second.errands() == [RAISE, END]
    assert second.memory("elsewhere") is None
    second.close()


def test_an_errand_is_noted_once_and_done_once(path):
    journal = Journal(path)
    journal.save({}, [RAISE])
    journal.save({}, [RAISE, END])
    journal.done(RAISE)
    assert journal.errands() == [END]
    journal.done(RAISE)
    journal.close()


def test_a_failed_save_changes_nothing(path):
    journal = Journal(path)
    journal.save({"gate": {"n": 1}})
    with pytest.raises(ValueError, match="Out of range float"):
        journal.save({"gate": {"n": float("nan")}}, [RAISE])
    broken = Errand("end", None, "gate", 1.0)
    with pytest.raises(JournalError, match=r"state\.db"):
        journal.save({"gate": {"n": 2}}, [RAISE, broken])
    assert journal.memory("gate") == {"n": 1}
    assert journal.errands() == []
    journal.close()


def test_a_file_that_is_no_journal_is_named(path):
    path.write_bytes(b"something else entirely" * 100)
    with pytest.raises(JournalError, match=r"state\.db"):
        Journal(path)


def test_a_full_disk_is_named_and_what_was_there_stays(path):
    journal = Journal(path)
    journal.save({"gate": {"n": 1}})
    other = sqlite3.connect(path)
    pages = other.execute("PRAGMA page_count").fetchone()[0]
    other.close()
    journal._file.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalError, match="full"):
        journal.save({"gate": {"n": "x" * 100_000}}, [RAISE])
    assert journal.memory("gate") == {"n": 1}
    assert journal.errands() == []
    journal.close()
