"""The systems that are told of cases: set up, watched, paused, and their dead letters."""

import time
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api import audit
from api.http.problems import Problem, invalid
from api.outbound.checking import check_reachable
from api.outbound.guard import AddressRefused
from api.outbound.horizon import last_line
from api.outbound.settings import NAME, Settings, Text, Word
from api.outbound.tables import PlatformChange, Target
from api.outbound.targets import (
    NameUsed,
    NoSuchTarget,
    WrongSecret,
    count_letters,
    dead_letters,
    find_target,
    pause,
    put_target,
    remove,
    replay,
    resume,
    rotate_signing,
)
from api.outbound.views import (
    DeadLetterView,
    NewTargetView,
    TargetView,
    letter_view,
    target_view,
)
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.sign_in.logins import User
from api.sign_in.security import SystemAdmin
from api.store.tables import Case, HistoryLine
from streams.sealing import Seals

router = APIRouter(prefix="/outbound/targets", tags=["outbound"])
Name = Annotated[str, Path(pattern=NAME, description="the target's name")]
MOST_LETTERS = 200
_EXAMPLE: JsonDict = {
    "settings": {"kind": "webhook", "url": "https://platform.example.org/hooks/skyeye"},
    "start": "now",
}


class TargetBody(BaseModel):
    """A target; secrets that are left out stay as they are.

    A new target is told of what happens from `now` on, or of all since the `beginning`.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    settings: Settings
    secrets: dict[Word, Text] = {}
    start: Literal["now", "beginning"] = "now"


class ReplayBody(BaseModel):
    """Which dead letters to deliver again: those of one case, or all."""

    model_config = ConfigDict(extra="forbid")

    case_id: Word | None = None


class CountView(BaseModel):
    """How many there were."""

    count: int


class SecretView(BaseModel):
    """A new signing secret, shown once; the former one signs as well for `both_days`."""

    signing_secret: str
    both_days: int = 7


class LettersQuery(BaseModel):
    """Which part of the dead letters: those behind the cursor of the last one seen."""

    model_config = ConfigDict(extra="forbid")

    after: int = Field(0, ge=0, le=2**53)
    limit: int = Field(50, ge=1, le=MOST_LETTERS)


@router.get("", dependencies=[NO_QUERY])
def list_targets(_user: SystemAdmin, room: InRoom) -> list[TargetView]:
    """List the targets and how they are doing."""
    with room.store.reading() as sql:
        targets = sql.scalars(select(Target).order_by(Target.name)).all()
        return [TargetView.model_validate(_told(sql, room, target)) for target in targets]


@router.get("/{name}", dependencies=[NO_QUERY])
def show_target(name: Name, _user: SystemAdmin, room: InRoom) -> TargetView:
    """Show a target and how it is doing."""
    with room.store.reading() as sql:
        return TargetView.model_validate(_told(sql, room, _find(sql, name)))


@router.put("/{name}", dependencies=[NO_QUERY])
def set_target(name: Name, body: TargetBody, user: SystemAdmin, room: InRoom) -> NewTargetView:
    """Make a target or change it; a new webhook's signing secret is told once."""
    try:
        check_reachable(body.settings, room.data_dir)
    except AddressRefused as error:
        raise invalid([{"key": "settings.url", "message": str(error)}]) from None
    except ValueError as error:
        raise invalid([{"key": "settings", "message": str(error)}]) from None
    start = last_line(room.store) if body.start == "now" else 0
    seals, now_s = Seals(room.data_dir / "keys"), time.time()
    with room.store.writing() as sql:
        try:
            target, secret = put_target(
                sql, name, body.settings, body.secrets, seals, now_s, start
            )  # fmt: skip
        except WrongSecret as error:
            raise invalid([{"key": f"secrets.{error.key}", "message": str(error)}]) from None
        except NameUsed as error:
            raise Problem(409, str(error), "name_used") from None
        told = _told(sql, room, target) | {"signing_secret": secret}
        _note(sql, user, "target.set", name, {"kind": body.settings.kind})
    room.lanes.poke()
    return NewTargetView.model_validate(told)


@router.delete("/{name}", status_code=204, dependencies=[NO_QUERY])
def remove_target(name: Name, user: SystemAdmin, room: InRoom) -> None:
    """Remove a target and its dead letters."""
    with room.store.writing() as sql:
        remove(sql, _find(sql, name, hold=True))
        _note(sql, user, "target.remove", name)


@router.post("/{name}/pause", dependencies=[NO_QUERY])
def pause_target(name: Name, user: SystemAdmin, room: InRoom) -> TargetView:
    """Send nothing to a target until it is resumed; what happens meanwhile waits."""
    with room.store.writing() as sql:
        target = _find(sql, name, hold=True)
        pause(target, time.time())
        told = _told(sql, room, target)
        _note(sql, user, "target.pause", name)
    return TargetView.model_validate(told)


@router.post("/{name}/resume", dependencies=[NO_QUERY])
def resume_target(name: Name, user: SystemAdmin, room: InRoom) -> TargetView:
    """Go on with a target at once, also where it was waiting to try again."""
    with room.store.writing() as sql:
        target = _find(sql, name, hold=True)
        resume(target)
        told = _told(sql, room, target)
        _note(sql, user, "target.resume", name)
    room.lanes.poke()
    return TargetView.model_validate(told)


@router.post("/{name}/secret", dependencies=[NO_QUERY])
def rotate_secret(name: Name, user: SystemAdmin, room: InRoom) -> SecretView:
    """Make a new signing secret for a webhook; for a week the former one signs as well."""
    with room.store.writing() as sql:
        target = _find(sql, name, hold=True)
        try:
            secret = rotate_signing(target, Seals(room.data_dir / "keys"), time.time())
        except WrongSecret as error:
            raise Problem(409, str(error), "not_possible") from None
        _note(sql, user, "target.rotate", name)
    return SecretView(signing_secret=secret)


@router.get("/{name}/dead")
def list_dead_letters(
    name: Name, query: Annotated[LettersQuery, Query()], _user: SystemAdmin, room: InRoom
) -> list[DeadLetterView]:
    """List the dead letters of a target, in the order of the events."""
    with room.store.reading() as sql:
        letters = dead_letters(sql, _find(sql, name), query.after, query.limit)
        rows = sql.execute(
            select(HistoryLine.id, Case.number, HistoryLine.seq, HistoryLine.action)
            .join(Case, Case.id == HistoryLine.case_id)
            .where(HistoryLine.id.in_([letter.line_id for letter in letters]))
        ).all()
        lines = {line_id: (number, seq, action) for line_id, number, seq, action in rows}
        told = [letter_view(letter, *lines[letter.line_id]) for letter in letters]
    return [DeadLetterView.model_validate(one) for one in told]


@router.post("/{name}/replay", dependencies=[NO_QUERY])
def replay_letters(name: Name, body: ReplayBody, user: SystemAdmin, room: InRoom) -> CountView:
    """Deliver dead letters again, those of a case in their order."""
    with room.store.writing() as sql:
        count = replay(sql, _find(sql, name, hold=True), body.case_id, time.time())
        _note(sql, user, "target.replay", name, {"letters": str(count)})
    room.lanes.poke()
    return CountView(count=count)


def _find(sql: Session, name: str, *, hold: bool = False) -> Target:
    try:
        return find_target(sql, name, hold=hold)
    except NoSuchTarget as error:
        raise Problem(404, str(error)) from None


def _told(sql: Session, room: Room, target: Target) -> dict[str, Any]:
    letters = count_letters(sql).get(target.id, (0, 0))
    parked = select(func.count()).where(
        PlatformChange.target == target.name, PlatformChange.outcome == "parked"
    )
    return target_view(target, last_line(room.store), letters, sql.scalar(parked) or 0)


def _note(
    sql: Session, user: User, action: str, name: str, more: dict[str, str] | None = None
) -> None:
    audit.write(sql, audit.Entry(time.time(), user.who, action, name, more=more or {}))
