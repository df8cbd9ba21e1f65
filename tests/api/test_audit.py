"""The audit log: chained, never changed, and whatever was done to it is named."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import make_transient

from api.audit import GENESIS, Entry, Outcome, Who, line_hash, verify, verify_lines, write
from api.sign_in.tables import AuditHead, AuditLine
from api.store.database import Store
from tests.api.databases import on_both

WANG = Who("wang", "cookie", "10.0.0.7")


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """A database for many examples."""
    with closing(Store(tmp_path_factory.mktemp("any") / "cases.db")) as store:
        store.migrate()
        yield store


def entry(number: int) -> Entry:
    return Entry(
        1e9 + number / 3, WANG, "camera.change", f"camera:{number}", more={"n": str(number)}
    )


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[AuditLine]:
    """Six lines as they are read back."""
    with closing(Store(tmp_path_factory.mktemp("audit") / "cases.db")) as store:
        store.migrate()
        for number in range(6):
            with store.writing() as sql:
                write(sql, entry(number))
        with store.reading() as sql:
            lines = list(sql.query(AuditLine).order_by(AuditLine.seq))
            for line in lines:
                make_transient(line)
        return lines


def changed(line: AuditLine, **values: object) -> AuditLine:
    told = {c.key: getattr(line, c.key) for c in AuditLine.__table__.columns}
    return AuditLine(**(told | values))


@on_both
def test_what_was_written_is_sound(store: Store) -> None:
    with store.writing() as sql:
        before = verify(sql).lines
        for number in range(3):  # several in one transaction
            write(sql, entry(number))
    with store.reading() as sql:
        verdict = verify(sql)
        assert (verdict.ok, verdict.lines) == (True, before + 3)
        assert verdict.head == sql.get_one(AuditHead, 1).hash


@on_both
def test_a_line_is_there_only_if_the_deed_is(store: Store) -> None:
    with store.reading() as sql:
        before = verify(sql)
    with pytest.raises(ZeroDivisionError), store.writing() as sql:
        assert write(sql, entry(1)).seq / 0
    with store.reading() as sql:
        assert verify(sql) == before


@on_both
@pytest.mark.parametrize("verb", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
def test_the_database_refuses_to_change_it(store: Store, verb: str) -> None:
    with store.writing() as sql:
        write(sql, entry(0))
    with pytest.raises(DatabaseError, match="never changed"), store.writing() as sql:
        sql.execute(text(verb))


@on_both
def test_several_write_at_once(store: Store) -> None:
    def work(number: int) -> None:
        with store.writing() as sql:
            write(sql, entry(number))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(work, range(30)))
    with store.reading() as sql:
        verdict = verify(sql)
        assert (verdict.ok, verdict.lines) == (True, 30)


Lines = list[AuditLine]
TAMPERED: list[tuple[Callable[[Lines], Lines], str]] = [
    (lambda log: [*log[:2], changed(log[2], actor="li"), *log[3:]], "line 3: it was changed"),
    (lambda log: [*log[:2], changed(log[2], at_s=1.0), *log[3:]], "line 3: it was changed"),
    (lambda log: [*log[:2], changed(log[2], more={}), *log[3:]], "line 3: it was changed"),
    (lambda log: [*log[:2], *log[3:]], "line 3: number 4 stands here"),
    (lambda log: [log[1], log[0], *log[2:]], "line 1: number 2 stands here"),
    (lambda log: log[1:], "line 1: number 2 stands here"),
    (lambda log: log[:-1], "line 5: it is not the last that was written"),
    (lambda log: [], "line 0: it is not the last that was written"),
]


@pytest.mark.parametrize(("tamper", "problem"), TAMPERED)
def test_whatever_was_done_to_it_is_named(
    log: Lines, tamper: Callable[[Lines], Lines], problem: str
) -> None:
    assert verify_lines(log, log[-1].hash).ok
    verdict = verify_lines(tamper(log), log[-1].hash)
    assert not verdict.ok
    assert verdict.problems[0].startswith(problem)


def test_a_line_made_anew_breaks_the_next(log: Lines) -> None:
    forged = changed(log[2], actor="li")
    forged.hash = line_hash(forged)
    verdict = verify_lines([*log[:2], forged, *log[3:]], log[-1].hash)
    assert verdict.problems == ("line 4: it does not follow the line before it",)


@settings(deadline=None, max_examples=40)  # the machine may be busy
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(), max_size=20),
            st.text(st.characters(), max_size=500),
            st.dictionaries(st.text(st.characters()), st.text(st.characters()), max_size=3),
            st.floats(0, 4e9),
            st.sampled_from(Outcome),
        ),
        max_size=4,
    )
)
def test_any_text_can_be_written(
    scratch: Store,
    entries: list[tuple[str, str, dict[str, str], float, Outcome]],
) -> None:
    for name, subject, more, at_s, outcome in entries:
        with scratch.writing() as sql:
            write(sql, Entry(at_s, Who(name, name, name), subject, subject, outcome, more))
    with scratch.reading() as sql:
        assert verify(sql).ok


def test_an_empty_log_is_sound(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "cases.db")) as store:
        store.migrate()
        with store.reading() as sql:
            verdict = verify(sql)
    assert (verdict.ok, verdict.lines, verdict.head) == (True, 0, GENESIS)
