"""How many requests are taken."""

from pathlib import Path

from fastapi.testclient import TestClient
from hypothesis import given, strategies as st

from api.app import create_app
from api.sign_in.rates import MOST_KEYS, Buckets, Rate
from tests.api.conftest import Made


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_bucket_empties_and_fills() -> None:
    clock = Clock()
    buckets = Buckets(Rate(3, 0.5), clock)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("b") == 0
    clock.now_s += 1
    assert buckets.take("a") == 1  # asking costs nothing
    clock.now_s += 1
    assert buckets.take("a") == 0
    clock.now_s += 1000
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2]


@given(st.lists(st.floats(0, 20), max_size=60), st.integers(1, 5), st.floats(0.1, 5))
def test_never_more_than_burst_and_rate(pauses: list[float], burst: int, per_s: float) -> None:
    clock = Clock()
    buckets, start_s, taken = Buckets(Rate(burst, per_s), clock), clock.now_s, 0
    for pause_s in pauses:
        clock.now_s += pause_s
        wait_s = buckets.take("a")
        taken += wait_s == 0
        assert 0 <= wait_s <= 1 / per_s + 1e-9
        assert taken <= burst + (clock.now_s - start_s) * per_s + 1e-6


def test_it_does_not_grow_without_end() -> None:
    buckets = Buckets(Rate(3, 1))
    for number in range(MOST_KEYS + 100):
        buckets.take(str(number))
    assert len(buckets._left) == MOST_KEYS


def limited(data_dir: Path, text: str) -> TestClient:
    (data_dir / "sign_in.toml").write_text(f"[rates]\n{text}")
    return TestClient(create_app(data_dir))


def test_a_token_that_asks_too_much(made: Made) -> None:
    with limited(made.data_dir, "account_burst = 2\naccount_per_min = 1") as client:
        for _ in range(2):
            assert client.get("/api/kinds", headers=made.bearer("viewer")).status_code == 200
        answer = client.get("/api/kinds", headers=made.bearer("viewer"))
        assert answer.status_code == 429
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:skyeye:rate"
        assert 50 <= int(answer.headers["Retry-After"]) <= 60
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert client.get("/api/kinds", headers=made.bearer("officer")).status_code == 200
        assert client.get("/health").status_code == 200


def test_made_up_tokens_share_their_address(made: Made) -> None:
    with limited(made.data_dir, "address_burst = 3\naddress_per_min = 1") as client:
        codes = [
            client.get("/api/kinds", headers={"Authorization": f"Bearer {n}"}).status_code
            for n in range(5)
        ]
    assert codes == [401, 401, 401, 429, 429]
