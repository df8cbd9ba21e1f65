"""Roles: what they may do and see, with three administrators apart (三员分立).

An account has one role, so nobody holds two of the three. The exception is `admin`, which holds all
of them: it is for a small office, and `sign_in.toml` says whether the site is one.
"""

from enum import StrEnum

from api.workflow.words import Duty, Title

_OFFICER = frozenset({Duty.REVIEWER, Duty.DISPATCHER, Duty.HANDLER, Duty.CHECKER})
THREE = frozenset({Duty.SYSTEM_ADMIN, Duty.SECURITY_ADMIN, Duty.AUDITOR})
"""The duties of the three administrators, which no role but `admin` joins."""


class Role(StrEnum):
    """What an account may do: one duty, or, in a small office, several.

    An officer does all that a case needs on its way, an admin that and the administration as well;
    two people are still needed where the workflow wants two.
    """

    VIEWER = "viewer"
    REVIEWER = "reviewer"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    CHECKER = "checker"
    LEGAL = "legal"
    AUDITOR = "auditor"
    CAMERA_ADMIN = "camera_admin"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    OFFICER = "officer"
    ADMIN = "admin"

    @property
    def duties(self) -> frozenset[Duty]:
        """What it is there for."""
        several = {
            Role.VIEWER: frozenset[Duty](),
            Role.OFFICER: _OFFICER,
            Role.SYSTEM_ADMIN: frozenset({Duty.SYSTEM_ADMIN, Duty.CAMERA_ADMIN}),
            Role.ADMIN: _OFFICER | THREE | {Duty.ADMIN, Duty.CAMERA_ADMIN},
        }
        return several[self] if self in several else frozenset({Duty(self.value)})

    @property
    def sees_cases(self) -> bool:
        """Whether it may look at cases and their evidence."""
        return self not in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)

    @property
    def sees_cameras(self) -> bool:
        """Whether it may look at cameras, what they see, and how they do."""
        return self != Role.SECURITY_ADMIN


ROLE_TITLES = {
    Role.VIEWER: Title("查看员", "Viewer"),
    Role.REVIEWER: Title("审核员", "Reviewer"),
    Role.DISPATCHER: Title("派遣员", "Dispatcher"),
    Role.HANDLER: Title("处置员", "Handler"),
    Role.CHECKER: Title("核查员", "Checker"),
    Role.LEGAL: Title("法制审核员", "Legal officer"),
    Role.AUDITOR: Title("审计管理员", "Audit administrator"),
    Role.CAMERA_ADMIN: Title("摄像机管理员", "Camera administrator"),
    Role.SYSTEM_ADMIN: Title("系统管理员", "System administrator"),
    Role.SECURITY_ADMIN: Title("安全管理员", "Security administrator"),
    Role.OFFICER: Title("执法员（小型办公室）", "Officer (small office)"),
    Role.ADMIN: Title("管理员（小型办公室）", "Administrator (small office)"),
}
MANAGES_ACCOUNTS = tuple(role for role in Role if Duty.SECURITY_ADMIN in role.duties)
"""Of these one has to remain."""
