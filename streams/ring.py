"""Frames in shared memory: one process writes, others look, no pixel is copied between them.

The writer alone knows which part of the memory is taken. It lends a part to its readers by
sending a `SlotRef` and takes it back when they release it, or when the loan is over because a
reader died. Before each picture stands its generation, so that a reader that comes too late sees
that the memory holds something else by now.
"""

import struct
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from typing import cast

import numpy as np
from numpy.typing import NDArray

from streams.messages import SlotRef
from vision.frame import Image, Picture, Planar

HEADER = struct.Struct("<QIII")
"""Generation, height and width in pixels, and whether the picture is planar."""
ALIGNMENT_BYTES = 64
"""Pictures start on a cache line."""
LOAN_S = 30.0
"""No reader needs a picture for longer; then it is taken back."""
LOAN_AFTER_LOSS_S = 3.0
"""What a reader that has died may still hold is taken back sooner."""


@dataclass(slots=True)
class _Loan:
    offset: int
    end: int
    generation: int
    due_s: float


class FrameRing:
    """The writer's side; belongs to one thread at a time.

    `size_bytes` of memory called `name`, made anew. Raises OSError where the machine has too
    little shared memory.
    """

    def __init__(self, name: str, size_bytes: int) -> None:
        remove_ring(name)
        self.name = name
        self.size_bytes = size_bytes
        self._memory = SharedMemory(name, create=True, size=size_bytes)
        self._loans: list[_Loan] = []  # in order of their offsets
        self._generation = 0

    def write(self, image: Picture, now_s: float) -> SlotRef | None:
        """Copy a picture in and lend it out; None when there is no room (`now_s` monotonic)."""
        self._expire(now_s)
        need = -(-(HEADER.size + image.nbytes) // ALIGNMENT_BYTES) * ALIGNMENT_BYTES
        found = self._gap(need)
        if found is None:
            return None
        row, offset = found
        self._generation += 1
        height, width = image.shape[:2]
        header = self._generation, height, width, isinstance(image, Planar)
        HEADER.pack_into(_bytes(self._memory), offset, *header)
        if isinstance(image, Planar):
            _planes(self._memory, offset, height, width)[:] = image.planes
        else:
            _pixels(self._memory, offset, height, width)[:] = image
        self._loans.insert(row, _Loan(offset, offset + need, self._generation, now_s + LOAN_S))
        return SlotRef(self.name, offset, self._generation)

    def release(self, slot: SlotRef) -> None:
        """Take a picture back; one that was taken back already does not matter."""
        self._loans = [loan for loan in self._loans if loan.generation != slot.generation]

    def is_lent(self, slot: SlotRef, now_s: float) -> bool:
        """Whether a picture has not been given back yet."""
        return any(x.generation == slot.generation and x.due_s > now_s for x in self._loans)

    def reader_lost(self, now_s: float) -> None:
        """Shorten all loans, as their reader may not be able to give them back."""
        for loan in self._loans:
            loan.due_s = min(loan.due_s, now_s + LOAN_AFTER_LOSS_S)

    @property
    def lent(self) -> int:
        """Pictures that are lent out."""
        return len(self._loans)

    def fits(self, image: Picture) -> bool:
        """Whether the picture would fit into the empty ring."""
        return HEADER.size + image.nbytes + ALIGNMENT_BYTES <= self.size_bytes

    def close(self) -> None:
        """Give the memory back to the machine."""
        self._memory.close()
        self._memory.unlink()

    def _expire(self, now_s: float) -> None:
        if any(loan.due_s <= now_s for loan in self._loans):
            self._loans = [loan for loan in self._loans if loan.due_s > now_s]

    def _gap(self, need: int) -> tuple[int, int] | None:
        """First gap of `need` bytes: where among the loans, and its offset."""
        start = 0
        for row, loan in enumerate(self._loans):
            if loan.offset - start >= need:
                return row, start
            start = loan.end
        return (len(self._loans), start) if self.size_bytes - start >= need else None


class RingReader:
    """The readers' side: opens the rings that slots name, as they come."""

    def __init__(self) -> None:
        self._memories: dict[str, SharedMemory] = {}
        self._leaving: list[SharedMemory] = []

    def view(self, slot: SlotRef) -> Picture | None:
        """The picture (H, W, 3) in place, not to be written to; None if it is not there any more.

        It stays what it is until the slot is released.
        """
        if self._leaving:
            self._let_go()
        memory = self._memory(slot.ring)
        if memory is None or not 0 <= slot.offset <= memory.size - HEADER.size:
            return None
        generation, height, width, is_planar = HEADER.unpack_from(_bytes(memory), slot.offset)
        if generation != slot.generation:
            return None
        if is_planar:
            planes = _planes(memory, slot.offset, height, width)
            planes.flags.writeable = False
            return Planar(planes)
        pixels = _pixels(memory, slot.offset, height, width)
        pixels.flags.writeable = False
        return pixels

    def forget(self, ring: str) -> None:
        """Let go of a ring, at the latest with the last view of it: its writer has made it anew."""
        memory = self._memories.pop(ring, None)
        if memory is not None:
            self._leaving.append(memory)
            self._let_go()

    def close(self) -> None:
        """Let go of all rings."""
        for ring in list(self._memories):
            self.forget(ring)

    def _let_go(self) -> None:
        self._leaving = [memory for memory in self._leaving if not _close(memory)]

    def _memory(self, ring: str) -> SharedMemory | None:
        if ring not in self._memories:
            try:
                self._memories[ring] = SharedMemory(ring)
            except FileNotFoundError:
                return None
        return self._memories[ring]


def remove_ring(name: str) -> None:
    """Remove what a killed writer has left behind."""
    try:
        left = SharedMemory(name)
    except FileNotFoundError:
        return
    left.close()
    left.unlink()


def _bytes(memory: SharedMemory) -> memoryview:
    return cast(memoryview, memory.buf)  # None only once it is closed


def _pixels(memory: SharedMemory, offset: int, height: int, width: int) -> Image:
    start = offset + HEADER.size
    flat = np.frombuffer(_bytes(memory), np.uint8, height * width * 3, start)
    return flat.reshape(height, width, 3)


def _planes(memory: SharedMemory, offset: int, height: int, width: int) -> NDArray[np.uint8]:
    rows = height * 3 // 2
    flat = np.frombuffer(_bytes(memory), np.uint8, rows * width, offset + HEADER.size)
    return flat.reshape(rows, width)


def _close(memory: SharedMemory) -> bool:
    """Close it, unless a picture of it is still looked at."""
    try:
        memory.close()
    except BufferError:
        return False
    return True
