"""What is said of the masked copies of a packet: `masking.json`, format `skyeye.masked/1`."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from streams.evidence.manifest import FileName, Sha256

NOTE_NAME = "masking.json"
LARGEST_NOTE_BYTES = 1024 * 1024


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class MaskedFile(_Part):
    """A masked copy of a file of the packet: `source_sha256` is the original's hash.

    `heads` and `plates` were found and hidden, `guessed` are parts of vehicles that were hidden as
    a plate may be there, `kept` the subject's own plate left to be seen; of a clip they are those
    of the picture that has most. With `withheld` there is no copy, for that reason, and no `file`.
    """

    source_sha256: Sha256
    file: FileName | None = None
    sha256: Sha256 | None = None
    bytes: Annotated[int, Field(ge=0)] = 0
    media_type: str = ""
    heads: Annotated[int, Field(ge=0)] = 0
    plates: Annotated[int, Field(ge=0)] = 0
    guessed: Annotated[int, Field(ge=0)] = 0
    kept: Annotated[int, Field(ge=0)] = 0
    withheld: str = ""


class MaskingNote(_Part):
    """Which packet was masked, when (UTC seconds), by which networks, and every file.

    `whole` says that nothing is still to be made.
    """

    format: Literal["skyeye.masked/1"] = "skyeye.masked/1"
    manifest_sha256: Sha256
    keeps_plate: bool
    models: dict[str, Sha256]
    software: str
    made_s: float
    whole: bool = False
    files: dict[FileName, MaskedFile] = {}

    @property
    def maker(self) -> str:
        """The networks and the program, for a person to read."""
        return f"{' + '.join(self.models)}, Skyeye {self.software}"


def parse_note(data: bytes) -> MaskingNote | None:
    """Read a note; None for what is none."""
    try:
        return MaskingNote.model_validate_json(data)
    except ValidationError:
        return None


def note_bytes(note: MaskingNote) -> bytes:
    """The bytes of a note's file."""
    return (note.model_dump_json(indent=1) + "\n").encode()
