"""All that is printed of a case, gathered from the store, the packets and their masked copies."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.cases.history import read_lines, verify_case
from api.custody.copies import Copies, MaskedPacket, NotMasked
from api.custody.masking_note import note_bytes
from api.evidence import Evidence, Sealed
from api.follow_up.tables import CaseLook, CaseSubject
from api.profiles.profile import ProfileResult, check_profile, profiles
from api.store.tables import Account, Case, HistoryLine
from api.workflow.history import ChainVerdict
from streams.evidence.anchor import FOLDER, last_anchor
from streams.evidence.manifest import Manifest, StillPart
from streams.evidence.verdict import Verdict

DEFAULT_TIMEZONE = "Asia/Shanghai"
MASKING_S = 20.0
"""So long an export waits for masked copies that are being made."""
LARGEST_PICTURE_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Picture:
    """A masked picture by its name in the export; where `data` is None, `problem` says why.

    `heads` and `plates` were found and hidden in it, `guessed` are parts hidden for safety.
    """

    name: str
    still: StillPart
    data: bytes | None
    problem: str = ""
    heads: int = 0
    plates: int = 0
    guessed: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """A line of the history; `actor` is the account's name to show."""

    line: HistoryLine
    actor: str


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case as it is exported.

    `note` tells how its pictures were masked, as a file; `anchor` is number and time of the newest
    time stamp over it.
    """

    case: Case
    sealed: Sealed
    zone: ZoneInfo
    verdict: Verdict
    pictures: tuple[Picture, ...]
    masked_by: str
    note: bytes
    profiles: tuple[ProfileResult, ...]
    steps: tuple[Step, ...]
    history: ChainVerdict
    anchor: tuple[int, float] | None
    subject: str

    @property
    def manifest(self) -> Manifest:
        """The manifest of the case's packet."""
        return self.sealed.manifest

    @property
    def as_of_s(self) -> float:
        """When the newest that is told of it happened, UTC seconds."""
        return max([self.case.raised_s, *(step.line.at_s for step in self.steps)])


def gather(sql: Session, evidence: Evidence, copies: Copies, case: Case, packets: Path) -> CaseFile:
    """Gather a case.

    Raises NotMasked where the masked copies are not all there: originals are never taken in their
    place; EvidenceError or PacketError where the packet is not there.
    """
    sealed = evidence.manifest(case.packet)
    masked = copies.packet(case.packet, sealed, wait_s=MASKING_S)
    pictures = _pictures(masked, sealed, "")
    looks = select(CaseLook).where(CaseLook.case_id == case.id).order_by(CaseLook.round)
    for look in sql.scalars(looks):
        if look.packet:
            again = evidence.manifest(look.packet)
            shown = copies.packet(look.packet, again, wait_s=MASKING_S)
            pictures += _pictures(shown, again, f"look-{look.round}-")
    lines = read_lines(sql, case.id)
    names = dict(sql.execute(select(Account.username, Account.display_name)).all())
    manifest, subject = sealed.manifest, sql.get(CaseSubject, case.id)
    return CaseFile(
        case=case,
        sealed=sealed,
        zone=_zone(manifest.clock.timezone),
        verdict=evidence.verify(case.packet, case.manifest_sha256),
        pictures=tuple(pictures),
        masked_by=masked.note.maker,
        note=note_bytes(masked.note),
        profiles=tuple(check_profile(profile, manifest) for profile in profiles()),
        steps=tuple(Step(line, _shown(line.actor, names)) for line in lines),
        history=verify_case(case, lines),
        anchor=_anchor(packets, manifest),
        subject=subject.subject if subject else "",
    )


def _zone(name: str) -> ZoneInfo:
    """The zone of a packet; that of a manifest that was tampered with may be none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(DEFAULT_TIMEZONE)


def _shown(actor: str, names: dict[str, str]) -> str:
    """An account's name with its user name; what is not of an account as it is."""
    name = names.get(actor)
    return f"{name}（{actor}）" if name and name != actor else actor


def _pictures(masked: MaskedPacket, sealed: Sealed, prefix: str) -> list[Picture]:
    stills = sorted(sealed.manifest.stills.items(), key=lambda item: item[1].taken_s)
    return [_picture(masked, name, still, prefix) for name, still in stills]


def _picture(masked: MaskedPacket, name: str, still: StillPart, prefix: str) -> Picture:
    """The copy of a picture, if it is the one that the masking made."""
    shown = f"{prefix}{Path(name).stem}.jpg"
    copy = masked.note.files.get(name)
    if copy is None or copy.file is None:
        reason = copy.withheld if copy else "it was not masked"
        return Picture(shown, still, None, f"未随附：不能遮盖（{reason}）")
    try:
        with masked.open(name) as file:
            data = _read(file)
    except NotMasked:
        raise
    except OSError as error:
        return Picture(shown, still, None, f"遮盖副本无法读取（{error}）")
    if hashlib.sha256(data).hexdigest() != copy.sha256:
        return Picture(shown, still, None, "遮盖副本已损坏，未随附")
    return Picture(shown, still, data, "", copy.heads, copy.plates, copy.guessed)


def _read(file: IO[bytes]) -> bytes:
    return file.read(LARGEST_PICTURE_BYTES)


def _anchor(packets: Path, manifest: Manifest) -> tuple[int, float] | None:
    """Number and time of the newest stamp that a packet is under; None where there is none."""
    last = last_anchor(packets / FOLDER)
    if last is None or last.head is None or last.stamp is None or manifest.chain is None:
        return None
    if last.head.chain != manifest.chain.id or last.head.sequence < manifest.chain.sequence:
        return None
    return last.head.sequence, last.stamp.at_s
