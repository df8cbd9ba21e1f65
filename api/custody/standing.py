"""What a camera's standing was when it saw something, in words; and who may not be penalised."""

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from streams.evidence.manifest import Manifest
from streams.standing import NEEDS, Shortcoming, shortcomings

NEEDS_ZH = {
    "legal_review": "法制审核",
    "technical_review": "技术审核",
    "sign_photo": "标志照片",
    "published_at": "地点公布",
    "clock_check": "时钟检查",
}
SHORT_ZH = {
    Shortcoming.MISSING: "缺少",
    Shortcoming.LATER: "晚于取证",
    Shortcoming.EXPIRED: "已过期",
}
SHORT_EN = {
    Shortcoming.MISSING: "it lacks",
    Shortcoming.LATER: "done only afterwards:",
    Shortcoming.EXPIRED: "expired before:",
}


def standing_lacks(manifest: Manifest) -> dict[str, Shortcoming]:
    """What the camera's standing lacked on the day on which a violation was raised.

    All of it where the packet does not tell a day.
    """
    try:
        zone = ZoneInfo(manifest.clock.timezone)
        day = datetime.fromtimestamp(manifest.violation.raised_s, zone).date()
    except (ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return dict.fromkeys(NEEDS, Shortcoming.MISSING)
    return shortcomings(manifest.camera.standing, day)


def told_lacks(lacks: Mapping[str, Shortcoming]) -> tuple[str, str] | None:
    """What a standing lacks, in Chinese and in English; None where it lacks nothing."""
    zh, en = [], []
    for short in Shortcoming:
        needs = [need for need, found in lacks.items() if found == short]
        if needs:
            zh.append(f"{SHORT_ZH[short]}：{'、'.join(NEEDS_ZH[need] for need in needs)}")
            en.append(f"{SHORT_EN[short]} {', '.join(need.replace('_', ' ') for need in needs)}")
    return ("；".join(zh), "; ".join(en)) if lacks else None
