"""How things are called in Chinese documents; times are UTC seconds."""

import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from api.cases.conditions import conditions_of
from streams.evidence.dossier import Role
from streams.evidence.manifest import FactPart
from vision.rules.kinds import KINDS

PICTURES = {
    Role.START_PANORAMA: "开始全景",
    Role.LATER_PANORAMA: "后续全景",
    Role.CLOSE_UP: "特写",
    Role.PLATE: "号牌",
    Role.AFTER_PANORAMA: "复查全景",
    Role.AFTER_CLOSE_UP: "复查特写",
}
ROLES = {
    **{role.value: zh for role, zh in PICTURES.items()},
    "arrival_clip": "到达视频",
    "standing_clip": "停留视频",
    "viewing_copy": "浏览副本",
    "clock": "时钟",
    "sm3": "SM3 摘要",
}
STEPS = {
    "raised": "系统发现",
    "ended": "目标已离开",
    "held": "证据保全",
    "released": "解除保全",
    "purged": "证据清除",
    "unseen": "复查未能看清",
    "subject": "更正当事对象",
    "file": "立案",
    "reject": "不予立案",
    "merge": "并案",
    "dispatch": "派遣",
    "accept": "接收处置",
    "report": "反馈",
    "check": "核查通过",
    "close": "结案",
    "return": "回退",
    "request_extension": "申请延期",
    "approve_extension": "批准延期",
    "deny_extension": "不批准延期",
    "request_suspension": "申请挂起",
    "approve_suspension": "批准挂起",
    "deny_suspension": "不批准挂起",
    "resume": "恢复办理",
    "propose_penalty": "拟处罚",
    "approve_penalty": "同意处罚",
    "decline_penalty": "不同意处罚",
    "reopen": "重新审核",
    "void": "作废",
    "remind": "提醒整改",
    "look_again": "要求复查",
    "correct": "自行整改",
    "escalate": "转人工处置",
}
FACTS = {
    "object": "目标类别",
    "vehicle": "目标类别",
    "count": "数量",
    "dwell": "停留时长",
    "standing_s": "停留时长",
    "observed_s": "可见时长",
    "unobserved_s": "不可见时长",
    "detected_share": "检出比例",
    "count_max": "最多数量",
    "counts": "数量变化",
    "days_standing": "停放天数",
    "days_sighted": "见到天数",
    "first_date": "首次见到日期",
    "looks": "观察次数",
    "gaps": "间断次数",
    "longest_gap_s": "最长间断",
    "identity": "同一目标依据",
    "recognised_by_appearance": "凭外形认出次数",
    "recognised_by_plate": "凭号牌认出次数",
    "weakest_likeness": "最低相似度",
    "plate": "号牌号码",
    "plate_colour": "号牌颜色",
    "plate_confidence": "号牌识别最低置信度",
    "plate_readings": "号牌识别成功次数",
    "plate_unread": "号牌未识别次数",
    "plate_not_found": "车辆够大而未见号牌次数",
    "plate_small": "车辆或号牌太小次数",
    "plate_problem": "号牌未识别原因",
}
VALUES = {
    "car": "小汽车",
    "truck": "货车",
    "bus": "客车",
    "bicycle": "自行车",
    "motorcycle": "摩托车",
    "hanging_laundry": "晾晒衣物",
    "barbecue_grill": "烧烤炉",
    "smoke": "烟雾",
    "street_stall": "摊位",
    "rubbish_pile": "垃圾堆",
    "continuity": "始终可见",
    "appearance": "外形及位置未变",
    "blue": "蓝",
    "yellow": "黄",
    "green": "绿",
    "white": "白",
    "black": "黑",
    "no_plate": "未找到号牌",
    "too_small": "号牌在画面中太小",
    "no_such_plate": "字符被遮挡或不是号牌",
    "unsure": "字符不能确定",
    "disagree": "多次识别结果不一致",
    "not_tried": "未及识别",
}
CAUTIONS = {"plate_not_found": "号牌可能被遮挡或在另一侧"}
"""What a fact does not prove, where a reader might think so."""
TOLD = {
    "assignee": "处置人",
    "into": "并入",
    "amount": "延长",
    "reason": "原因",
    "kind": "对象类别",
    "from": "原对象",
    "to": "现对象",
    "rule": "保存规则",
    "conditions": "人工所见",
}
"""What else a line of the history tells; ids of packets and looks are not for people."""
SUBJECTS = {"plate": "号牌", "shop": "店铺", "place": "地点"}
UNTOLD = {"plate_signs"}
_SHARES = ("_share", "_likeness", "_confidence")
_UNITS = ((86_400, "天"), (3600, "小时"), (60, "分"), (1, "秒"))


def moment(at_s: float, zone: ZoneInfo) -> str:
    """A time on the clocks of a place, to the second that has passed in full."""
    return f"{datetime.fromtimestamp(math.floor(at_s), zone):%Y-%m-%d %H:%M:%S}"


def length(seconds: float) -> str:
    """A length of time: 5 分 20 秒."""
    if seconds < 10 and seconds % 1:
        return f"{seconds:.1f} 秒"
    left, parts = round(seconds), []
    for size, unit in _UNITS:
        amount, left = divmod(left, size)
        if amount:
            parts.append(f"{amount} {unit}")
    return " ".join(parts[:3]) or "0 秒"


def kind_title(kind: str) -> str:
    """What a kind of violation is called."""
    return KINDS[kind].zh if kind in KINDS else kind


def condition_titles(kind: str, names: Iterable[str]) -> str:
    """What an officer saw of the thing, in words."""
    titles = {one.name: one.zh for one in conditions_of(kind)}
    return "、".join(titles.get(name, name) for name in names)


def told_value(kind: str, key: str, value: str) -> str:
    """What else a line of the history of a case tells under a key of `TOLD`."""
    if key == "conditions":
        return condition_titles(kind, value.split(","))
    return SUBJECTS.get(value, value)


def fact_lines(facts: Mapping[str, FactPart]) -> list[tuple[str, str]]:
    """Name and value of each fact that a person reads."""
    told = {name: fact for name, fact in facts.items() if name not in UNTOLD}
    return [(FACTS.get(name, name), fact_value(name, fact)) for name, fact in told.items()]


def fact_value(name: str, fact: FactPart) -> str:
    """The value of a fact with its unit."""
    if isinstance(fact.value, str):
        return VALUES.get(fact.value, fact.value)
    if fact.unit in ("s", "d"):
        return length(fact.value * (86_400 if fact.unit == "d" else 1))
    if name.endswith(_SHARES):
        return f"{fact.value:.0%}"
    caution = f"（{CAUTIONS[name]}）" if name in CAUTIONS else ""
    return f"{fact.value:g} {fact.unit}".strip() + caution
