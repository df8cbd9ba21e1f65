"""Purges: what goes and what stays, the certificates, and kills at any moment."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, strategies as st
from typer.testing import CliRunner

from api.audit import PROGRAM, Who
from api.cases.history import read_lines
from api.custody import register
from api.custody.holds import lift_hold, set_hold
from api.custody.purging import Purger, decide, due_cases, unfinished
from api.custody.retention import DAY_S, ENDED, LEAST_DAYS, Retention, due_rule, load_retention
from api.custody.tables import Purge
from api.store.database import Store, open_store
from api.store.tables import Case
from api.workflow.flow import NotPossible
from api.workflow.words import State
from skyeye import mount
from streams.evidence.certificate import Certificates
from streams.evidence.collection import verify_folder
from streams.evidence.keys import KeyRing
from streams.evidence.verify import verify_packet
from tests.api.conftest import Made
from tests.api.custody.purge_process import LATER_S, purge_all
from tests.api.databases import on_both

LEGAL = Who("legal", "token t")
KILLS = int(os.environ.get("SKYEYE_PURGE_KILLS", "4"))
REJECTED, CLOSED, OPEN, HELD = 0, 1, 2, 3


def end(store: Store, made: Made, number: int, state: State) -> str:
    """Let a case end without its way: what counts here is its state and its last line."""
    case_id = made.violations[number].id
    with store.writing() as sql:
        case = sql.get_one(Case, case_id)
        case.status = state.value
    return case_id


@pytest.fixture
def ended(store: Store, made: Made) -> list[str]:
    """Four cases: rejected, closed, still handled, and closed but held."""
    for number, state in (
        (REJECTED, State.REJECTED), (CLOSED, State.CLOSED),
        (OPEN, State.HANDLING), (HELD, State.CLOSED),
    ):  # fmt: skip
        end(store, made, number, state)
    with store.writing() as sql:
        set_hold(sql, made.violations[HELD].id, LEGAL, "行政诉讼", 1_795_400_100.0)
    return [violation.id for violation in made.violations]


def last_s(store: Store, case_id: str) -> float:
    with store.reading() as sql:
        return max(line.at_s for line in read_lines(sql, case_id))


def due_at(store: Store, retention: Retention, now_s: float) -> set[str]:
    with store.reading() as sql:
        return {due.case_id for due in due_cases(sql, retention, now_s)}


@on_both
def test_what_has_ended_goes_when_its_days_are_over(store: Store, ended: list[str]) -> None:
    retention = load_retention(Path("/nowhere"))
    rejected_s = last_s(store, ended[REJECTED]) + 90 * DAY_S
    closed_s = last_s(store, ended[CLOSED]) + 1095 * DAY_S
    assert due_at(store, retention, rejected_s - 1) == set()
    assert due_at(store, retention, rejected_s) == {ended[REJECTED]}
    assert due_at(store, retention, closed_s) == {ended[REJECTED], ended[CLOSED]}
    assert due_at(store, retention, closed_s + LATER_S) == {ended[REJECTED], ended[CLOSED]}


@on_both
def test_a_hold_keeps_evidence_until_it_is_lifted(store: Store, ended: list[str]) -> None:
    retention, late_s = load_retention(Path("/nowhere")), 1_795_400_000.0 + LATER_S
    assert not decide(store, retention, ended[HELD], PROGRAM, late_s)
    with store.writing() as sql:
        with pytest.raises(NotPossible, match="held already"):
            set_hold(sql, ended[HELD], LEGAL, "x", late_s)
        lift_hold(sql, ended[HELD], LEGAL, "诉讼已终结", 1_795_400_200.0)
    with store.writing() as sql:
        with pytest.raises(NotPossible, match="not held"):
            lift_hold(sql, ended[HELD], LEGAL, "x", late_s)
        history = [line.action for line in read_lines(sql, ended[HELD])]
        assert history[-2:] == ["held", "released"]
    assert decide(store, retention, ended[HELD], PROGRAM, late_s)
    with store.writing() as sql, pytest.raises(NotPossible, match="purged"):
        set_hold(sql, ended[HELD], LEGAL, "zu spät", late_s)


@on_both
def test_a_purge_leaves_the_case_and_a_certificate(
    store: Store, made: Made, ended: list[str]
) -> None:
    packet = made.packet(REJECTED)
    copies = made.data_dir / "viewing" / packet.relative_to(made.data_dir / "packets")
    copies.mkdir(parents=True)
    (copies / "start.masked.jpg").write_bytes(b"a copy")
    names = {path.name for path in packet.iterdir()}
    sha256 = verify_packet(packet).manifest_sha256
    retention, late_s = load_retention(made.data_dir), 1_795_400_000.0 + 200 * DAY_S
    assert decide(store, retention, ended[REJECTED], PROGRAM, late_s)
    assert not decide(store, retention, ended[REJECTED], PROGRAM, late_s)
    purger = Purger(store, made.data_dir)
    purger.finish(ended[REJECTED])
    purger.finish(ended[REJECTED])  # again: nothing more happens
    assert not packet.exists()
    assert not copies.exists()
    (kept,) = Certificates(made.data_dir / "packets").read()
    told = kept.certificate
    assert told is not None
    assert set(told.files) == names
    assert set(told.copies) == {"start.masked.jpg"}
    assert (told.sound, told.manifest_sha256, told.rule.state) == (True, sha256, "rejected")
    with store.reading() as sql:
        purge = sql.get_one(Purge, ended[REJECTED])
        assert purge.certificates == {told.packet: kept.sha256}
        assert sql.get_one(Case, ended[REJECTED]).packet == told.packet
        assert [line.action for line in read_lines(sql, ended[REJECTED])][-1] == "purged"
        assert register.verify(sql).ok
    keys = KeyRing(made.data_dir / "keys").public_keys()
    assert verify_folder(made.data_dir / "packets", keys).ok


def test_a_purged_case_says_so(
    visitor: TestClient, store: Store, made: Made, ended: list[str]
) -> None:
    decide(store, load_retention(made.data_dir), ended[REJECTED], PROGRAM, 1.8e9 + LATER_S)
    Purger(store, made.data_dir).finish(ended[REJECTED])
    url = f"/api/cases/{ended[REJECTED]}"
    viewer = made.bearer("viewer")
    answer = visitor.get(f"{url}/media/start.jpg", headers=viewer)
    assert answer.status_code == 404
    assert "was purged on" in answer.json()["detail"]
    assert visitor.get(url, headers=viewer).status_code == 200
    told = visitor.get(f"{url}/custody", headers=viewer).json()
    assert told["purge"]["rule"]["state"] == "rejected"
    (certificate,) = visitor.get(f"{url}/custody/certificates", headers=viewer).json()
    assert certificate["case_id"] == ended[REJECTED]
    hold = {"reason": "zu spät"}
    refused = visitor.post(f"{url}/custody/hold", json=hold, headers=made.bearer("legal"))
    assert refused.status_code == 409


def test_legal_holds_and_releases(visitor: TestClient, made: Made) -> None:
    url, legal = f"/api/cases/{made.violations[0].id}/custody", made.bearer("legal")
    held = visitor.post(f"{url}/hold", json={"reason": "行政诉讼"}, headers=legal).json()
    assert (held["hold"]["by"], held["hold"]["reason"]) == ("legal", "行政诉讼")
    assert visitor.post(f"{url}/hold", json={"reason": "again"}, headers=legal).status_code == 409
    free = visitor.post(f"{url}/release", json={"reason": "终结"}, headers=legal).json()
    assert free["hold"] is None
    assert visitor.post(f"{url}/release", json={"reason": "no"}, headers=legal).status_code == 409
    case = visitor.get(url.removesuffix("/custody"), headers=legal).json()
    assert [line["action"] for line in case["history"]][-2:] == ["held", "released"]
    assert case["chain"]["ok"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[days]\nrejected = 29", "at least 30 days"),
        ("[days]\nclosed = -1", "at least 30 days"),
        ("[days]\nclosed = nan", "at least 30 days"),
        ("[days]\nhandling = 400", "still at work"),
        ("[days]\nlead = 400", "still at work"),
        ("[days]\nnothing = 400", "days"),
    ],
)
def test_what_the_law_does_not_allow_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "retention.toml").write_text(text)
    with pytest.raises(ValueError, match=says) as refused:
        load_retention(tmp_path)
    assert "retention.toml" in str(refused.value)


@given(
    days=st.dictionaries(st.sampled_from(ENDED), st.floats(LEAST_DAYS, 4000)),
    state=st.sampled_from(State),
    since_s=st.floats(1.7e9, 1.9e9),
    passed_s=st.floats(0, 5e8),
)
def test_nothing_goes_before_thirty_days_nor_while_it_is_at_work(
    days: dict[State, float], state: State, since_s: float, passed_s: float
) -> None:
    rule = due_rule(Retention(days=days), state, since_s, since_s + passed_s)
    if rule is None:
        assert state not in days or passed_s < (days[state] + 0.001) * DAY_S
    else:
        assert state in ENDED
        assert passed_s >= LEAST_DAYS * DAY_S - 1


def test_the_command_shows_and_then_deletes(store: Store, made: Made, ended: list[str]) -> None:
    with store.writing() as sql:  # as if it had been left alone for years
        sql.get_one(Case, ended[REJECTED]).raised_s = 1.0e9
    store.close()
    app, runner = mount(["purge"]), CliRunner()
    base = ["purge", "--data", str(made.data_dir)]
    (made.data_dir / "retention.toml").write_text("[days]\nrejected = 30\n")
    assert runner.invoke(app, base).exit_code == 2
    shown = runner.invoke(app, [*base, "--dry-run"])
    assert shown.exit_code == 0
    assert made.packet(REJECTED).is_dir()
    done = runner.invoke(app, [*base, "--yes"])
    assert done.exit_code == 0, done.output


@pytest.fixture
def frozen(store: Store, made: Made, ended: list[str]) -> Path:
    """A data folder with masked copies, two packets of which are due."""
    for number in (REJECTED, CLOSED):
        packet = made.packet(number)
        copies = made.data_dir / "viewing" / packet.relative_to(made.data_dir / "packets")
        copies.mkdir(parents=True)
        (copies / "masking.json").write_text("{}")
    store.close()
    return made.data_dir


def run_killed(data_dir: Path, at: int) -> int:
    """Purge in a process that kills itself at a step; returns how many steps were left."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.api.custody.purge_process", str(data_dir), str(at)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, -9), done.stderr
    return int(done.stdout.split()[-1]) if done.returncode == 0 else 0


def check_after_kill(data_dir: Path, ids: list[str]) -> None:
    """Each packet is whole, or on its way out with a certificate."""
    root = data_dir / "packets"
    certified = {k.certificate.packet for k in Certificates(root).read() if k.certificate}
    store = open_store(data_dir)
    with store.reading() as sql:
        packets = [sql.get_one(Case, case_id).packet for case_id in ids]
        decided = set(unfinished(sql))
        done = {p.case_id for p in sql.query(Purge) if p.done_s is not None}
    store.close()
    for case_id, packet in zip(ids, packets, strict=True):
        folder = root / packet
        if folder.exists():
            assert verify_packet(folder).ok
            assert case_id not in done
        else:
            assert packet in certified
            assert case_id in decided | done


@pytest.mark.slow
def test_killed_at_any_moment_it_is_whole_or_finished_by_the_next_start(
    frozen: Path, tmp_path: Path, ended: list[str]
) -> None:
    whole = tmp_path / "whole"
    shutil.copytree(frozen, whole)
    steps = 10**6 - run_killed(whole, 10**6)
    chance = random.Random(4)
    points = range(1, steps + 1) if steps <= KILLS else chance.sample(range(1, steps + 1), KILLS)
    for number, at in enumerate(points):
        data_dir = tmp_path / f"kill-{number}"
        shutil.copytree(frozen, data_dir)
        run_killed(data_dir, at)
        check_after_kill(data_dir, ended)
        purge_all(data_dir)
        verdict = verify_folder(data_dir / "packets", KeyRing(data_dir / "keys").public_keys())
        assert verdict.ok, (at, verdict.chain_problems)
        assert (len(verdict.packets), verdict.purged) == (2, 2), at
        assert not list((data_dir / "packets").rglob(".*.purged"))
        store = open_store(data_dir)
        with store.reading() as sql:
            assert unfinished(sql) == []
            assert register.verify(sql).ok
            for case_id in (ended[REJECTED], ended[CLOSED]):
                actions = [line.action for line in read_lines(sql, case_id)]
                assert actions.count("purged") == 1
        store.close()
        shutil.rmtree(data_dir)
