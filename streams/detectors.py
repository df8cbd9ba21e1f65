"""The detectors of a site: what each is relied upon for, and which cameras need which."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from models.card import ModelCard, load_detector_card
from models.detector import Detector, open_detector
from streams.config import Camera, ConfigError, DetectorConfig
from vision.rules.kinds import KINDS

DetectorFactory = Callable[[], Detector]
"""Opens a detector in the process that will use it; must survive pickling."""


@dataclass(frozen=True, slots=True)
class DetectorSpec:
    """A detector that may be opened.

    `names` are the classes that it is relied upon for; `look_interval_s` seconds between its
    looks at a camera, None for every look; `card` is what has to be fetched before it is opened.
    """

    name: str
    names: tuple[str, ...]
    open: DetectorFactory
    look_interval_s: float | None = None
    card: ModelCard | None = None


def detector_specs(
    detectors: Iterable[DetectorConfig],
    backend: str = "auto",
    threads: int | None = None,
    max_batch: int | None = None,
) -> tuple[DetectorSpec, ...]:
    """The detectors of model cards; raises CardError for a card that is none."""
    specs = []
    for detector in detectors:
        card = load_detector_card(detector.model)
        opening = partial(
            open_detector,
            detector.model,
            backend,
            threads,
            max_batch,
            precision=detector.precision,
        )
        interval_s = detector.look_interval_s
        specs.append(DetectorSpec(card.name, card.names, opening, interval_s, card))
    names = [spec.name for spec in specs]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ConfigError(f"two detectors have the model card {twice[0]!r}; one will do")
    return shared_out(specs)


def shared_out(specs: Sequence[DetectorSpec]) -> tuple[DetectorSpec, ...]:
    """Rely for each class on the first detector that names it, so that nothing is seen twice."""
    taken: set[str] = set()
    shared = []
    for spec in specs:
        shared.append(replace(spec, names=tuple(n for n in spec.names if n not in taken)))
        taken.update(spec.names)
    return tuple(shared)


def needed_by(camera: Camera, names_of: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Which of the detectors, given with their classes, a camera's enabled rules need."""
    kinds = [KINDS[rule.kind] for rule in camera.rules if rule.enabled]
    wanted = frozenset[str]().union(*(kind.classes | kind.context for kind in kinds))
    return frozenset(name for name, names in names_of.items() if not wanted.isdisjoint(names))


def needed_specs(
    cameras: Iterable[Camera], specs: Sequence[DetectorSpec]
) -> tuple[DetectorSpec, ...]:
    """The detectors that some enabled camera needs; ConfigError for a rule that none serves."""
    cameras = [camera for camera in cameras if camera.enabled]
    check_cameras(cameras, specs)
    names_of = {spec.name: spec.names for spec in specs}
    needed = frozenset[str]().union(*(needed_by(camera, names_of) for camera in cameras))
    return tuple(spec for spec in specs if spec.name in needed)


def unmet(camera: Camera, names_of: Mapping[str, Collection[str]]) -> str | None:
    """Why a camera's rules cannot be judged with these detectors; None if they can."""
    for rule in camera.rules:
        classes = KINDS[rule.kind].classes
        if rule.enabled and all(classes.isdisjoint(names) for names in names_of.values()):
            cards = ", ".join(names_of) or "none"
            return (
                f"rule {rule.kind!r} looks for {', '.join(sorted(classes))}, which no detector of "
                f"the site names (model cards: {cards}); add one that does as [[detectors]] to "
                "site.toml, or switch the rule off"
            )
    return None


def check_cameras(cameras: Iterable[Camera], specs: Sequence[DetectorSpec]) -> None:
    """Raise ConfigError for the first rule of a camera that no detector serves."""
    names_of = {spec.name: spec.names for spec in specs}
    for camera in cameras:
        problem = unmet(camera, names_of) if camera.enabled else None
        if problem:
            raise ConfigError(f"camera {camera.id!r}: {problem}")
