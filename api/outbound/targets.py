"""The systems that are told of cases: set up, changed, paused, removed, their dead letters."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from api.outbound.settings import SECRETS, SETTINGS, WebhookSettings
from api.outbound.signing import SigningKeys, new_signing_secret, secret_bytes
from api.outbound.tables import DeadLetter, PlatformChange, Target
from streams.sealing import Seals

PURPOSE = "outbound target"
BOTH_SIGN_S = 7 * 86_400.0
"""For how long after a change of the secret the former one signs as well."""
OLD = "signing_old"
AnySettings = Any


class NoSuchTarget(LookupError):  # noqa: N818 - it is an answer rather than an error
    """There is no target of that name; the message says how to find those there are."""


class NameUsed(ValueError):  # noqa: N818
    """A new target would be mistaken for a former one."""


class WrongSecret(ValueError):  # noqa: N818
    """A secret that this kind of target does not take; `key` names it."""

    def __init__(self, key: str, message: str) -> None:
        super().__init__(message)
        self.key = key


def find_target(sql: Session, name: str, *, hold: bool = False) -> Target:
    """The target of that name, held for writing if so wanted; raises NoSuchTarget."""
    query = select(Target).where(Target.name == name)
    target = sql.scalar(query.with_for_update() if hold else query)
    if target is None:
        raise NoSuchTarget(f"there is no target {name[:80]!r}; `skyeye outbound list` shows them")
    return target


def put_target(
    sql: Session,
    name: str,
    settings: AnySettings,
    secrets: Mapping[str, str],
    seals: Seals,
    now_s: float,
    start: int,
) -> tuple[Target, str | None]:
    """Make or change a target; a new one is told of what comes after the line `start`.

    Secrets that are not given stay. Returns also the signing secret that was made for a new
    webhook, to be shown once. Raises WrongSecret or NameUsed.
    """
    made = None
    target = sql.scalar(select(Target).where(Target.name == name).with_for_update())
    sealed = {key: seals.seal(_checked(settings.kind, key, text), PURPOSE)
              for key, text in secrets.items()}  # fmt: skip
    if target is None:
        _check_unused(sql, name)
        target = _new(name, now_s, start)
        sql.add(target)
    kept = {key: text for key, text in (target.secrets or {}).items() if _is_of(settings.kind, key)}
    if isinstance(settings, WebhookSettings) and "signing" not in kept | sealed:
        made = new_signing_secret()
        sealed["signing"] = seals.seal(made, PURPOSE)
    target.settings = settings.model_dump(mode="json")
    target.secrets = kept | sealed
    target.revision += 1
    _try_now(target)
    sql.flush()
    return target, made


def rotate_signing(target: Target, seals: Seals, now_s: float) -> str:
    """A new signing secret; for a week the former one signs as well. Raises WrongSecret."""
    if target.settings["kind"] != "webhook":
        raise WrongSecret("", f"{target.name} is no webhook: only those sign")
    made = new_signing_secret()
    target.secrets = {"signing": seals.seal(made, PURPOSE), OLD: target.secrets["signing"]}
    target.rotated_s = now_s
    target.revision += 1
    return made


def open_secrets(target: Target, seals: Seals) -> dict[str, str]:
    """The secrets of a target in clear; raises SealingError."""
    return {key: seals.open(text, PURPOSE) for key, text in target.secrets.items()}


def signing_keys(target: Target, secrets: Mapping[str, str]) -> SigningKeys:
    """The secrets that sign."""
    return SigningKeys(
        secrets["signing"], secrets.get(OLD), (target.rotated_s or 0.0) + BOTH_SIGN_S
    )


def reseal(sql: Session, seals: Seals) -> int:
    """Seal every secret under the key in force; returns how many targets have any."""
    targets = sql.scalars(select(Target).with_for_update()).all()
    for target in targets:
        target.secrets = {
            key: seals.seal(text, PURPOSE) for key, text in open_secrets(target, seals).items()
        }
    return sum(bool(target.secrets) for target in targets)


def pause(target: Target, now_s: float) -> None:
    """Send nothing until somebody lets it go on; what happens meanwhile waits."""
    if target.paused_s is None:
        target.paused_s = now_s


def resume(target: Target) -> None:
    """Go on where it stopped, at once."""
    target.paused_s = None
    _try_now(target)


def remove(sql: Session, target: Target) -> None:
    """Forget a target and its dead letters; what a platform told of cases stays."""
    sql.execute(delete(Target).where(Target.id == target.id))


def replay(sql: Session, target: Target, case_id: str | None, now_s: float) -> int:
    """Have dead letters delivered again, of one case or of all; returns how many."""
    letters = update(DeadLetter).where(DeadLetter.target_id == target.id)
    if case_id is not None:
        letters = letters.where(DeadLetter.case_id == case_id)
    wanted = select(func.count()).where(DeadLetter.target_id == target.id)
    if case_id is not None:
        wanted = wanted.where(DeadLetter.case_id == case_id)
    count = sql.scalar(wanted) or 0
    sql.execute(letters.values(replay_s=now_s))
    _try_now(target)
    return count


def dead_letters(
    sql: Session, target: Target, after: int, limit: int
) -> Sequence[DeadLetter]:  # fmt: skip
    """The dead letters behind the line `after`, in the order of the events."""
    query = select(DeadLetter).where(DeadLetter.target_id == target.id, DeadLetter.line_id > after)
    return sql.scalars(query.order_by(DeadLetter.line_id).limit(limit)).all()


def count_letters(sql: Session) -> dict[int, tuple[int, int]]:
    """How many dead letters each target has, and how many of them are to be replayed."""
    query = select(DeadLetter.target_id, func.count(), func.count(DeadLetter.replay_s))
    rows = sql.execute(query.group_by(DeadLetter.target_id)).all()
    return {target_id: (count, replaying) for target_id, count, replaying in rows}


def check_settings(value: object) -> AnySettings:
    """Settings as they were stored or told; raises pydantic's ValidationError."""
    return SETTINGS.validate_python(value)


def _check_unused(sql: Session, name: str) -> None:
    """Changes are known by target and id: another platform may not come by the same name."""
    told = select(PlatformChange.change_id).where(PlatformChange.target == name).limit(1)
    if sql.scalar(told) is not None:
        raise NameUsed(f"{name} was a platform before, and what it told is kept: take another name")


def _new(name: str, now_s: float, start: int) -> Target:
    return Target(
        name=name,
        secrets={},
        revision=0,
        cursor=start,
        sent=0,
        failed=0,
        tries=0,
        created_s=now_s,
        pull_cursor="",
        lease_owner="",
        lease_until_s=0.0,
    )


def _try_now(target: Target) -> None:
    target.next_s = None


def _is_of(kind: str, key: str) -> bool:
    return key in SECRETS[kind] or (kind == "webhook" and key == OLD)


def _checked(kind: str, key: str, text: str) -> str:
    if key not in SECRETS[kind]:
        raise WrongSecret(key, f"a {kind} takes no such secret, only {', '.join(SECRETS[kind])}")
    if key == "signing":
        try:
            secret_bytes(text)
        except ValueError as error:
            raise WrongSecret(key, str(error)) from None
    return text
