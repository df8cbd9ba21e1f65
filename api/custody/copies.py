"""The masked copies of the packets: what of them there is, and how to have them made.

`Copies.packet(...)` is what exports take: it has a copy of every file, or says why there is none.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from api.custody.mask_desk import MaskDesk
from api.custody.masking import Job
from api.custody.masking_note import (
    LARGEST_NOTE_BYTES,
    NOTE_NAME,
    MaskedFile,
    MaskingNote,
    parse_note,
)
from api.evidence import Evidence, EvidenceError, Sealed, check_packet_name, open_file

FOLDER = "viewing"
OWN_PLATE, NO_PLATE = "own_plate", "no_plate"


class NotMasked(EvidenceError):  # noqa: N818 - it is an answer rather than an error
    """There is no masked copy; `later`: there will be one, so ask again in a moment.

    `is_withheld`: there will be none, as the file has none that could be shown.
    """

    def __init__(self, message: str, *, later: bool = False, is_withheld: bool = False) -> None:
        super().__init__(message)
        self.later, self.is_withheld = later, is_withheld


@dataclass(frozen=True, slots=True)
class MaskedPacket:
    """The copies of a packet, `note` telling of each file how it was masked."""

    note: MaskingNote
    folder: Path

    def open(self, name: str) -> IO[bytes]:
        """Open the copy of a file, by its name in the packet; raises NotMasked."""
        copy = self.note.files.get(name)
        if copy is None:
            raise NotMasked(f"{name} is being masked", later=True)
        if copy.file is None:
            raise NotMasked(f"{name} is not shown: {copy.withheld}", is_withheld=True)
        return open_file(self.folder / copy.file)


class Copies:
    """The masked copies below `root`, of packets that `evidence` has; `desk` makes them."""

    def __init__(self, root: Path, evidence: Evidence, desk: MaskDesk) -> None:
        self._root, self._evidence, self._desk = root, evidence, desk

    def folder(self, packet: str) -> Path:
        """Where all copies of a packet are."""
        return self._root / check_packet_name(packet)

    def packet(
        self, packet: str, sealed: Sealed, *, keep_plate: bool = True, wait_s: float = 0.0
    ) -> MaskedPacket:
        """All copies of a packet, for which up to `wait_s` seconds are waited.

        Raises NotMasked where they are not all there by then, EvidenceError where the packet is
        not there.
        """
        job = self._job(packet, keep_plate)

        def over() -> bool:
            note = self._note(job, sealed)
            return (note is not None and note.whole) or self._desk.problem(job) is not None

        if not over():
            self._desk.want(job)
            self._desk.wait(over, wait_s)
        note = self._note(job, sealed)
        if note is None or not note.whole:
            raise self._absent(job)
        return MaskedPacket(note, job.copies)

    def file(
        self, packet: str, sealed: Sealed, name: str, *, keep_plate: bool = True
    ) -> tuple[MaskedFile, IO[bytes]]:
        """The copy of one file, open; it is put in hand where it is not there yet.

        Raises NotMasked, or EvidenceError where the packet or the file is not there.
        """
        job = self._job(packet, keep_plate)
        note = self._note(job, sealed)
        copy = note.files.get(name) if note else None
        if note is None or copy is None:
            if self._desk.problem(job) is None:
                self._desk.want(replace(job, stills_only=name in sealed.manifest.stills))
            raise self._absent(job)
        return copy, MaskedPacket(note, job.copies).open(name)

    def state(self, packet: str, sealed: Sealed) -> tuple[MaskingNote | None, str | None]:
        """What there is of the copies that are shown, and what keeps them from being made.

        They are put in hand where nothing does.
        """
        job = self._job(packet, keep_plate=True)
        note = self._note(job, sealed)
        if note is not None and note.whole:
            return note, None
        problem = self._desk.problem(job)
        if problem is None:
            self._desk.want(job, urgent=False)
            if note is None or sealed.manifest.stills.keys() - note.files.keys():
                self._desk.want(replace(job, stills_only=True))
        return note, problem

    def make_ahead(self, packet: str) -> None:
        """Have a packet's pictures masked when nothing else is to be done, before anybody looks.

        Its clips take a hundred times as long, and are masked when somebody opens the case.
        """
        job = self._job(packet, keep_plate=True)
        self._desk.want(replace(job, stills_only=True), urgent=False)

    def _job(self, packet: str, keep_plate: bool) -> Job:
        variant = OWN_PLATE if keep_plate else NO_PLATE
        return Job(self._evidence.folder(packet), self.folder(packet) / variant, keep_plate)

    def _note(self, job: Job, sealed: Sealed) -> MaskingNote | None:
        """The note of the copies, if they are of this very packet."""
        try:
            with open_file(job.copies / NOTE_NAME) as file:
                note = parse_note(file.read(LARGEST_NOTE_BYTES))
        except EvidenceError:
            return None
        return note if note is not None and note.manifest_sha256 == sealed.sha256 else None

    def _absent(self, job: Job) -> NotMasked:
        problem = self._desk.problem(job)
        if problem is not None:
            return NotMasked(
                f"there is no masked copy, so nothing is shown: {problem}", later=False
            )
        return NotMasked("its masked copy is being made; ask again in a moment", later=True)
