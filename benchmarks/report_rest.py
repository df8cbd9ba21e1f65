"""Ledger, plates, camera health and speed, as Markdown."""

from typing import Any

from benchmarks.report_text import Result, number, percent, table


def ledger(results: list[Result]) -> str:
    """How often the same vehicle, a twin and another one are taken for the same."""
    return "\n".join(_ledger(result) for result in results)


def plates(results: list[Result]) -> str:
    """How many plates were read exactly, wrongly, or not at all."""
    rows = [
        (result.data, *(_count(result.value[key]) for key in ("exact", "wrong", "abstained")))
        for result in results
    ]
    note = (
        "*Wrong* is a confident reading that is not what the plate says; a plate that a person "
        "cannot read with certainty either is rightly *abstained*. Plates of `rendered` are drawn "
        "by the project: they tell where reading stops, not how often it succeeds on a street.\n\n"
    )
    main = table(("plates of", "exact", "wrong", "abstained"), rows)
    return "\n".join([note + main, *(_conditions(r) for r in results if "conditions" in r.value)])


def health(results: list[Result]) -> str:
    """By degradation and severity: what a detector still finds, and how much is not judged."""
    parts = []
    for result in results:
        value = result.value
        said = (
            f"Clips degraded step by step; recall is what {value['model']} still finds of what it "
            f"found before. Of {value['clean_looks']} clean looks "
            f"{percent(max(value['clean'].values(), default=None))} at most are refused in any "
            f"clip. Over all severities {percent(value['false'])} of the looks that show enough "
            f"are refused, and {percent(value['missed'])} of those that show too little are "
            "judged.\n"
        )
        rows = [
            (
                f"{line['condition']} {line['severity']:g}",
                percent(line["recall"], 0),
                percent(line["flagged"], 0),
            )
            for line in value["lines"]
        ]
        parts.append(f"{said}\n{table(('condition, severity', 'recall', 'not judged'), rows)}")
    return "\n".join(parts)


def throughput(results: list[Result]) -> str:
    """The network alone against the whole pipeline."""
    rows = []
    for result in results:
        value, cpu = result.value, result.record["hardware"]
        width, height = value["frame_wh"]
        machine = f"{value['threads']} threads of {cpu['cores']} cores, {cpu['cpu']}"
        what = f"{value['model']}, {value['backend']}, {width} × {height}, "
        what += f"{value['cameras']} cameras every {value['look_interval_s']:g} s"
        fps = [_median(value[key], 1) for key in ("raw_fps", "pipeline_fps")]
        rows.append((what, machine, *fps, _median(value["ratio"], 2)))
    return table(("what", "on", "network, frames/s", "pipeline, frames/s", "ratio"), rows)


def _conditions(result: Result) -> str:
    """Plates seen worse and worse: a row for each condition."""
    rows = (
        (name, *(str(counts[key]) for key in ("exact", "wrong", "abstained")))
        for name, counts in result.value["conditions"].items()
    )
    return table((f"plates of {result.data}", "exact", "wrong", "abstained"), rows)


def _ledger(result: Result) -> str:
    value = result.value
    vehicles = ", ".join(f"{count} of {name}" for name, count in value["vehicles"].items())
    rows = [
        (
            *(condition, FATES.get(fate, fate)),
            *(_rate(rates[key]) for key in ("recognised", "given_up")),
            str(rates["recognised"]["of"]),
        )
        for condition, fates in value["rates"].items()
        for fate, rates in fates.items()
    ]
    said = (
        f"Vehicles: {vehicles}; {value['trials']} mornings after, recognised from likeness "
        f"{value['same']:g} up. All sources together would choose {value['chosen']:g}.\n"
    )
    left = [
        (name, number(one["same"]), _rate(one["false_same"]), _rate(one["missed"]))
        for name, one in value.get("left_out", {}).items()
    ]
    heads = ("source left out", "threshold of the others", "others taken for it", "not recognised")
    after = f"\n{table(heads, left)}" if left else ""
    main = table(("condition", "next day", "recognised", "given up", "vehicles"), rows)
    return f"{said}\n{main}{after}"


FATES = {"same": "the same", "twin": "a twin in its place", "other": "another in its place"}


def _rate(rate: dict[str, Any]) -> str:
    return f"{percent(rate['rate'])} ({percent(rate['low'])} to {percent(rate['high'])})"


def _median(figure: dict[str, float] | None, digits: int) -> str:
    return number(None if figure is None else figure["median"], digits)


def _count(value: int | list[Any]) -> str:
    return str(value if isinstance(value, int) else len(value))
