"""Cases of one thing: never two vehicles, never two kinds, and never far apart."""

import time
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from hypothesis import given, strategies as st
from sqlalchemy import update

from api.cases.history import read_lines, verify_case
from api.cases.ingest import Ingest
from api.evidence import Evidence
from api.follow_up.duplicates import Sameness, Sighted, compare
from api.follow_up.settings import load_follow_up
from api.follow_up.tables import CaseSpot, Duplicate
from api.practice import load_practice
from api.store.database import Store
from api.store.tables import Case
from streams.bus import SqliteBus
from streams.config import Camera, GroundPointConfig, dump_camera
from tests.api.conftest import Made
from tests.api.databases import on_both
from tests.api.factory import CAMERAS, announce, violation, write_packet
from tests.api.street_film import SIZE_WH, STANDS_AT
from vision.ground import METRES_PER_DEGREE
from vision.violation import Fact, Violation

SETTINGS = load_follow_up().duplicates
LATER_S = 7200.0
HERE = (30.69, 121.02)
BOX = (0.0, 0.0, 10.0, 10.0)
ONE = Sighted("a", "illegal_parking", "north", "路口", 1000.0, None, BOX, "浙F12345", HERE, HERE)


def away(north_m: float) -> tuple[float, float]:
    return HERE[0] + north_m / METRES_PER_DEGREE, HERE[1]


def other(**more: object) -> Sighted:
    return replace(ONE, id="b", camera_id="south", **more)


@pytest.mark.parametrize(
    ("there", "sameness"),
    [
        (other(), "merged"),
        (other(spot=away(5.9)), "merged"),
        (other(spot=away(6.1)), "different"),
        (other(plate=""), "proposed"),
        (other(plate="", spot=away(2.9)), "proposed"),
        (other(plate="", spot=away(3.1)), "different"),
        (other(plate="浙F12346"), "different"),
        (other(kind="zombie_vehicle"), "different"),
        (other(started_s=1900.0), "merged"),
        (other(started_s=1901.0), "different"),
        (other(started_s=700.0, ended_s=881.0), "merged"),
        (other(started_s=700.0, ended_s=879.0), "different"),
        (other(spot=None), "merged"),
        (other(spot=None, camera_at=away(79)), "merged"),
        (other(spot=None, camera_at=away(81)), "different"),
        (other(spot=None, zone="别处"), "different"),
        (other(spot=None, camera_at=None), "different"),
        (other(spot=None, plate=""), "proposed"),
        (replace(ONE, id="b"), "merged"),
        (replace(ONE, id="b", plate="", started_s=90_000.0), "proposed"),
        (replace(ONE, id="b", box=(20, 0, 30, 10)), "different"),
        (replace(ONE, id="b", zone="别处"), "different"),
        (ONE, "different"),
    ],
)
def test_by_hand(there: Sighted, sameness: str) -> None:
    assert compare(ONE, there, SETTINGS).sameness == sameness
    assert compare(there, ONE, SETTINGS) == compare(ONE, there, SETTINGS)


spots = st.tuples(st.floats(30.6898, 30.6902), st.floats(121.0198, 121.0202))
sighted = st.builds(
    Sighted,
    st.uuids().map(str),
    st.sampled_from(["illegal_parking", "hanging_laundry"]),
    st.sampled_from(["north", "south"]),
    st.sampled_from(["路口", "店前"]),
    st.floats(0, 3000),
    st.none(),
    st.tuples(st.floats(0, 5), st.floats(0, 5), st.floats(6, 20), st.floats(6, 20)),
    st.sampled_from(["", "浙F12345", "浙F12346"]),
    st.none() | spots,
    st.none() | spots,
)


@given(sighted, sighted)
def test_nothing_different_is_ever_merged(one: Sighted, two: Sighted) -> None:
    match = compare(one, two, SETTINGS)
    assert compare(two, one, SETTINGS) == match
    if match.sameness is Sameness.DIFFERENT:
        return
    assert one.kind == two.kind
    assert not (one.plate and two.plate) or one.plate == two.plate
    if match.sameness is Sameness.MERGED:
        assert one.plate == two.plate != ""
    if one.camera_id != two.camera_id:
        assert match.seconds <= SETTINGS.apart_s
        assert match.metres is None or match.metres <= SETTINGS.near_m


def neighbour(name: str, north_m: float) -> Camera:
    """A camera that looks straight down on 20 by 20 m of ground."""
    corners = [
        GroundPointConfig(
            at=(x, y),
            latitude=away(north_m + (1 - y) * 20)[0],
            longitude=HERE[1] + x * 2e-4,
        )
        for x, y in ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
    ]
    base = next(camera for camera in CAMERAS if camera.id == name)
    return base.model_copy(update={"ground": corners})


def sighting(number: int, camera_id: str, plate: str, after_s: float = 0.0) -> Violation:
    found = violation(0)
    facts = found.facts | ({"plate": Fact(plate), "plate_confidence": Fact(0.97)} if plate else {})
    after_s += LATER_S
    moved = {"started_s": found.started_s + after_s, "raised_s": found.raised_s + after_s}
    return replace(found, camera_id=camera_id, place_id=f"two-{number}", facts=facts, **moved)


@pytest.fixture
def street_corner(made: Made, store: Store, bus: SqliteBus) -> tuple[Camera, Camera]:
    """Two cameras whose pictures show the same ground; what stood there before has left."""
    with store.writing() as sql:
        sql.execute(update(Case).values(ended_s=Case.raised_s))
    pair = neighbour("jiefang-01", 0.0), neighbour("xinhua-02", 1.0)
    for camera in pair:
        bus.put("cameras", camera.id, dump_camera(camera))
    return pair


def raise_all(
    made: Made, store: Store, bus: SqliteBus, *found: Violation, at_once: bool = False
) -> list[Case]:
    evidence = Evidence(made.data_dir / "packets")
    ingest = Ingest(store, bus, evidence, load_practice(made.data_dir))
    for one in found:
        announce(bus, one, write_packet(made.data_dir, one))
        if not at_once:
            assert ingest.step() == 1
    assert ingest.step() == (len(found) if at_once else 0)
    with store.reading() as sql:
        return [sql.get_one(Case, one.id) for one in found]


@on_both
@pytest.mark.parametrize("at_once", [False, True])
def test_two_cameras_that_read_one_plate_make_one_case(
    made: Made, store: Store, bus: SqliteBus, street_corner: tuple[Camera, Camera], at_once: bool
) -> None:
    north, south = (camera.id for camera in street_corner)
    before = time.time()
    seen = sighting(1, north, "浙F12345"), sighting(2, south, "浙F12345", 40)
    first, second = raise_all(made, store, bus, *seen, at_once=at_once)
    assert (first.status, second.status) == ("lead", "merged")
    with store.reading() as sql:
        link = sql.get_one(Duplicate, second.id)
        spots = [sql.get_one(CaseSpot, case.id) for case in (first, second)]
        case, lines = sql.get_one(Case, second.id), read_lines(sql, second.id)
        assert verify_case(case, lines).ok
    assert (link.of_case_id, link.verdict, link.same_plate) == (first.id, "merged", True)
    assert link.metres == pytest.approx(1.0, abs=0.01)
    assert link.at_s >= before
    assert spots[0].latitude == pytest.approx(away(20 * (1 - STANDS_AT[3] / SIZE_WH[1]))[0])
    assert (made.data_dir / "packets" / second.packet / "manifest.json").is_file()
    verdicts = [m.body for m in bus.claim("verdict", "test")]
    assert [(b["violation_id"], b["reason"]) for b in verdicts] in ([], [(second.id, "duplicate")])


@on_both
def test_other_plates_stay_apart_and_unread_ones_are_proposed(
    officer: TestClient, made: Made, store: Store, bus: SqliteBus,
    street_corner: tuple[Camera, Camera],
) -> None:  # fmt: skip
    north, south = (camera.id for camera in street_corner)
    first, apart, unread = raise_all(
        made, store, bus,
        sighting(1, north, "浙F12345"),
        sighting(2, south, "浙F99999", 40),
        sighting(3, south, "", 80),
    )  # fmt: skip
    assert {case.status for case in (first, apart, unread)} == {"lead"}
    told = officer.get(f"/api/cases/{unread.id}/follow-up").json()
    assert (told["original"]["id"], told["original"]["verdict"]) == (first.id, "proposed")
    assert officer.get(f"/api/cases/{apart.id}/follow-up").json()["original"] is None
    (duplicate,) = officer.get(f"/api/cases/{first.id}/follow-up").json()["duplicates"]
    assert duplicate["id"] == unread.id
    body = {"verdict": "dismissed"}
    told = officer.put(f"/api/cases/{unread.id}/duplicate", json=body).json()
    assert (told["original"]["verdict"], told["original"]["by"]) == ("dismissed", "officer")
    assert officer.put(f"/api/cases/{apart.id}/duplicate", json=body).status_code == 409


@on_both
def test_what_an_officer_merges_is_linked(officer: TestClient, made: Made) -> None:
    one, two = made.violations[0].id, made.violations[2].id
    headers = {"If-Match": '"1"'}
    body = {"action": "merge", "into": two}
    answer = officer.post(f"/api/cases/{one}/actions", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    (duplicate,) = officer.get(f"/api/cases/{two}/follow-up").json()["duplicates"]
    assert (duplicate["id"], duplicate["verdict"], duplicate["by"]) == (one, "merged", "officer")
