"""The experiment on look-alikes: what it counts, chooses and repeats."""

import json

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks import ledger
from benchmarks.commands import app
from benchmarks.ledger import Rate, Trial, choose, errors
from benchmarks.ledger_scenes import Scene, Shift, emptied, load, parked, rendered
from benchmarks.ledger_weather import CONDITIONS, nudged


def trial(fate, *likeness):
    return Trial("here", "daylight", fate, likeness)


def test_a_vehicle_is_recognised_by_two_looks_and_given_up_by_all():
    seen = trial("same", 0.9, None, 0.5, 0.1)
    assert seen.recognised(0.5, 2)
    assert not seen.recognised(0.6, 2)
    assert not seen.given_up(1.0)
    assert trial("none", 0.0, 0.1).given_up(0.12)


def test_rates_carry_their_interval():
    rate = Rate.counted([True] * 5 + [False] * 95)
    assert (rate.count, rate.of, rate.rate) == (5, 100, 0.05)
    assert rate.low == pytest.approx(0.0215, abs=5e-4)  # Wilson's interval, by hand
    assert rate.high == pytest.approx(0.1118, abs=5e-4)
    assert Rate.counted([]) == Rate(0, 0, 0.0, 0.0, 1.0)


def test_the_threshold_lies_between_what_it_parts():
    trials = [trial("same", 0.7, 0.8, 0.7), trial("twin", 0.2, 0.3, 0.3)]
    assert 0.3 < choose(trials, 2) < 0.7
    false_same, missed = errors(trials, 0.25, 2)
    assert (false_same.rate, missed.rate) == (1.0, 0.0)


def test_the_same_seed_gives_the_same_report_and_others_another():
    scene = rendered(1, (480, 300))
    first, again, other = (ledger.run([scene], 1, seed, lambda *_: None) for seed in (3, 3, 4))
    assert first.to_json() == again.to_json()
    assert first.to_json() != other.to_json()
    assert first.left_out == {}
    same = [fates["same"]["recognised"] for fates in first.rates.values()]
    assert sum(r.count for r in same) >= 0.7 * sum(r.of for r in same)


def test_what_is_taken_away_is_gone_and_what_is_parked_is_there():
    scene = rendered(0)
    box = scene.boxes[0]
    x1, y1, x2, y2 = (int(v) for v in box)
    bare = emptied(scene.image, box)
    spot = np.s_[y1:y2, x1:x2]
    assert np.abs(bare[spot].astype(int) - scene.image[spot]).mean() > 15
    again = parked(bare, scene.image, box, box, Shift(0, 0, 0, 1))
    assert np.abs(again[spot].astype(int) - scene.image[spot]).mean() < 3


def test_every_weather_gives_a_picture_of_the_same_size():
    image, rng = rendered(0, (320, 200)).image, np.random.default_rng(0)
    assert {fn(nudged(image, rng), rng).shape for fn in CONDITIONS.values()} == {image.shape}


@pytest.fixture
def data(tmp_path):
    scene = rendered(0, (400, 240))
    folder = tmp_path / "lot"
    for name in ("images", "labels"):
        (folder / "valid" / name).mkdir(parents=True)
    (folder / "data.yaml").write_text("nc: 2\nnames: ['empty', 'occupied']\n")
    cv2.imwrite(str(folder / "valid" / "images" / "a.jpg"), scene.image)
    corners = [(x1 / 400, y1 / 240, x2 / 400, y2 / 240) for x1, y1, x2, y2 in scene.boxes]
    rows = [f"1 {x1} {y1} {x2} {y1} {x2} {y2} {x1} {y2}" for x1, y1, x2, y2 in corners]
    rows.append("0 0.1 0.1 0.2 0.1 0.2 0.2")
    (folder / "valid" / "labels" / "a.txt").write_text("\n".join(rows))
    film = cv2.VideoWriter(str(tmp_path / "a.avi"), cv2.VideoWriter.fourcc(*"MJPG"), 5, (400, 240))
    film.write(scene.image)
    film.release()
    van = {"class": "car_or_truck", "box_xyxy": [20, 90, 90, 140]}
    events = {"a.avi": {"standing": [van]}, "gone.avi": {"standing": [van]}, "b.avi": {}}
    (tmp_path / "events.json").write_text(json.dumps(events))
    return tmp_path


def test_labelled_pictures_and_clips_are_sources(data):
    clip, lot = sorted(load(data), key=lambda scene: scene.source)
    assert (clip.source, lot.source) == ("a.avi", "lot")
    assert clip.boxes == ((20, 90, 90, 140),)
    assert len(lot.boxes) >= 4
    assert isinstance(lot, Scene)


def test_the_command_prints_rates_and_keeps_them(data, monkeypatch, tmp_path):
    monkeypatch.setattr("benchmarks.record.save", lambda name, _: tmp_path / name)
    monkeypatch.setattr("benchmarks.ledger_command.RENDERED", 0)
    call = ["ledger", "--data", str(data), "--rounds", "1"]
    done = CliRunner().invoke(app, [*call, "--json", "--save"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout.splitlines()[-1])
    assert set(report["left_out"]) == {"lot", "a.avi"}
    assert "recognised" in CliRunner().invoke(app, call).stdout
