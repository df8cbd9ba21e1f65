"""Find how a network is best run on this machine: engine, precision, threads, streams, batch."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from models.agreement import Agreement, agreement
from models.card import ModelCard
from models.detector import OnnxDetector
from models.machine import Machine
from models.trials import Runner, Timed, Trial, compare, fastest, plateau
from models.tuning import DEFAULT_BATCH, Setup
from vision.detections import Detections
from vision.frame import Image

LEAST_SHARE = 0.98
MOST_DIFFERENCE = 0.02
"""Of what float32 finds so much must be found again, with scores that differ so little."""

BATCHES = (1, 2, 4, 8, 16)

Open = Callable[[Setup], OnnxDetector]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Tried:
    """An engine in one precision: how well it agrees with the reference, and how fast it is."""

    trial: Trial
    agreement: Agreement

    @property
    def good(self) -> bool:
        """Whether it may be chosen."""
        seen = self.agreement
        return seen.share >= LEAST_SHARE and seen.score_difference <= MOST_DIFFERENCE


@dataclass(frozen=True, slots=True)
class TuningReport:
    """All that was measured of a network on a machine, and the setup that is best.

    Ratios are against `reference`, which ran in turn with every trial.
    """

    model: str
    identity: str
    machine: Machine
    reference: Setup
    precisions: tuple[Tried, ...]
    spreads: tuple[Trial, ...]
    batches: tuple[Trial, ...]
    not_tried: dict[str, str]
    chosen: Setup

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


class Tuner:
    """Measures one card's network with `open_`, on `images`, in `rounds` of `seconds` each."""

    def __init__(
        self,
        card: ModelCard,
        machine: Machine,
        images: Sequence[Image],
        open_: Open,
        tell: Tell,
        rounds: int = 5,
        seconds: float = 0.5,
    ) -> None:
        self._card, self._machine, self._images = card, machine, images
        self._open, self._tell = open_, tell
        self._rounds, self._seconds = rounds, seconds

    def tune(self, setups: Sequence[Setup], not_tried: dict[str, str]) -> TuningReport:
        """Try the `setups`, the reference first; then the threads and batches of the best.

        What does not start goes into `not_tried`. Raises what `open_` raises of the reference, and
        ValueError where the pictures show nothing to agree about.
        """
        reference = self._open(setups[0])
        plain = reference.detect(self._images)
        if not any(self._found(seen) for seen in plain):
            raise ValueError(
                f"{self._card.name} finds nothing in the {len(self._images)} pictures, so nothing "
                "tells whether a precision harms it; give others with --pictures"
            )
        runner = self._timed(reference, DEFAULT_BATCH)
        not_tried = dict(not_tried)
        tried = []
        for setup in setups:
            try:
                tried.append(self._try(setup, runner, plain))
            except ValueError as error:  # an engine that does not start
                not_tried[f"{setup.backend} {setup.precision}"] = str(error)
        best = fastest([one.trial for one in tried if one.good]).setup
        spreads = [self._trial(setup, runner) for setup in self._spreads(best)]
        best = fastest(spreads).setup
        batches = self._batches(best, runner)
        return TuningReport(
            self._card.name,
            self._card.identity,
            self._machine,
            setups[0],
            tuple(tried),
            tuple(spreads),
            tuple(batches),
            not_tried,
            plateau(batches).setup,
        )

    def _try(self, setup: Setup, reference: Runner, plain: Sequence[Detections]) -> Tried:
        detector = self._open(setup)
        # The other pictures calibrated it.
        rows = slice(1, None, 2) if setup.precision == "int8" else slice(None)
        found = detector.detect(self._images[rows])
        same = agreement(plain[rows], found, self._card.score_threshold)
        self._tell(
            f"{setup.backend} {setup.precision} finds {same.again} of {same.of} again and "
            f"{same.new} new; scores differ by {same.score_difference:.4f}"
        )
        runner = self._timed(detector, setup.max_batch)
        return Tried(self._compared(setup, runner, reference), same)

    def _spreads(self, best: Setup) -> list[Setup]:
        """The best engine with fewer threads, and with its threads on fewer pictures at once.

        As it was comes first, with a stream for each thread.
        """
        cores = self._machine.cores
        powers = {2**n for n in range(cores.bit_length()) if 2**n <= cores}
        threads = sorted({*powers, cores}, reverse=True)
        streams = [1] if best.backend != "openvino" else None
        return [
            replace(best, threads=n, streams=s)
            for n in (threads if best.backend in ("openvino", "onnxruntime") else [best.threads])
            for s in streams or sorted({1, -(-n // 2), n}, reverse=True)
        ]

    def _batches(self, best: Setup, reference: Runner) -> list[Trial]:
        """The best setup with batches of every size, all of them with one engine."""
        detector = self._open(replace(best, max_batch=max(BATCHES)))
        return [
            self._compared(replace(best, max_batch=n), self._timed(detector, n), reference)
            for n in BATCHES
        ]

    def _trial(self, setup: Setup, reference: Runner) -> Trial:
        return self._compared(setup, self._timed(self._open(setup), setup.max_batch), reference)

    def _compared(self, setup: Setup, runner: Runner, reference: Runner) -> Trial:
        trial = compare(setup, runner, reference, self._rounds, self._seconds)
        self._tell(
            f"{setup}: {trial.pictures_per_s:.1f} pictures/s ({trial.speed_ratio:.2f} times the "
            f"reference), {trial.core_ms:.1f} core-ms ({trial.core_ratio:.2f})"
        )
        return trial

    def _timed(self, detector: OnnxDetector, size: int) -> Runner:
        return Timed(self._card, detector.session, size, self._images)

    def _found(self, seen: Detections) -> bool:
        return bool((seen.score >= self._card.score_threshold).any())
