"""Code tables as Excel sheets: exported, compared, imported."""

import threading
import time
from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Response
from pydantic import BaseModel, ConfigDict

from api import audit
from api.codes.files import plan_import, put_table
from api.codes.sheets import SheetProblem, read_sheet, write_sheet
from api.codes.tables import CodeBook, CodesError, load_codes
from api.http.problems import Problem, invalid
from api.room import InRoom, Room
from api.routes.refuse import NO_QUERY
from api.sign_in.security import AnyUser, SystemAdmin

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
router = APIRouter(prefix="/codes", tags=["codes"])
Scheme = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_TURN = threading.Lock()


class TableView(BaseModel):
    """A code table as it is in the data folder; `in_force` if this server works with it."""

    scheme: str
    version: str
    source: str
    codes: int
    in_force: bool


class ImportQuery(BaseModel):
    """Whether only to tell what would change."""

    model_config = ConfigDict(extra="forbid")

    dry_run: bool = False


class ImportView(BaseModel):
    """What changes, or would; it is in force when the server has been started again."""

    scheme: str
    version: str
    added: list[str]
    removed: list[str]
    changed: list[str]
    taken: bool


@router.get("", dependencies=[NO_QUERY])
def list_tables(_user: AnyUser, room: InRoom) -> list[TableView]:
    """List the code tables."""
    running = room.practice.book.tables
    return [
        TableView(
            scheme=table.scheme,
            version=table.version,
            source=table.source,
            codes=len(table.codes),
            in_force=running.get(table.scheme) == table,
        )
        for table in _book(room).tables.values()
    ]


@router.get(
    "/{scheme}.xlsx",
    dependencies=[NO_QUERY],
    response_class=Response,
    responses={200: {"content": {XLSX: {}}}},
)
def export_table(scheme: Scheme, _user: AnyUser, room: InRoom) -> Response:
    """Send a code table as an Excel file, as the import takes it."""
    table = _book(room).tables.get(scheme)
    if table is None:
        raise Problem(404, f"there is no code table {scheme!r}; /api/codes lists them")
    headers = {"Content-Disposition": f'attachment; filename="{scheme}-codes.xlsx"'}
    return Response(write_sheet(table), media_type=XLSX, headers=headers)


@router.post("/{scheme}.xlsx")
def import_table(
    scheme: Scheme,
    query: Annotated[ImportQuery, Query()],
    body: Annotated[bytes, Body(media_type="application/octet-stream")],
    user: SystemAdmin,
    room: InRoom,
) -> ImportView:
    """Take a code table from an Excel file, or, with `dry_run`, tell what that would change."""
    with _TURN:
        try:
            table = read_sheet(body)
            found = plan_import(_book(room), table, scheme)
            if found and not query.dry_run:
                put_table(room.data_dir, table)
        except SheetProblem as error:
            raise invalid([{"key": "", "message": one} for one in error.problems]) from None
        except CodesError as error:
            raise invalid([{"key": "", "message": str(error)}]) from None
    taken = bool(found) and not query.dry_run
    if taken:
        with room.store.writing() as sql:
            more = {"version": table.version}
            audit.write(sql, audit.Entry(time.time(), user.who, "codes.import", scheme, more=more))
    return ImportView(
        scheme=scheme,
        version=table.version,
        added=list(found.added),
        removed=list(found.removed),
        changed=list(found.changed),
        taken=taken,
    )


def _book(room: Room) -> CodeBook:
    """The tables as they are in the data folder now."""
    try:
        return load_codes(room.data_dir / "codes")
    except CodesError as error:
        raise Problem(409, f"the code tables cannot be read: {error}", "unreadable") from None
