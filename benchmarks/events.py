"""The whole way from a clip to raised violations, scored against what truly happened."""

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.event_data import Clip
from benchmarks.event_scoring import (
    Event,
    EventScore,
    Outcome,
    false_alarms,
    kinds,
    missed,
    score,
)
from streams.evidence.facts import ModelFacts
from streams.panel import Panel
from streams.replay import Line, Replay, ReplayResult

Play = Callable[[Clip], ReplayResult]
"""Replays one clip to its end."""

Progress = Callable[[int, int], None]
"""Called with the clips done and the clips in all."""


@dataclass(frozen=True, slots=True)
class EventReport:
    """Scores of one model on a folder of clips, and by clip name what went wrong."""

    model: str
    sha256: str
    clips: int
    media_s: float
    total: EventScore
    kinds: dict[str, EventScore]
    missed: dict[str, tuple[Event, ...]]
    false_alarms: dict[str, tuple[Event, ...]]
    problems: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for machines."""
        return asdict(self)


def player(panel: Panel, out: Path, start_at_s: float) -> Play:
    """Replay as `skyeye replay` does, with packets in `out`; every clip begins at `start_at_s`.

    The same time for all of them, so that permitted hours give the same answer tomorrow.
    """

    def play(clip: Clip) -> ReplayResult:
        folder = out / clip.path.name
        return Replay(clip.path, clip.camera, folder, panel, start_at_s).run()

    return play


def score_events(
    clips: Sequence[Clip], play: Play, model: ModelFacts, progress: Progress = lambda *_: None
) -> EventReport:
    """Replay every clip and score what was raised; raises whatever the replay raises."""
    outcomes: dict[str, Outcome] = {}
    problems: dict[str, str] = {}
    for clip in clips:
        result = play(clip)
        outcomes[clip.path.name] = _outcome(clip, result)
        if result.problem:
            problems[clip.path.name] = result.problem
        progress(len(outcomes), len(clips))
    every = tuple(outcomes.values())
    return EventReport(
        model.name,
        model.sha256,
        len(every),
        round(sum(outcome.media_s for outcome in every), 3),
        score(every),
        {kind: score(every, kind) for kind in kinds(every)},
        {name: lost for name, outcome in outcomes.items() if (lost := missed(outcome))},
        {name: false for name, outcome in outcomes.items() if (false := false_alarms(outcome))},
        problems,
    )


def _outcome(clip: Clip, result: ReplayResult) -> Outcome:
    """What stands at the end of the clip stood until then."""
    raised = tuple(_event(line, result.media_s) for line in result.violations)
    truth = tuple(
        dataclasses.replace(event, to_s=min(event.to_s, max(result.media_s, event.from_s)))
        for event in clip.truth
    )
    return Outcome(raised, truth, result.media_s)


def _event(line: Line, end_s: float) -> Event:
    x1, y1, x2, y2 = line["box_xyxy"]
    to_s = end_s if line["ended_s"] is None else line["ended_s"]
    return Event(line["kind"], line["zone"], (x1, y1, x2, y2), line["started_s"], to_s)
