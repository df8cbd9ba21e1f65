"""What the brain makes of it, as Markdown: cases against events."""

from typing import Any

from benchmarks.report_text import DASH, Result, number, percent, table

SAID = (
    "Rendered scenes with known truth ([scenes.md](scenes.md)); detections come from the truth, "
    "with misses, jitter and false boxes: this measures the brain, not the detectors. *In time*: "
    "the start is right to one look and two seconds; *unseen* are those of the late ones that are "
    "right from the first look in which a quarter of the thing was in sight. *S4* is AI City's, "
    "for comparison.\n"
)


CALM = (
    "Days in which nothing is an event, so that all that was raised is a false alarm; *at most*: "
    "the rate that such a count exceeds in 95 % of cases (Poisson).\n"
)


def scenes(results: list[Result]) -> str:
    """A table for each run: one row a kind; then the conditions and what went wrong."""
    return "\n".join([SAID, *(_calm(r) if "calm" in r.value else _scenes(r) for r in results)])


def ablations(results: list[Result]) -> str:
    """F1 and false alarms of each run with a piece switched off."""
    rows = []
    for result in results:
        off, every_s = ", ".join(result.value["without"]), result.value.get("look_interval_s")
        pace = "" if every_s is None else f", looks every {every_s:g} s"
        rows += [
            (
                *(off, f"{kind}{pace}", number(s["f1"], 3)),
                *(str(s["truth"] - s["matched"]), str(s["doubled"])),
                *(number(s["false_alarms_per_camera_day"]), number(s["start_p95_s"], 1)),
                *(percent(s["start_within"]), str(s["truth"]), str(result.value["seeds"])),
            )
            for kind, s in result.value["kinds"].items()
        ]
    heads = ("without", "kind", "F1", "missed", "doubled", "false / camera-day", "start p95, s")
    return table((*heads, "in time", "true", "scenes"), rows)


def clips(results: list[Result]) -> str:
    """A row for each kind on each set of clips."""
    rows = []
    for result in results:
        kinds = result.value["kinds"] | {"all": result.value["total"]}
        hours = result.value["media_s"] / 3600
        where = f"{result.data}: {result.value['clips']} clips, {hours:.2f} h"
        rows += [(result.value["model"], where, kind, *_clip(s)) for kind, s in kinds.items()]
    heads = ("model", "clips", "kind", "true", "raised", "right", "F1", "worst start error, s")
    return table((*heads, "false / camera-hour"), rows)


def _calm(result: Result) -> str:
    """A row for each kind, and the false alarms themselves."""
    value = result.value
    rows = [
        (
            *(kind, f"{value['camera_days']:.0f}", percent(value["coverage"]), str(s["count"])),
            *(str(s["at_night"]), number(s["per_camera_day"], 3), number(s["at_most"], 3)),
        )
        for kind, s in value["calm"].items()
    ]
    heads = ("kind", "camera-days", "coverage", "false", "at night", "false / camera-day")
    title = f"{value['seeds']} days without an event (`{result.name}`)\n"
    return "\n".join([title, CALM, table((*heads, "at most"), rows), _wrong(value)])


def _scenes(result: Result) -> str:
    value = result.value
    rows = []
    for kind, s in value["kinds"].items():
        cells = [
            *(f"{s['camera_days']:.1f}", str(s["truth"]), str(s["raised"])),
            *(number(s[key], 3) for key in ("precision", "recall", "f1")),
            *(str(s["doubled"]), number(s["false_alarms_per_camera_day"])),
            *(number(s["start_median_s"], 1), number(s["start_p95_s"], 1)),
            *(percent(s["start_within"]), _late(s), percent(s["coverage"]), number(s["s4"], 3)),
        ]
        rows.append((kind, *cells))
    heads = (
        *("kind", "camera-days", "true", "raised", "precision", "recall", "F1", "doubled"),
        *("false / camera-day", "start error, median s", "p95 s", "in time", "late (unseen)"),
        *("coverage", "S4"),
    )
    every_s = value.get("look_interval_s")
    pace = "" if every_s is None else f", looks every {every_s:g} s"
    title = f"{value['seeds']} scenes of each kind{pace} (`{result.name}`)\n"
    return "\n".join([title, table(heads, rows), _conditions(value), _wrong(value)])


def _conditions(value: dict[str, Any]) -> str:
    """F1 by condition, with the number of events."""
    names = list(dict.fromkeys(name for by in value["conditions"].values() for name in by))
    rows = [
        (kind, *(_f1(by.get(name)) for name in names)) for kind, by in value["conditions"].items()
    ]
    return table(("F1 (events)", *names), rows)


def _wrong(value: dict[str, Any]) -> str:
    """What went wrong, a line each."""
    lines = [
        f"- {w['what']}: {w['kind']}, seed {w['seed']}, {w['zone']}, {w['from_s']:g} to "
        f"{w['to_s']:g} s"
        for w in value["wrong"]
    ]
    return "\n".join(["What went wrong:", "", *lines]) + "\n" if lines else "Nothing went wrong.\n"


def _late(score: dict[str, Any]) -> str:
    """How many starts are not in time, and of how many things nothing could be seen at first."""
    return f"{score['late']} ({score['late_unseen']})" if "late" in score else DASH


def _f1(score: dict[str, Any] | None) -> str:
    return DASH if score is None else f"{number(score['f1'], 3)} ({score['truth']})"


def _clip(s: dict[str, Any]) -> tuple[str, ...]:
    worst = s["start_error"]["max_abs_s"] if s["start_error"] else None
    counts = (str(s["truth"]), str(s["raised"]), str(s["matched"]))
    hourly = number(s["false_alarms_per_camera_hour"], 1)
    return (*counts, number(s["f1"], 3), number(worst, 1), hourly)
