"""What masked copies hide, as Markdown."""

from typing import Any

from benchmarks.report_text import Result, number, percent, table


def masking(results: list[Result]) -> str:
    """Heads that are hidden by size and posture, and plates that are still legible."""
    return "\n".join(_one(result.value) for result in results)


def _one(value: dict[str, Any]) -> str:
    heads = value["heads"]
    said = (
        f"Of {heads['all']} people in {value['pictures']} pictures the heads of {heads['hidden']} "
        f"are hidden, and {percent(value['painted'])} of the pictures is painted over. VOC marks "
        "people, not heads: the top middle of a person's box stands for one, and 90 % of it must "
        "be hidden. The score from which a person counts was chosen on these pictures. Of "
        f"{value['plate_pictures']} pictures of plates {value['plates_read']} are read before and "
        f"{value['plates_left']} after.\n\n"
    )
    counts = {**value["people"], **value["posture"], "marked as difficult": value["hard"]}
    rows = [
        (
            name,
            str(c["all"]),
            str(c["hidden"]),
            number(c["hidden"] / c["all"] if c["all"] else None),
        )
        for name, c in counts.items()
    ]
    return said + table(("people", "all", "hidden", "share"), rows)
