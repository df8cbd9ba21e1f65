"""Which waiting frames make the next batch: pure policy, no clock and no threads of its own."""

from streams.messages import FrameReady


class Batcher:
    """Keeps the newest waiting frame of each camera and decides when they are worth a run.

    `max_batch` frames at most make a run; a frame waits `max_wait_s` at most for company, and only
    for cameras that were heard from as lately.
    """

    def __init__(self, max_batch: int, max_wait_s: float) -> None:
        self.max_batch = max_batch
        self.max_wait_s = max_wait_s
        self._waiting: dict[str, tuple[float, FrameReady]] = {}
        self._heard_s: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def offer(self, frame: FrameReady, now_s: float) -> FrameReady | None:
        """Let a frame wait; returns the older one of the same camera that it replaces.

        The camera keeps its place in the queue, so that a fast one is not put off for ever.
        """
        since_s, older = self._waiting.get(frame.camera_id, (now_s, None))
        self._waiting[frame.camera_id] = (since_s, frame)
        self._heard_s[frame.camera_id] = now_s
        return older

    def is_complete(self, now_s: float) -> bool:
        """Whether no more frames fit in, or none is to be expected."""
        if len(self._waiting) >= self.max_batch:
            return True
        since_s = now_s - self.max_wait_s
        self._heard_s = {i: at_s for i, at_s in self._heard_s.items() if at_s > since_s}
        return bool(self._waiting) and self._waiting.keys() >= self._heard_s.keys()

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until a batch should be taken: 0 for at once, None when nothing waits."""
        if not self._waiting:
            return None
        if self.is_complete(now_s):
            return 0.0
        oldest_s = min(since_s for since_s, _ in self._waiting.values())
        return max(0.0, oldest_s + self.max_wait_s - now_s)

    def take(self) -> list[FrameReady]:
        """Remove and return the frames that have waited longest, `max_batch` at most."""
        by_age = sorted(self._waiting.items(), key=lambda item: item[1][0])
        batch = by_age[: self.max_batch]
        for camera_id, _ in batch:
            del self._waiting[camera_id]
        return [frame for _, (_, frame) in batch]

    def drop_ring(self, ring: str) -> None:
        """Forget the frames of a ring that is no more."""
        self._waiting = {i: w for i, w in self._waiting.items() if w[1].slot.ring != ring}
