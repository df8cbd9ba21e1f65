"""The register of devices: what a camera's standing is, who entered it, and its sign's photo."""

from datetime import date
from typing import Any

import cv2
import numpy as np
import pytest
from fastapi.testclient import TestClient
from hypothesis import given, strategies as st

from api.custody import register
from api.store.database import Store
from streams.bus import SqliteBus
from streams.config import parse_camera
from streams.standing import EXPIRING, NEEDS, Shortcoming, StandingConfig, shortcomings
from tests.api.conftest import Made
from tests.api.databases import on_both

URL = "/api/cameras/jiefang-01/standing"
FULL = {
    "legal_review": "2026-03-01",
    "legal_review_until": "2099-02-28",
    "technical_review": "2026-03-04",
    "clock_check": "2026-11-01",
    "sign_photo": "档案室 2026-17",
    "published_at": "平湖市人民政府网站",
}
DAY = date(2026, 11, 23)
DATES = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(date.isoformat)


@pytest.fixture
def keeper(visitor: TestClient, made: Made) -> TestClient:
    visitor.headers.update(made.bearer("camera_admin"))
    return visitor


def picture(suffix: str, size_wh: tuple[int, int] = (640, 480)) -> bytes:
    noise = np.random.default_rng(3).integers(0, 255, (size_wh[1], size_wh[0], 3), np.uint8)
    smooth = cv2.resize(noise[::16, ::16], size_wh)
    return bytes(cv2.imencode(suffix, smooth)[1].tobytes())


def states(answer: dict[str, Any]) -> dict[str, str]:
    return {point["need"]: point["state"] for point in answer["points"]}


@on_both
def test_a_standing_is_entered_and_kept_with_its_history(
    keeper: TestClient, bus: SqliteBus, store: Store
) -> None:
    before = keeper.get(URL).json()
    assert set(states(before).values()) == {"missing"}
    assert (before["full"], before["noted"], before["history"]) == (False, True, [])
    after = keeper.put(URL, json=FULL | {"note": "年度审核"}).json()
    assert after["full"]
    assert set(states(after).values()) == {"met"}
    (entry,) = after["history"]
    assert (entry["actor"], entry["reason"]) == ("camera_admin", "年度审核")
    assert entry["points"]["legal_review"] == ["", "2026-03-01"]
    stored = bus.get("cameras", "jiefang-01")
    assert stored is not None
    again = keeper.put(URL, json=FULL | {"published_at": ""}).json()
    assert states(again)["published_at"] == "missing"
    assert again["history"][0]["points"] == {"published_at": ["平湖市人民政府网站", ""]}
    keeper.put(URL, json=FULL | {"published_at": ""})  # nothing new: no entry
    assert len(keeper.get(URL).json()["history"]) == 2
    with store.reading() as sql:
        assert register.verify(sql).ok


def test_reviews_run_out(keeper: TestClient) -> None:
    told = FULL | {"legal_review_until": "2026-03-02", "clock_check": "2099-01-01"}
    shown = keeper.put(URL, json=told).json()
    assert states(shown)["legal_review"] == "expired"
    assert states(shown)["clock_check"] == "later"
    assert not shown["full"]


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"legal_review": "soon"}, "legal_review"),
        ({"legal_review_until": "2020-01-01"}, "legal_review_until"),
        ({"published_at": "x\0y"}, "published_at"),
        ({"published_at": "x" * 201}, "published_at"),
        ({"unknown": "x"}, "unknown"),
    ],
)
def test_what_is_no_standing_is_refused(
    keeper: TestClient, change: dict[str, str], key: str
) -> None:
    answer = keeper.put(URL, json=FULL | change)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["key"] == key
    assert keeper.get(URL).json()["history"] == []


def test_a_change_of_the_whole_camera_is_written_down_as_well(keeper: TestClient) -> None:
    camera = keeper.get("/api/cameras/jiefang-01").json()
    del camera["status"]
    camera["standing"] = FULL
    assert keeper.put("/api/cameras/jiefang-01", json=camera).status_code == 200
    shown = keeper.get(URL).json()
    assert (len(shown["history"]), shown["noted"]) == (1, True)


def test_what_came_by_a_file_is_told(keeper: TestClient, bus: SqliteBus) -> None:
    shown = keeper.get("/api/cameras/xinhua-02/standing").json()
    assert (shown["full"], shown["noted"]) == (True, False)
    text = bus.get("cameras", "xinhua-02")
    assert text is not None
    assert parse_camera(text.value).standing is not None


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_the_photo_of_the_sign(keeper: TestClient, made: Made, suffix: str) -> None:
    hidden = b"GPS 30.69 121.02"
    sent = picture(suffix) + hidden
    shown = keeper.post(f"{URL}/sign-photo", content=sent).json()
    assert states(shown)["sign_photo"] == "met"
    photo = keeper.get(shown["photo"])
    assert photo.headers["content-type"] == "image/jpeg"
    assert hidden not in photo.content
    assert cv2.imdecode(np.frombuffer(photo.content, np.uint8), cv2.IMREAD_COLOR).shape == (
        480, 640, 3,
    )  # fmt: skip
    kept = made.data_dir / shown["standing"]["sign_photo"]
    assert kept.read_bytes() == photo.content


def bomb() -> bytes:
    """A PNG whose header says that it is far larger than it is."""
    data = bytearray(picture(".png"))
    data[16:24] = (60_000).to_bytes(4, "big") * 2
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "neither"),
        (b"GIF89a" + b"\0" * 50, "neither"),
        (b"\xff\xd8\xff\xe0", "neither"),
        (picture(".jpg")[:300], ""),
        (bomb(), "pixels"),
    ],
)
def test_what_is_no_photo_is_refused(keeper: TestClient, data: bytes, says: str) -> None:
    answer = keeper.post(f"{URL}/sign-photo", content=data)
    assert answer.status_code == 422
    assert says in answer.json()["detail"]
    assert keeper.get(f"{URL}/sign-photo.jpg").status_code == 404


def test_a_photo_that_is_too_large_is_refused(keeper: TestClient) -> None:
    assert keeper.post(f"{URL}/sign-photo", content=b"x" * (2**20 + 1)).status_code == 413


def test_a_photo_elsewhere_is_not_followed(keeper: TestClient, made: Made) -> None:
    secret = made.data_dir / "signs" / "jiefang-01" / "x.jpg"
    secret.parent.mkdir(parents=True)
    secret.symlink_to(made.data_dir / "cases.db")
    for name in (
        "signs/jiefang-01/x.jpg",
        "signs/jiefang-01/../../cases.db",
        "../keys/signing.key",
    ):
        keeper.put(URL, json=FULL | {"sign_photo": name})
        assert keeper.get(f"{URL}/sign-photo.jpg").status_code == 404


@given(st.sampled_from(EXPIRING), DATES, DATES)
def test_a_review_counts_from_its_day_to_its_last(need: str, done: str, until: str) -> None:
    standing = StandingConfig.model_validate(
        {name: "x" for name in NEEDS if name not in EXPIRING}
        | dict.fromkeys(EXPIRING, "2020-01-01")
        | {need: done, f"{need}_until": until}
    )
    lacks = shortcomings(standing, DAY)
    assert set(lacks) <= {need}
    if done > DAY.isoformat():
        assert lacks[need] is Shortcoming.LATER
    else:
        assert (lacks.get(need) is Shortcoming.EXPIRED) == (until < DAY.isoformat())


def test_nothing_is_not_a_standing() -> None:
    assert set(shortcomings(None, DAY)) == set(NEEDS)
