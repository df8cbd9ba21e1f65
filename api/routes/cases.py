"""The list of cases."""

import time
from typing import Annotated

from fastapi import APIRouter, Query

from api.cases.answers import CasePage
from api.cases.listing import CaseQuery, find_cases
from api.room import InRoom
from api.sign_in.security import CaseReader

router = APIRouter(prefix="/cases", tags=["cases"])


@router.get("")
def list_cases(query: Annotated[CaseQuery, Query()], _user: CaseReader, room: InRoom) -> CasePage:
    """List cases, a page at a time, the newest first unless told otherwise."""
    with room.store.reading() as sql:
        return find_cases(sql, query, time.time())
