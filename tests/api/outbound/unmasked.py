"""Stands for the masked copies: the originals, as masking is tested elsewhere and takes long."""

from dataclasses import dataclass
from typing import IO

from api.custody.copies import NotMasked
from api.evidence import Evidence, Sealed


@dataclass
class Unmasked:
    """See `api.outbound.photos.Masking`; `problem` is raised as long as there is one."""

    evidence: Evidence
    problem: NotMasked | None = None
    _packet: str = ""

    def packet(self, packet: str, _sealed: Sealed) -> "Unmasked":
        if self.problem and not self.problem.is_withheld:
            raise self.problem
        return Unmasked(self.evidence, self.problem, packet)

    def open(self, name: str) -> IO[bytes]:
        if self.problem:
            raise self.problem
        return self.evidence.open(self._packet, name)
