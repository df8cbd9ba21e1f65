"""A made-up city's cases: where, what, when and how they went, the same from a seed every time."""

import random
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from api.figures.milestones import Milestones, after_line, with_due
from api.workflow.history import Line, sealed

DAY_S = 86_400.0
ZONE = timedelta(hours=8)
CAMERAS = 240
KINDS = {
    "illegal_parking": 0.62, "stray_bikes": 0.2, "hanging_laundry": 0.08,
    "shop_overflow": 0.06, "open_air_barbecue": 0.03, "zombie_vehicle": 0.01,
}  # fmt: skip
ROADS = (
    "解放", "新华", "人民", "当湖", "城南", "城北", "东湖", "环城",
    "平湖", "乍浦", "建国", "三港", "梅兰", "乐园", "胜利", "启元",
)  # fmt: skip
SPOTS = (
    "路口", "南门", "北门", "广场", "汽车站", "小学", "菜场", "医院",
    "公园", "桥头", "停车场", "商业街", "里弄", "社区", "中学",
)  # fmt: skip
ZONES = ("南侧黄线禁停区", "北侧黄线禁停区", "人行道", "店前", "绿地边", "小区门口")
TEAMS = tuple(f"{name}街道中队" for name in ("当湖", "钟埭", "曹桥", "新埭", "独山港", "林埭"))
ENDS = {"closed": 0.87, "rejected": 0.09, "merged": 0.03, "voided": 0.01}
OPEN_DAYS = 4
"""Cases of the last days are still on their way."""
WAY = (
    ("file", "filed", "officer", 1800.0),
    ("dispatch", "dispatched", "dispatcher", 1200.0),
    ("accept", "handling", "handler", 3600.0),
    ("report", "reported", "handler", 7200.0),
    ("check", "checked", "checker", 14_400.0),
    ("close", "closed", "checker", 3600.0),
)
LIMITS = (
    ("filing", 0, "file", 2.0, "working_hours"),
    ("dispatching", 1, "dispatch", 1.0, "working_hours"),
    ("handling", 2, "report", 2.0, "working_hours"),
    ("checking", 4, "close", 1.0, "working_days"),
)
"""Phase, after which of the steps it begins, which step meets it, amount and unit."""


@dataclass(slots=True)
class MadeCase:
    """A case as the rows of the tables."""

    case: dict[str, Any]
    lines: list[Line] = field(default_factory=list)
    deadlines: list[dict[str, Any]] = field(default_factory=list)


def cases_of_day(day: int, count: int, last_day: int, seed: int = 7) -> Iterator[MadeCase]:
    """The cases that were raised on a day (days since 1970 in China), the earliest first."""
    rng = random.Random(f"{seed}/{day}")
    hours = sorted(min(23.99, max(0.0, rng.gauss(13.5, 4.0))) for _ in range(count))
    for serial, hour in enumerate(hours, start=1):
        raised_s = (day * 24 + hour) * 3600 - ZONE.total_seconds()
        yield _case(rng, raised_s, _number(day, serial), last_day - day < OPEN_DAYS)


def _number(day: int, serial: int) -> str:
    date = datetime.fromtimestamp(day * DAY_S, UTC)
    return f"330482{date:%Y%m%d}{serial:04d}"


def _case(rng: random.Random, raised_s: float, number: str, is_open: bool) -> MadeCase:
    case_id = str(uuid.UUID(int=rng.getrandbits(128), version=4))
    end = "open" if is_open else rng.choices(list(ENDS), list(ENDS.values()))[0]
    camera = min(int(rng.expovariate(1 / 60)), CAMERAS - 1)
    made = MadeCase(_row(rng, case_id, number, raised_s, camera))
    _line(made, raised_s, "skyeye", "raised", "lead")
    if rng.random() < 0.55:
        made.case["ended_s"] = raised_s + rng.uniform(120, 7200)
    if end in ("rejected", "merged"):
        action = "reject" if end == "rejected" else "merge"
        reason = rng.choice(("moving", "exempt", "wrong_kind")) if end == "rejected" else None
        _line(made, raised_s + rng.expovariate(1 / 1800), "officer", action, end, reason)
    else:
        steps = rng.randint(0, 5) if end == "open" else len(WAY)
        _walk(rng, made, 2 if end == "voided" else steps)
        if end == "voided":
            _line(made, made.lines[-1].at_s + 600, "admin", "void", "voided", note="重复")
    made.case |= _head(made)
    made.case["milestones"] = _milestones(made)
    return made


def _row(
    rng: random.Random, case_id: str, number: str, raised_s: float, camera: int
) -> dict[str, Any]:
    kind = rng.choices(list(KINDS), list(KINDS.values()))[0]
    dwell_s = 300.0 if kind == "illegal_parking" else 600.0
    date = datetime.fromtimestamp(raised_s, UTC) + ZONE
    name = f"{ROADS[camera % len(ROADS)]}路{SPOTS[camera // len(ROADS) % len(SPOTS)]}"
    return {
        "id": case_id,
        "number": number,
        "tail": number[::-1],
        "version": 1,
        "kind": kind,
        "camera_id": f"cam-{camera:04d}",
        "camera_name": name,
        "zone": ZONES[(camera + len(kind)) % len(ZONES)],
        "started_s": raised_s - dwell_s,
        "raised_s": raised_s,
        "ended_s": None,
        "score": round(rng.betavariate(8, 2), 3),
        "box_xyxy": [412.0, 300.5, 900.25, 640.0],
        "facts": {"dwell": {"value": dwell_s, "unit": "s"}, "count": {"value": 1, "unit": ""}},
        "packet": f"cam-{camera:04d}/{date:%Y%m%d}/{case_id}",
        "manifest_sha256": f"{rng.getrandbits(256):064x}",
        "thumbnail": "start.jpg",
        "reason": None,
        "code_scheme": "newer",
        "code_version": "2026-11",
        "code": "04-09",
        "department": "综合行政执法局",
        "assignee": None,
        "flow": {},
        "warn_s": None,
        "due_s": None,
    }


def _walk(rng: random.Random, made: MadeCase, steps: int) -> None:
    """Take so many of the steps; one case in twenty is returned once after the report."""
    at_s = made.lines[0].at_s
    times = [at_s]
    for action, state, actor, mean_s in WAY[:steps]:
        at_s += rng.expovariate(1 / mean_s)
        times.append(at_s)
        team = rng.choice(TEAMS) if action == "dispatch" else None
        if team:
            made.case["assignee"] = team
        note = "已现场处置，恢复原状。" if action == "report" else None
        _line(made, at_s, actor, action, state, note=note, more={"assignee": team} if team else {})
        if action == "report":
            made.case["flow"] = {"reported_by": "handler"}
            if rng.random() < 0.05:
                _line(made, at_s + 60, "checker", "return", "handling", note="照片看不清")
                at_s += 1800
                times[-1] = at_s
                _line(made, at_s, "handler", "report", "reported", note="重拍")
    _limits(made, times)


def _limits(made: MadeCase, times: list[float]) -> None:
    done = {line.action: line.at_s for line in made.lines}
    for phase, begins, meets, amount, unit in LIMITS:
        if begins >= len(times):
            break
        start_s, met_s = times[begins], done.get(meets)
        length_s = amount * (3600 if unit == "working_hours" else DAY_S)
        row = {"case_id": made.case["id"], "phase": phase, "round": 1, "started_s": start_s}
        row |= {"amount": amount, "unit": unit, "extra": 0.0, "pauses": [], "met_s": met_s}
        due = {"warn_s": start_s + 0.8 * length_s, "due_s": start_s + length_s}
        made.deadlines.append(row | due | {"assumed_years": []})
        if met_s is None and done.get("void") is None:
            made.case |= due


def _line(
    made: MadeCase,
    at_s: float,
    actor: str,
    action: str,
    state: str,
    reason: str | None = None,
    note: str | None = None,
    more: dict[str, str] | None = None,
) -> None:
    last = made.lines[-1] if made.lines else None
    line = Line(0, at_s, actor, action, state, reason, note, more or {})
    made.lines.append(sealed(made.case["id"], line, last))
    made.case["reason"] = reason or made.case["reason"]


def _head(made: MadeCase) -> dict[str, Any]:
    last = made.lines[-1]
    steps = sum(line.action != "raised" for line in made.lines)
    return {"status": last.state, "lines": last.seq, "head": last.hash, "version": 1 + steps}


def _milestones(made: MadeCase) -> Milestones:
    told: Milestones = {}
    for line in made.lines:
        told = after_line(told, line.action, line.state, line.at_s)
    for row in made.deadlines:
        told = with_due(told, row["phase"], row["due_s"])
    return told
