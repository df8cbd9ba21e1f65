"""Looks at originals: somebody says which file and why, and may then see it for a while.

One look is one line of the register, however many parts of a film a browser asks for.
"""

import time
from dataclasses import dataclass

from sqlalchemy.orm import Session

from api.custody.register import Deed, Entry, write
from api.custody.tables import CustodyLine
from api.sign_in.logins import User

OPEN_S = 900.0
"""How long a look lasts: an officer goes back and forth in a film."""
PACKET = "packet.zip"
"""The name under which all of a packet is asked for."""


@dataclass(frozen=True, slots=True)
class Look:
    """Who saw which file of which case, when (UTC seconds) and why; `open` until `until_s`."""

    id: int
    at_s: float
    until_s: float
    actor: str
    via: str
    address: str
    file: str
    sha256: str
    reason: str


def begin_look(sql: Session, user: User, case_id: str, file: str, sha256: str, reason: str) -> Look:
    """Write a look down; `sha256` is of the file as it was sealed, or of the packet's manifest."""
    more = {"file": file, "sha256": sha256}
    entry = Entry(time.time(), user.who, Deed.LOOK, reason, case_id, more=more)
    return look_of(write(sql, entry))


def find_look(
    sql: Session, user: User, case_id: str, look_id: int, file: str, now_s: float
) -> Look | None:
    """The look that lets somebody see a file now, None where there is none, or it is over."""
    line = sql.get(CustodyLine, look_id)
    if line is None or (line.action, line.case_id) != (Deed.LOOK, case_id):
        return None
    look = look_of(line)
    is_open = line.actor == user.username and now_s < look.until_s
    return look if is_open and look.file == file else None


def look_of(line: CustodyLine) -> Look:
    """What a line of the register says of a look."""
    return Look(
        line.seq, line.at_s, line.at_s + OPEN_S, line.actor, line.via, line.address,
        line.more.get("file", ""), line.more.get("sha256", ""), line.reason,
    )  # fmt: skip
