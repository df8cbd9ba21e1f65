"""What the detectors find in pictures, as Markdown."""

from collections import Counter
from statistics import mean
from typing import Any

from benchmarks.report_text import DASH, SHORT, Result, number, spread, table


def operating(results: list[Result]) -> str:
    """A table for each model and data set that has operating points."""
    return "\n".join(_points(result) for result in results)


def tries(results: list[Result]) -> str:
    """What each try gave, by class."""
    parts = []
    for result in results:
        rows = result.value["tries"]
        names = list(dict.fromkeys(name for row in rows for name in row["ap"]))
        cells = [(row["what"], *(number(row["ap"].get(name)) for name in names)) for row in rows]
        said = result.value.get("what") or "Average precision by class, image by image."
        parts.append(f"{said}\n\n{table(('tried', *map(_plain, names)), cells)}")
    return "\n".join(parts)


def detection(results: list[Result]) -> str:
    """Means over classes, a row a model."""
    rows = []
    for r in results:
        scores = [s for s in r.value["classes"].values() if s["ap50"] is not None]
        means = [number(_mean(scores, key)) for key in KEYS]
        images, labels = r.value["images"], sum(s["instances"] for s in r.value["classes"].values())
        model = r.value["model"] + (f", {r.precision}" if r.precision != "f32" else "")
        rows.append((model, r.data, str(images), str(labels), *means))
    heads = ("model", "pictures of", "pictures", "labels", "AP50", "AP50-95", "precision", "recall")
    note = "Means over the classes that have labels; boxes match at IoU 0.5.\n\n"
    return note + table(heads, sorted(rows, key=lambda row: (row[1], row[0])))


KEYS = ("ap50", "ap50_95", "precision", "recall")


def stills(results: list[Result]) -> str:
    """How many cases pictures raised, and every one that nobody confirms."""
    return "\n".join(_stills(result) for result in results)


def _points(result: Result) -> str:
    value = result.value
    rows = [
        (
            f"{_plain(name)}{'*' if p['few'] else ''}",
            f"{p['threshold']:g}",
            _counted(p),
            *(_estimate(p[key]) for key in ("image_ap", "ap30", "ap50")),
            *(_share(p[key]) for key in ("precision", "recall", "image_precision", "image_recall")),
        )
        for name, p in value["operating"].items()
    ]
    heads = (
        *("class", "from score", "pictures (sources)", "image AP", "box AP30", "box AP50"),
        *("box precision", "box recall", "picture precision", "picture recall"),
    )
    from_sources = f" from {value['sources']} sources" if value.get("sources") else ""
    said = f"**{value['model']}** ({value['sha256'][:SHORT]}) on the {value['images']} pictures of "
    said += f"*{result.data}*{from_sources}."
    note = f" {value['note']}" if value.get("note") else ""
    boxes = " Boxes match at IoU 0.3 where nothing else is said."
    return f"{said}{note}{boxes}\n\n{table(heads, rows)}"


def _stills(result: Result) -> str:
    value = result.value
    rows = []
    for folder, cases in value["cases"].items():
        verdicts = Counter(case["verdict"] for case in cases)
        counts = (value["pictures"][folder], value["judged"][folder], len(cases))
        person = sum(c["verdict"] == "right" and c["by"] == "person" for c in cases)
        told = (verdicts["right"] - person, person, verdicts["false"], verdicts["look"])
        rows.append((folder, *map(str, (*counts, *told))))
    names = ", ".join(f"{name} ({sha[:SHORT]})" for name, sha in value["detectors"].items())
    said = (
        f"Each picture is shown for {value['shown_s'] / 60:g} minutes to a camera that looks for "
        f"{len(value['kinds'])} kinds in its whole picture; dwell {value['dwell_s']:g} s at most. "
        f"Detectors: {names}. *Right*: the thing is there (a parked car is a case where "
        "the whole picture is a no-parking zone), by the labels or, where these say nothing or do "
        "not confirm it, by a person who looked (`benchmarks/stills_seen.toml`); `--out` keeps "
        "each case's picture.\n"
    )
    heads = (
        *("pictures of", "pictures", "judged", "cases", "right by labels", "right by eye"),
        *("false", "to look at"),
    )
    return "\n".join([said, table(heads, rows), _unconfirmed(value)])


def _unconfirmed(value: dict[str, Any]) -> str:
    """Every case that nobody confirms."""
    rows = [
        (
            *(case["picture"], folder, case["kind"], case["verdict"]),
            *(number(case["score"]), case["what"]),
        )
        for folder, cases in value["cases"].items()
        for case in cases
        if case["verdict"] != "right"
    ]
    heads = ("picture", "of", "kind", "verdict", "score", "seen")
    return table(heads, rows) if rows else "No case is false or has to be looked at.\n"


def _share(share: dict[str, Any]) -> str:
    if share["value"] is None:
        return DASH
    interval = share["by_source"] or share["wilson"]
    return f"{number(share['value'])}, {share['part']}/{share['whole']}{spread(interval)}"


def _estimate(estimate: dict[str, Any]) -> str:
    return number(estimate["value"]) + spread(estimate["by_source"])


def _counted(point: dict[str, Any]) -> str:
    return str(point["pictures"]) + (f" ({point['sources']})" if point["sources"] else "")


def _mean(scores: list[dict[str, Any]], key: str) -> float | None:
    there = [s[key] for s in scores if s[key] is not None]
    return mean(there) if there else None


def _plain(name: str) -> str:
    return name.replace("_", " ")
