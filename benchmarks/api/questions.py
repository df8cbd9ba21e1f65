"""What people ask of the list, and how long the answers take over HTTP."""

import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx
import numpy as np

from benchmarks.api.city import CAMERAS, KINDS, ROADS, SPOTS, TEAMS, ZONES

DAY_S = 86_400.0
WARM_UP = 3
Query = Mapping[str, Any]
Ask = Callable[[random.Random, float], Query]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long one kind of question took, milliseconds."""

    name: str
    asked: int
    p50_ms: float
    p95_ms: float
    max_ms: float

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def _period(rng: random.Random, now_s: float, days: float) -> Query:
    from_s = now_s - rng.uniform(days, 1500.0) * DAY_S
    return {"from_s": from_s, "to_s": from_s + days * DAY_S}


def _number(rng: random.Random, now_s: float) -> str:
    day = time.strftime("%Y%m%d", time.gmtime(now_s - rng.randrange(5, 1500) * DAY_S))
    return f"330482{day}{rng.randrange(1, 500):04d}"


LISTS: Mapping[str, Ask] = {
    "newest": lambda _rng, _now_s: {},
    "a page further on": lambda rng, _now_s: {"page": rng.randrange(2, 40)},
    "page 2000": lambda rng, _now_s: {"page": 2000 - rng.randrange(9)},
    "by state": lambda rng, _now_s: {"status": rng.choice(("lead", "filed", "closed", "rejected"))},
    "by kind": lambda rng, _now_s: {"kind": rng.choice(list(KINDS))},
    "by camera": lambda rng, _now_s: {"camera_id": f"cam-{rng.randrange(CAMERAS):04d}"},
    "by kind, camera and state": lambda rng, _now_s: {
        "kind": rng.choice(list(KINDS)),
        "camera_id": f"cam-{rng.randrange(CAMERAS):04d}",
        "status": rng.choice(("closed", "rejected")),
    },
    "by a month": lambda rng, now_s: _period(rng, now_s, 30.0),
    "by a year": lambda rng, now_s: _period(rng, now_s, 365.0),
    "by team": lambda rng, _now_s: {"assignee": rng.choice(TEAMS)},
    "overdue": lambda _rng, _now_s: {"overdue": True},
    "not overdue": lambda _rng, _now_s: {"overdue": False},
    "least score": lambda _rng, _now_s: {"sort": "score"},
    "search: a road": lambda rng, _now_s: {"q": rng.choice(ROADS)},
    "search: a place": lambda rng, _now_s: {"q": f"{rng.choice(ROADS)}路{rng.choice(SPOTS)}"},
    "search: a zone": lambda rng, _now_s: {"q": rng.choice(ZONES)[:2]},
    "search: one sign": lambda _rng, _now_s: {"q": "路"},
    "search: a number": lambda rng, now_s: {"q": _number(rng, now_s)},
    "search: a day's numbers": lambda rng, now_s: {"q": _number(rng, now_s)[:14]},
    "search: a number's end": lambda rng, now_s: {"q": _number(rng, now_s)[-8:]},
    "search: what all numbers begin with": lambda _rng, _now_s: {"q": "330482"},
    "search: nothing like it": lambda rng, _now_s: {"q": f"没有{rng.randrange(999)}"},
}
FIGURES: Mapping[str, Ask] = {
    "key figures of 30 days": lambda _rng, _now_s: {},
    "key figures of a month": lambda rng, now_s: _period(rng, now_s, 30.0),
    "key figures of a camera's year": lambda rng, now_s: {
        **_period(rng, now_s, 365.0),
        "camera_id": f"cam-{rng.randrange(CAMERAS):04d}",
    },
}


def ask_all(client: httpx.Client, times: int, seed: int = 3) -> Iterator[Timing]:
    """Ask each question so often, each time a little different."""
    rng, now_s = random.Random(seed), time.time()
    for name, ask in LISTS.items():
        yield _time(name, times, lambda ask=ask: _get(client, "/api/cases", ask(rng, now_s)))  # type: ignore[misc]
    ids = _ids(client)
    yield _time("one case", times, lambda: _get(client, f"/api/cases/{rng.choice(ids)}", {}))
    yield _time("a cursor's pages", times, _walk(client))
    for name, ask in FIGURES.items():
        yield _time(name, times, lambda ask=ask: _get(client, "/api/kpis", ask(rng, now_s)))  # type: ignore[misc]


def _ids(client: httpx.Client) -> list[str]:
    pages = (_get(client, "/api/cases", {"page": page}) for page in (1, 40, 400))
    return [item["id"] for page in pages for item in page["items"]]


def _walk(client: httpx.Client) -> Callable[[], object]:
    """Each call goes a page further."""
    cursor: dict[str, str] = {}

    def step() -> object:
        page = _get(client, "/api/cases", cursor)
        cursor["cursor"] = page["next"]
        return page

    return step


def _get(client: httpx.Client, path: str, query: Query) -> dict[str, Any]:
    answer = client.get(path, params=dict(query))
    answer.raise_for_status()
    found = answer.json()
    return found if isinstance(found, dict) else {"items": found}


def _time(name: str, times: int, ask: Callable[[], object]) -> Timing:
    for _ in range(WARM_UP):
        ask()
    took_ms = []
    for _ in range(times):
        began_s = time.perf_counter()
        ask()
        took_ms.append(1000 * (time.perf_counter() - began_s))
    p50, p95 = (round(float(np.percentile(took_ms, share)), 1) for share in (50, 95))
    return Timing(name, times, p50, p95, round(max(took_ms), 1))
