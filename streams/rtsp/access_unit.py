"""Puts the NAL units of one picture together: an access unit as decoders and files take it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

START_CODE = b"\x00\x00\x00\x01"
LARGEST_BYTES = 8 * 2**20
"""No picture of a camera is larger; one that is counts as damaged."""
PART_BYTES = 64
"""What each part takes beside its bytes."""
RECOVERY_POINT = 6
"""Payload type of that message (H.264, D.1.1; H.265, D.2.1)."""
LARGEST_PARAMETERS_BYTES = 64 * 2**10


class AccessUnit(NamedTuple):
    """One picture in Annex B form; `ticks` of the media clock, 64 bits, from any beginning."""

    data: bytes
    ticks: int
    is_key: bool


@dataclass(frozen=True, slots=True)
class NalSyntax:
    """What the numbers of NAL unit types mean in one codec."""

    codec: str
    header_bytes: int
    shift: int
    mask: int
    pictures: frozenset[int]
    keys: frozenset[int]
    parameters: tuple[int, ...]
    """In the order in which a decoder needs them."""
    delimiter: int
    information: int
    """Supplemental enhancement information that comes before a picture."""

    def kind(self, first_byte: int) -> int:
        """Type of the NAL unit that begins with this byte."""
        return first_byte >> self.shift & self.mask


class Assembler:
    """Takes NAL units whole or in fragments; `finish` gives the picture that they make.

    `parts` may be added to (and `grow` told) by who takes packets apart: a call for each would be
    dear.
    """

    def __init__(self, syntax: NalSyntax, parameter_sets: Iterable[bytes] = ()) -> None:
        self.syntax = syntax
        self.parts: list[bytes | bytearray] = []
        self.size_bytes = 0
        self.is_open = False
        """Whether a fragmented NAL unit has begun and not ended."""
        self.middle = b""
        """How the payload of a packet begins that goes on with it, and does not end it."""
        self.is_damaged = False
        self._starts: list[tuple[int, int]] = []
        self._known: dict[int, list[bytes]] = {}
        for unit in parameter_sets:
            self._known.setdefault(syntax.kind(unit[0]), []).append(unit)
        self.has_recovery_point = False
        """Whether a decoder that begins here shows sound pictures after a while."""

    def unit(self, nal: bytearray) -> None:
        """A whole NAL unit."""
        if len(nal) <= self.syntax.header_bytes:
            return
        kind = self.syntax.kind(nal[0])
        self._begin(kind)
        self.is_open = False
        self._add(nal)
        if kind == self.syntax.information and nal[self.syntax.header_bytes] == RECOVERY_POINT:
            self.has_recovery_point = True

    def first_fragment(self, header: bytes, payload: bytearray, middle: bytes) -> None:
        """A NAL unit begins; `header` is put together from that of the fragment."""
        self.middle = middle
        self._begin(self.syntax.kind(header[0]))
        self.parts.append(header)
        self.is_open = True
        self._add(payload)

    def next_fragment(self, payload: bytearray, *, is_last: bool) -> None:
        """It goes on, or nothing did begin."""
        if not self.is_open:
            self.is_damaged = True
            return
        self.is_open = not is_last
        self._add(payload)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be missing."""
        return not (self.is_open or self.is_damaged)

    @property
    def sequence_sets(self) -> list[bytes]:
        """The sequence parameter sets that hold now: another means another kind of picture."""
        return self._known.get(self.syntax.parameters[-2], [])

    def finish(self, ticks: int) -> AccessUnit | None:
        """The picture that came, if it is whole; None if only other things came."""
        kinds = {kind for kind, _ in self._starts}
        self._learn(kinds)
        if not kinds & self.syntax.pictures:
            self.clear()
            return None
        # Without its parameter sets a decoder can begin nowhere.
        is_key = bool(kinds & self.syntax.keys) and self._known.keys() >= {*self.syntax.parameters}
        if is_key and not kinds.issuperset(self.syntax.parameters):
            self._put_parameters()
        data = b"".join(self.parts)
        self.clear()
        return AccessUnit(data, ticks, is_key)

    def with_parameters(self, unit: AccessUnit) -> AccessUnit:
        """A picture at which a decoder can begin, though it is no key picture by its type."""
        return AccessUnit(self._parameters() + unit.data, unit.ticks, is_key=True)

    def grow(self, size_bytes: int) -> None:
        """So many bytes were added; a picture that is too large is let go of, as damaged."""
        self.size_bytes += size_bytes
        if self.size_bytes > LARGEST_BYTES:
            self.clear()
            self.is_damaged = True

    def clear(self) -> None:
        """Forget what came of the picture."""
        self.parts.clear()
        self._starts.clear()
        self.size_bytes = 0
        self.is_open = self.is_damaged = self.has_recovery_point = False

    def _begin(self, kind: int) -> None:
        if self.is_open:  # the end of the one before is missing
            self.is_damaged = True
        self._starts.append((kind, len(self.parts)))
        self.parts.append(START_CODE)

    def _add(self, payload: bytearray) -> None:
        self.parts.append(payload)
        self.grow(len(payload) + PART_BYTES)

    def _learn(self, kinds: set[int]) -> None:
        """Remember the parameter sets that came with this picture."""
        for kind in kinds.intersection(self.syntax.parameters):
            units = [unit for k, unit in self._units() if k == kind]
            if sum(map(len, units)) <= LARGEST_PARAMETERS_BYTES:
                self._known[kind] = units

    def _units(self) -> Iterable[tuple[int, bytes]]:
        ends = [start for _, start in self._starts[1:]] + [len(self.parts)]
        for (kind, start), end in zip(self._starts, ends, strict=True):
            if kind in self.syntax.parameters:
                yield kind, b"".join(self.parts[start + 1 : end])

    def _put_parameters(self) -> None:
        """Put all of them before the picture, behind the delimiter if there is one."""
        starts = self._starts
        has_delimiter = starts[0][0] == self.syntax.delimiter
        at = (starts[1][1] if len(starts) > 1 else len(self.parts)) if has_delimiter else 0
        self.parts.insert(at, self._parameters())

    def _parameters(self) -> bytes:
        units = [unit for kind in self.syntax.parameters for unit in self._known.get(kind, [])]
        return b"".join(START_CODE + unit for unit in units)
