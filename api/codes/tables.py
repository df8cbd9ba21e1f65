"""Case codes in the families of code tables, with limit and department for each violation kind."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, model_validator

from api.calendars.deadlines import Limit, Unit
from api.cases.numbers import check_template
from api.toml_files import Part, find_files, read_file

SHIPPED = Path(__file__).parent
TwoDigits = Annotated[str, Field(pattern=r"^\d\d$")]


class CodesError(ValueError):
    """The code tables cannot be used; the message names file and key."""


class LimitPart(Part):
    """An amount of time."""

    amount: float = Field(gt=0, lt=10_000)
    unit: Unit

    def limit(self) -> Limit:
        """The limit that it means."""
        return Limit(self.amount, self.unit)


class CodePart(Part):
    """A code; `unconfirmed` says what of it was inferred."""

    kind: str
    variant: str = ""
    class_: TwoDigits = Field(alias="class")
    minor: TwoDigits
    zh: str
    en: str
    limit: LimitPart
    department: str
    unconfirmed: tuple[Literal["code", "limit", "department"], ...] = ()


class CodeFile(Part):
    """A table of codes."""

    scheme: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    version: str
    source: str
    codes: list[CodePart]

    @model_validator(mode="after")
    def _each_once(self) -> "CodeFile":
        for what in ("codes", "kinds"):
            keys = [
                (c.class_, c.minor) if what == "codes" else (c.kind, c.variant) for c in self.codes
            ]
            if twice := [key for key in keys if keys.count(key) > 1]:
                raise ValueError(f"{'-'.join(twice[0])} is there twice")
        return self


class StepsPart(Part):
    """By when each step is to be taken; `handling` where no code says so."""

    filing: LimitPart
    dispatching: LimitPart
    handling: LimitPart
    checking: LimitPart


class PracticeFile(Part):
    """How an office works with the tables."""

    schemes: list[str] = Field(min_length=1)
    number: str
    district: str = Field(pattern=r"^[0-9A-Za-z-]{0,20}$")
    steps: StepsPart

    @model_validator(mode="after")
    def _numbered(self) -> "PracticeFile":
        check_template(self.number)
        return self


@dataclass(frozen=True, slots=True)
class Code:
    """A code as it is in force: scheme, its version, and what the table says."""

    scheme: str
    version: str
    part: CodePart

    @property
    def text(self) -> str:
        """The code as it is written, like 04-09."""
        return f"{self.part.class_}-{self.part.minor}"


@dataclass(frozen=True, slots=True)
class CodeBook:
    """All tables by scheme, and the practice that chooses among them."""

    tables: Mapping[str, CodeFile]
    practice: PracticeFile

    def find(self, kind: str, variant: str = "") -> Code | None:
        """The code of a kind in the first scheme that has one."""
        for scheme in self.practice.schemes:
            if found := self.find_in(scheme, kind, variant):
                return found
        return None

    def find_in(self, scheme: str, kind: str, variant: str = "") -> Code | None:
        """The code of a kind in one scheme."""
        table = self.tables[scheme]
        for part in table.codes:
            if (part.kind, part.variant) == (kind, variant):
                return Code(scheme, table.version, part)
        return None

    def handling_limit(self, kind: str) -> Limit:
        """By when a case of a kind is to be handled."""
        code = self.find(kind)
        return (code.part.limit if code else self.practice.steps.handling).limit()


def load_codes(folder: Path | None = None) -> CodeBook:
    """Read the shipped tables; files of the same name in `folder` go before them.

    Raises CodesError.
    """
    files = find_files(SHIPPED, folder)
    try:
        practice = read_file(files.pop("practice.toml"), PracticeFile)
        tables = [read_file(file, CodeFile) for file in files.values()]
        by_scheme = {table.scheme: table for table in tables}
        if len(by_scheme) < len(tables):
            raise ValueError("two files are of the same scheme")
        if strangers := set(practice.schemes) - set(by_scheme):
            raise ValueError(f"practice.toml: there is no table {min(strangers)!r}")
    except ValueError as error:
        raise CodesError(str(error)) from error
    return CodeBook(by_scheme, practice)
