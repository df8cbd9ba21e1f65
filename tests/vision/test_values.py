"""The plain values of the brain: detections, zones, kinds, rules, violations, frames."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, strategies as st

from vision.detections import Detections
from vision.frame import REDUCED_WIDTH_PX, Frame, reduce
from vision.rules.kinds import KINDS, Condition, Kind, parse_kinds
from vision.rules.rule import Rule
from vision.schedule import Schedule
from vision.violation import Fact, Violation
from vision.zone import Zone

SQUARE = ((0.25, 0.25), (0.75, 0.25), (0.75, 0.75), (0.25, 0.75))
NAMES = ("car", "person")
WH = (100, 100)


def detections(n=3, **changes):
    rng = np.random.default_rng(0)
    value = {"xyxy": rng.random((n, 4)), "score": rng.random(n), "class_id": [0] * n}
    return Detections.of(**{**value, **changes}, names=NAMES)


def violation(**changes):
    facts = {"count": Fact(2), "standing_s": Fact(20.5, "s"), "object": Fact("car")}
    made = Violation(
        "gate", "illegal_parking", "kerb", "p1", 100.25, 120.5, None, (1, 2, 3, 4), 0.75, facts
    )
    return replace(made, **changes)


def test_columns_of_detections_must_agree():
    with pytest.raises(ValueError, match=r"need xyxy \(n, 4\)"):
        detections(score=[0.5])
    with pytest.raises(ValueError, match="must index the 2 class names"):
        detections(class_id=[0, 1, 2])
    with pytest.raises(ValueError, match="3 detections but 2 embeddings"):
        replace(detections(), embedding=np.zeros((2, 8), np.float32))


def test_rows_are_chosen_in_all_columns():
    seen = replace(
        detections(class_id=[0, 1, 0]), embedding=np.arange(6, dtype=np.float32).reshape(3, 2)
    )
    chosen = seen[np.array([True, False, True])]
    assert len(chosen) == 2
    assert chosen.embedding.tolist() == [[0, 1], [4, 5]]
    assert [seen.name(row) for row in range(3)] == ["car", "person", "car"]
    assert len(seen.named(frozenset({"person"}))) == 1
    assert len(Detections.empty(NAMES)[:1]) == 0


def test_how_much_of_a_thing_is_in_a_zone():
    zone = Zone("z", "no_parking", SQUARE)
    assert zone.overlap((30, 30, 60, 60), WH) == pytest.approx(1)
    assert zone.overlap((0, 0, 20, 20), WH) == 0
    assert zone.overlap((65, 30, 85, 60), WH) == pytest.approx(0.5)
    assert zone.overlap((30, 0, 40, 30), WH) == pytest.approx(0.5)  # its foot is half in
    assert zone.overlap((30, 0, 40, 50), WH, ground=False) == pytest.approx(0.5)
    assert zone.overlap((30, 30, 30, 60), WH) == 0


@pytest.mark.parametrize(
    ("polygon", "reason"),
    [
        (((0, 0), (1, 1)), "needs at least 3 points, has 2"),
        (((0, 0), (1.2, 0), (1, 1)), "is outside the picture"),
        (((0, 0), (1, 1), (1, 0), (0, 1)), "not a simple polygon"),
        (((0, 0), (0.5, 0.5), (1, 1)), "not a simple polygon"),
    ],
)
def test_a_zone_that_is_none_is_refused(polygon, reason):
    with pytest.raises(ValueError, match=reason):
        Zone("z", "no_parking", polygon)


def test_kinds_are_rows_of_data():
    text = """
    [groups.stall]
    classes = ["stall"]
    memory = "region"
    [kinds.street_stall]
    zh = "占道经营"
    en = "Street stall"
    group = "stall"
    dwell_s = 120
    stands_on = "box"
    """
    kind = parse_kinds(text)["street_stall"]
    assert (kind.classes, kind.dwell_s, kind.min_count) == (frozenset({"stall"}), 120, 1)
    assert (kind.group, kind.things.memory, kind.context) == ("stall", "region", frozenset())
    assert {"illegal_parking", "stray_bikes"} <= KINDS.keys()


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('zh = "x"\nen = "x"\ngroup = "y"\ndwell_s = 1', "group must be one of stall"),
        ('zh = "x"\nen = "x"\ngroup = "stall"\ndwell_s = 1\nmax = 2', "'bad'.*max"),
        ('zh = "x"\nen = "x"\ngroup = "stall"\ndwell_s = -1', "dwell_s must be >= 0"),
        ('zh = "x"\nen = "x"\ngroup = "stall"\ndwell_s = 1\nstands_on = "air"', "stands_on"),
        ('zh = "x"\nen = "x"\ngroup = "stall"\ndwell_s = 1\non = true', "only a measured kind"),
        ('zh = "x"\nen = "x"\ngroup = "stall"\ndwell_s = 1\nnight = "dance"', "night must be"),
    ],
)
def test_a_wrong_row_is_named(row, reason):
    with pytest.raises(ValueError, match=reason):
        parse_kinds(f'[groups.stall]\nclasses = ["stall"]\n[kinds.bad]\n{row}\n')


def test_conditions_are_named_once_and_shared_by_kinds():
    titles = '[conditions]\nrust = { zh = "锈蚀", en = "Rust" }\nmoss = { zh = "x", en = "x" }\n'
    kind = '[kinds.%s]\nzh = "x"\nen = "x"\ngroup = "stall"\ndwell_s = 1\nconditions = %s\n'
    groups = '[groups.stall]\nclasses = ["stall"]\n'
    kinds = parse_kinds(groups + titles + kind % ("a", '["moss", "rust"]') + kind % ("b", "[]"))
    assert [one.name for one in kinds["a"].conditions] == ["moss", "rust"]
    assert kinds["a"].conditions[1] == Condition("rust", "锈蚀", "Rust")
    assert kinds["b"].conditions == ()
    with pytest.raises(ValueError, match=r"kind 'c': \[conditions\] has no dust"):
        parse_kinds(groups + titles + kind % ("c", '["rust", "dust"]'))


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ('"a,b" = { zh = "x", en = "x" }', "condition 'a,b': a name has letters"),
        ('rust = { zh = "x" }', "condition 'rust'.*en"),
        ('rust = { zh = "x", en = "x", weight = 3 }', "condition 'rust'.*weight"),
    ],
)
def test_a_wrong_condition_is_named(row, reason):
    with pytest.raises(ValueError, match=reason):
        parse_kinds(f"[conditions]\n{row}\n[groups]\n[kinds]\n")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("classes = []", "needs classes"),
        ('classes = ["x"]\nmemory = "elephant"', "memory must be one of place, region"),
        ('classes = ["x"]\nstand_looks = 0', "looks must be at least 1"),
        ('classes = ["x"]\nsize = 3', "group 'bad'.*size"),
    ],
)
def test_a_wrong_group_is_named(row, reason):
    with pytest.raises(ValueError, match=reason):
        parse_kinds(f"[groups.bad]\n{row}\n[kinds]\n")


def test_every_kind_of_the_bureau_is_a_row_and_only_measured_ones_are_on():
    five = {
        "illegal_parking",
        "stray_bikes",
        "zombie_vehicle",
        "hanging_laundry",
        "open_air_barbecue",
    }
    assert {name for name, kind in KINDS.items() if kind.on} == five
    assert len(KINDS) == 15
    assert all(kind.zh and kind.en and kind.zone_kinds for kind in KINDS.values())
    assert KINDS["stray_bikes"].context == {"person", "car", "truck", "bus"}


def test_a_rule_with_wrong_numbers_is_refused():
    with pytest.raises(ValueError, match="illegal_parking@z"):
        Rule(KINDS["illegal_parking"], Zone("z", "no_parking", SQUARE), -1)


def test_a_rule_is_on_when_its_hours_and_its_zones_are():
    day, evening = Schedule.parse(["daily 08:00-20:00"]), Schedule.parse(["daily 18:00-23:00"])
    rule = Rule(
        KINDS["illegal_parking"], Zone("z", "no_parking", SQUARE, evening), 10, schedule=day
    )
    noon_s = 1_795_406_400  # 2026-11-23 12:00 in Shanghai
    assert [rule.is_on(noon_s + h * 3600) for h in (0, 7, 9)] == [False, True, False]


def test_a_thing_on_the_line_does_not_flip_and_a_bay_excuses():
    zone = Zone("z", "no_parking", SQUARE)
    rule = Rule(KINDS["illegal_parking"], zone, 10)
    on_the_line = (67, 30, 87, 60)  # 40 % in
    assert not rule.applies_to(on_the_line, WH, 0, was_inside=False)
    assert rule.applies_to(on_the_line, WH, 0, was_inside=True)
    bay = Zone("bay", "parking_bay", SQUARE, Schedule.parse(["daily 20:00-21:00"]))
    excused = replace(rule, exempt=(replace(bay, schedule=None),))
    by_night = replace(rule, exempt=(bay,))
    assert not excused.applies_to((30, 30, 60, 60), WH, 0, was_inside=False)
    assert by_night.applies_to((30, 30, 60, 60), WH, 0, was_inside=False)


def test_the_same_event_has_the_same_id_whatever_is_learned_later():
    one = violation()
    assert one.id == violation(raised_s=150.0, ended_s=170.0, score=0.1).id
    others = [violation(started_s=100.5), violation(zone="bay"), violation(camera_id="b")]
    assert len({one.id, *(v.id for v in others)}) == 4


@given(
    st.floats(0, 2e9), st.floats(0, 1), st.one_of(st.none(), st.floats(0, 2e9)),
    st.dictionaries(st.text(max_size=5), st.one_of(st.integers(), st.text(), st.floats(-9, 9))),
)  # fmt: skip
def test_a_violation_survives_json(started_s, score, ended_s, facts):
    made = violation(
        started_s=round(started_s, 3),
        raised_s=round(started_s, 3),
        ended_s=None if ended_s is None else round(ended_s, 3),
        score=round(score, 4),
        facts={name: Fact(value, "s") for name, value in facts.items()},
    )
    assert Violation.from_json(json.loads(json.dumps(made.to_json()))) == made


def test_a_frame_tells_its_size():
    assert Frame("gate", 0, 1, 0.5, 1e9, np.zeros((48, 64, 3), np.uint8)).size_wh == (64, 48)


@pytest.mark.parametrize(
    "size_wh", [(320, 180), (640, 360), (768, 576), (1280, 720), (1921, 1081), (4000, 10)]
)
def test_a_reduced_picture_keeps_its_shape_and_its_light(size_wh):
    rng = np.random.default_rng(1)
    image = np.clip(rng.normal(120, 30, (size_wh[1], size_wh[0], 3)), 0, 255).astype(np.uint8)
    small = reduce(image)
    assert small.shape[1] == min(size_wh[0], REDUCED_WIDTH_PX)
    assert abs(small.shape[0] - size_wh[1] * small.shape[1] / size_wh[0]) <= 1
    assert np.abs(small.mean(axis=(0, 1)) - image.mean(axis=(0, 1))).max() < 2


def test_a_kind_is_hashable_and_comparable():
    assert len({KINDS["illegal_parking"], KINDS["illegal_parking"]}) == 1
    assert isinstance(KINDS["stray_bikes"], Kind)
