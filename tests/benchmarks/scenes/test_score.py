"""Scores of scenes against cases worked out by hand, and the pieces that can be switched off."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from benchmarks.commands import app
from benchmarks.event_scoring import Event
from benchmarks.scenes import command
from benchmarks.scenes.ablation import _SWAPS, PIECES, without
from benchmarks.scenes.play import SAVERS, Played, play
from benchmarks.scenes.run import make, report, run_scenes
from benchmarks.scenes.score import by_condition, score_scenes, wrongs
from benchmarks.scenes.through import compare
from benchmarks.scenes.truth import TrueEvent

KIND, BOX, FAR = "illegal_parking", (0.0, 0.0, 100.0, 100.0), (300.0, 0.0, 400.0, 100.0)


def true(start_s=100.0, box=BOX, conditions=("day",)):
    return TrueEvent(KIND, "kerb", box, start_s, 3000.0, conditions)


def case(from_s=100.0, box=BOX, to_s=3000.0):
    return Event(KIND, "kerb", box, from_s, to_s)


def played(truth, raised, night=None, judged=1.0, end_s=43200.0):
    nights = tuple(night or [False] * len(raised))
    noticed = tuple(event.from_s + 300 for event in raised)
    return Played(KIND, 0, end_s, 5.0, tuple(truth), tuple(raised), noticed, nights, judged)


def test_everything_right():
    score = score_scenes([played([true()], [case(104)], judged=0.9)])
    assert (score.precision, score.recall, score.f1, score.start_within) == (1, 1, 1, 1)
    assert (score.start_median_s, score.start_p95_s) == (4, 4)
    assert (score.doubled, score.false_alarms, score.coverage) == (0, 0, 0.9)
    assert score.s4 == pytest.approx(1 - 4 / 300, abs=1e-3)


def test_a_second_case_is_doubled_and_one_of_nothing_is_false():
    scene = played([true()], [case(), case(900), case(box=FAR)])
    score = score_scenes([scene])
    assert (score.raised, score.matched, score.doubled, score.false_alarms) == (3, 1, 1, 1)
    assert score.false_alarms_per_camera_day == 2  # one in half a day
    assert score.precision == pytest.approx(1 / 3, abs=1e-3)
    assert sorted(w.what for w in wrongs([scene])) == ["doubled", "false"]


def test_a_late_start_is_in_time_up_to_a_look_and_two_seconds():
    score = score_scenes([played([true(), true(box=FAR)], [case(107), case(108, FAR)])])
    assert score.start_within == 0.5
    assert score.start_median_s == 7.5


def test_a_late_start_of_what_was_hidden_is_late_and_told_apart():
    late = played([true(), true(box=FAR)], [case(140), case(140, FAR)])
    score = score_scenes([replace(late, in_sight_s=(135.0, 100.0))])
    assert (score.start_within, score.late, score.late_unseen) == (0, 2, 1)
    assert score_scenes([late]).late_unseen == 0


def test_conditions_divide_the_events_and_day_and_night_the_false_alarms():
    truth = [true(), true(500, FAR, ("night", "rain"))]
    raised = [case(), case(2000, (0, 200, 90, 290))]
    scores = by_condition([played(truth, raised, night=[False, True])])
    assert set(scores) == {"day", "night", "rain"}
    assert (scores["day"].f1, scores["rain"].recall) == (1, 0)
    assert (scores["night"].false_alarms, scores["rain"].false_alarms) == (1, 0)


def test_nothing_raised_and_nothing_true():
    score = score_scenes([played([], [])])
    assert (score.precision, score.recall, score.f1, score.s4, score.start_p95_s) == (None,) * 5
    missed = played([true()], [], judged=None)
    assert score_scenes([missed]).coverage == 0
    assert [w.what for w in wrongs([missed])] == ["missed"]
    json.dumps(report([missed], 1, ()).to_json(), allow_nan=False)


@pytest.mark.parametrize("piece", PIECES)
def test_a_piece_is_switched_off_and_on_again(piece):
    before = [getattr(owner, name) for owner, name, _ in _SWAPS[piece]]
    with without([piece]):
        during = [getattr(owner, name) for owner, name, _ in _SWAPS[piece]]
    assert all(a is not b for a, b in zip(before, during, strict=True))
    assert [getattr(owner, name) for owner, name, _ in _SWAPS[piece]] == before


def test_an_unknown_piece_is_refused():
    with pytest.raises(ValueError, match="choose from hysteresis"), without(["memory"]):
        pass


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--scenes", "--kinds", "parking"], "illegal_parking"),
        (["--scenes", "--without", "luck"], "hysteresis"),
        ([], "--scenes"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(words, told):
    done = CliRunner().invoke(app, ["events", *words])
    assert done.exit_code == 2
    assert told in done.output


def test_a_report_is_shown_and_kept(monkeypatch, tmp_path):
    kept = {}
    monkeypatch.setattr(command, "run_scenes", lambda *_: report([played([true()], [])], 1, ()))
    monkeypatch.setattr(command.record, "save", kept.setdefault)
    done = CliRunner().invoke(
        app,
        ["events", "--scenes", "--kinds", KIND, "--seeds", "1", "--save", "--out", str(tmp_path)],
    )
    assert done.exit_code == 0, done.output
    assert "missed: illegal_parking seed 0" in done.output
    assert list(kept) == ["events-scenes-illegal_parking"]
    truth = json.loads((tmp_path / "illegal_parking-00" / "truth.json").read_text())
    assert truth["events"][0]["kind"] == KIND
    assert len(list((tmp_path / "illegal_parking-00").glob("*.jpg"))) >= 12


@pytest.mark.slow
def test_two_scenes_of_parking_are_judged_right():
    result = run_scenes([KIND], seeds=2, jobs=2)
    score = result.kinds[KIND]
    assert score.f1 >= 0.9
    assert score.doubled == 0


def test_cases_seen_through_what_saves_work_are_matched_with_those_seen_in_full():
    plain = played([], [case(100.0), case(200.0, FAR)])
    saving = played([], [case(102.0), case(box=(0, 200, 90, 290))])
    told = compare([(plain, replace(saving, looks=100, recalled=20))])
    assert (told.cases, told.same, told.lost, told.new) == (2, 1, 1, 1)
    assert (told.start_p95_s, told.recalled) == (2.0, 0.2)


@pytest.mark.slow
def test_neither_gate_nor_sub_stream_changes_the_cases_of_a_scene():
    told = compare([(play(make(KIND, 0)), play(make(KIND, 0), through=SAVERS))])
    assert told.cases == told.same > 0
    assert told.new == 0
    assert told.recalled > 0.02
    assert told.enlarged > 0  # something stands there nearly all the time
