"""A row of bikes loses one and gains two: one case, with its count over time."""

import json
from dataclasses import asdict

from tests.vision.street import Street, Thing, bikes, film, outcome
from vision.analyser import CameraAnalyser
from vision.rules.tally import CHANGES_KEPT, Tally

T0 = 1e9


def bike(slot: int, from_s: float, to_s: float) -> Thing:
    box = (10 + 45 * slot, 80, 50 + 45 * slot, 120)
    return Thing(box, from_s, to_s, "bicycle", seed=round(slot + from_s))


ROW = Street((bike(0, 0, 200), bike(1, 0, 60), bike(1, 90, 200), bike(2, 90, 160)), jitter_px=1)


def test_a_row_that_loses_one_and_gains_two_is_one_case_with_its_counts() -> None:
    (raised,), (ended,), _ = film(ROW, [bikes(dwell_s=20)], 240)
    assert raised.id == ended.id
    assert (raised.facts["count"].value, raised.facts["count_max"].value) == (2, 2)
    assert ended.facts["count_max"].value == 3
    counts = [part.split(": ") for part in str(ended.facts["counts"].value).split(", ")]
    assert [int(count) for _, count in counts][:4] == [2, 1, 3, 2]
    times = [float(after.removesuffix(" s")) for after, _ in counts]
    assert all(abs(a - b) <= 6 for a, b in zip(times, (0, 60, 90, 160, 200), strict=False))


def test_the_counts_survive_a_restart_and_an_older_snapshot_has_none() -> None:
    for drop in (False, True):
        camera, found = CameraAnalyser("street", [bikes(dwell_s=20)]), []
        for t_s, image, seen in ROW.looks(240, 2.0):
            if t_s == 50:
                memory = json.loads(json.dumps(camera.snapshot()))
                if drop:
                    del memory["judges"][bikes().key]["tallies"]
                camera = CameraAnalyser("street", [bikes(dwell_s=20)])
                camera.restore(memory)
            found.append(camera.update(T0 + t_s, seen, image))
        _, (ended,) = outcome(found)
        assert ended.facts["count_max"].value == (2 if drop else 3)


def test_a_kind_that_is_not_grouped_has_no_counts() -> None:
    tally = Tally.of_arrivals([30.0, 10.0, 30.0])
    assert tally.facts["counts"].value == "0 s: 1, 20 s: 3"
    tally.note(50.0, 3)
    assert tally.changes == [(0.0, 1), (20.0, 3)]
    assert Tally.from_json(json.loads(json.dumps(asdict(tally)))) == tally


def test_only_so_many_changes_are_kept_and_the_first_is_one_of_them() -> None:
    tally = Tally.of_arrivals([0.0])
    for n in range(100):
        tally.note(10.0 * n + 10, 2 + n % 2)
    assert len(tally.changes) == CHANGES_KEPT
    assert tally.changes[0] == (0.0, 1)
    assert tally.changes[-1] == (1000.0, 3)
