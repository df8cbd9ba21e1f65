"""The words that cases are made of: violation kinds and reasons for a rejection."""

from fastapi import APIRouter
from pydantic import BaseModel

from api.routes.refuse import NO_QUERY
from api.sign_in.security import AnyUser
from api.workflow.words import REASONS
from vision.rules.kinds import KINDS, Kind

WATCHED_ZONE_KINDS = ("no_parking", "pavement")
"""Suggestions for a zone where something is forbidden; any other name will do."""
router = APIRouter(tags=["vocabulary"], dependencies=[NO_QUERY])


class TitleView(BaseModel):
    """A name to show."""

    zh: str
    en: str


class ConditionView(BaseModel):
    """Something that a person may see of the thing, and tell with a step: a fact, no verdict."""

    name: str
    title: TitleView


class KindView(BaseModel):
    """A violation kind: `zone_kinds` are those to choose from, `exempt_zone_kinds` excuse."""

    name: str
    title: TitleView
    zone_kinds: list[str]
    exempt_zone_kinds: list[str]
    dwell_s: float
    min_count: int
    grouped: bool
    conditions: list[ConditionView]
    code_newer: str
    code_older: str


class ReasonView(BaseModel):
    """Why a case is rejected."""

    id: str
    title: TitleView


@router.get("/kinds")
def list_kinds(_user: AnyUser) -> list[KindView]:
    """List the violation kinds that this release knows."""
    return [_view(kind) for kind in KINDS.values()]


@router.get("/reasons")
def list_reasons(_user: AnyUser) -> list[ReasonView]:
    """List the reasons for a rejection."""
    return [
        ReasonView(id=name, title=TitleView(zh=title.zh, en=title.en))
        for name, title in REASONS.items()
    ]


def _view(kind: Kind) -> KindView:
    exempt = sorted(kind.exempt_zone_kinds)
    return KindView(
        name=kind.name,
        title=TitleView(zh=kind.zh, en=kind.en),
        zone_kinds=[*WATCHED_ZONE_KINDS, *exempt],
        exempt_zone_kinds=exempt,
        dwell_s=kind.dwell_s,
        min_count=kind.min_count,
        grouped=kind.grouped,
        conditions=[
            ConditionView(name=one.name, title=TitleView(zh=one.zh, en=one.en))
            for one in kind.conditions
        ],
        code_newer=kind.code_newer,
        code_older=kind.code_older,
    )
