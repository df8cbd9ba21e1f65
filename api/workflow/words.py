"""The words of the workflow: states, actions, duties, reasons."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """Where a case stands."""

    LEAD = "lead"
    FILED = "filed"
    DISPATCHED = "dispatched"
    HANDLING = "handling"
    REPORTED = "reported"
    CHECKED = "checked"
    CLOSED = "closed"
    REJECTED = "rejected"
    MERGED = "merged"
    VOIDED = "voided"


WAY = (
    State.LEAD,
    State.FILED,
    State.DISPATCHED,
    State.HANDLING,
    State.REPORTED,
    State.CHECKED,
    State.CLOSED,
)
"""The way of a case that is followed to its end."""


class Action(StrEnum):
    """What somebody does to a case."""

    FILE = "file"
    REJECT = "reject"
    MERGE = "merge"
    DISPATCH = "dispatch"
    ACCEPT = "accept"
    REPORT = "report"
    CHECK = "check"
    CLOSE = "close"
    RETURN = "return"
    REQUEST_EXTENSION = "request_extension"
    APPROVE_EXTENSION = "approve_extension"
    DENY_EXTENSION = "deny_extension"
    REQUEST_SUSPENSION = "request_suspension"
    APPROVE_SUSPENSION = "approve_suspension"
    DENY_SUSPENSION = "deny_suspension"
    RESUME = "resume"
    PROPOSE_PENALTY = "propose_penalty"
    APPROVE_PENALTY = "approve_penalty"
    DECLINE_PENALTY = "decline_penalty"
    REOPEN = "reopen"
    VOID = "void"
    REMIND = "remind"
    LOOK_AGAIN = "look_again"
    CORRECT = "correct"
    ESCALATE = "escalate"


class Happening(StrEnum):
    """What is told of a case or its violation; it changes no state."""

    RAISED = "raised"
    ENDED = "ended"
    HELD = "held"
    RELEASED = "released"
    PURGED = "purged"
    UNSEEN = "unseen"
    SUBJECT = "subject"


class Duty(StrEnum):
    """What somebody is there for; one account may have several."""

    REVIEWER = "reviewer"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    CHECKER = "checker"
    LEGAL = "legal"
    ADMIN = "admin"
    AUDITOR = "auditor"
    CAMERA_ADMIN = "camera_admin"
    MACHINE = "machine"
    """Skyeye itself, for what its cameras see; no account has it."""
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"


@dataclass(frozen=True, slots=True)
class Title:
    """A name to show, in Chinese and English."""

    zh: str
    en: str


REASONS = {
    "not_a_violation": Title("不构成违规", "Not a violation"),
    "wrong_object": Title("识别对象有误", "Wrong object"),
    "permitted": Title("已获许可", "Permitted"),
    "moving": Title("目标在移动", "Moving, not standing"),
    "duplicate": Title("重复案件", "Duplicate"),
    "poor_picture": Title("画面不清", "Picture too poor"),
    "other": Title("其他", "Other"),
}
"""Why a case is rejected, by id."""

STATE_TITLES = {
    State.LEAD: Title("线索", "Lead"),
    State.FILED: Title("立案", "Filed"),
    State.DISPATCHED: Title("派遣", "Dispatched"),
    State.HANDLING: Title("处置", "Handling"),
    State.REPORTED: Title("反馈", "Reported"),
    State.CHECKED: Title("核查", "Checked"),
    State.CLOSED: Title("结案", "Closed"),
    State.REJECTED: Title("不予立案", "Rejected"),
    State.MERGED: Title("并案", "Merged"),
    State.VOIDED: Title("作废", "Voided"),
}
