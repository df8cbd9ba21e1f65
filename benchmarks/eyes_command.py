"""`skyeye bench eyes`: what a look costs by size, codec, distance of key pictures and zones."""

import json
from pathlib import Path
from typing import Annotated

import cv2
import typer
from rich.console import Console
from rich.table import Table

from benchmarks import record
from benchmarks.eyes import GOPS_S, Eye, gating, measure_eye, report
from benchmarks.feeds.films import films_dir, make_films
from benchmarks.feeds.plan import FILMS, FULL_HD, sub_stream
from models.card import load_detector_card
from models.commands import Json

SUB_STREAMS = 6
"""So many of the films are measured as sub-streams, too."""

out = Console()
err = Console(stderr=True)


def bench_eyes(
    model: Annotated[str, typer.Option(help="The network that is fed: a card's name.")] = (
        "yolo11n-wide"
    ),
    folder: Annotated[
        Path | None, typer.Option("--films", help="Where the films of `bench feeds` are kept.")
    ] = None,
    *,
    json_: Json = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the result.")] = False,
) -> None:
    """Measure each step of a look at the films of `bench feeds`, in processor time."""
    cv2.setNumThreads(1)
    card = load_detector_card(model)
    with err.status("") as line:
        large = [film for film in FILMS if (film.size_wh, film.codec) == (FULL_HD, "h264")]
        subs = [sub_stream(film) for film in large[:SUB_STREAMS]]
        films = (*FILMS, *subs)
        paths = make_films(
            films, folder or films_dir(), 1, lambda n, of: line.update(f"films {n}/{of}")
        )
        eyes = list[Eye]()
        for film, path in zip(films, paths, strict=True):
            line.update(f"looks {len(eyes)}/{len(films)}")
            eyes.append(measure_eye(film, path, card, FULL_HD if film in subs else None))
        line.update("motion gate")
        shown = [(path, film.name) for film, path in zip(films, paths, strict=True)]
        figures = report(eyes, gating(shown[: len(FILMS)]))
    if save:
        kept = record.envelope(
            figures,
            data_sha256=record.data_sha256(paths[0].parent, paths),
            model=model,
            sha256=card.sha256,
        )
        err.print(f"kept as {record.save('eyes', kept)}", soft_wrap=True)
    if json_:
        typer.echo(json.dumps(figures, ensure_ascii=False))
    else:
        out.print(eyes_table(eyes), gate_table(figures["gate"]))


def eyes_table(eyes: list[Eye]) -> Table:
    """One row a film."""
    gops = [f"GOP {gop_s:g} s" for gop_s in GOPS_S]
    table = Table("film", title="Processor time of a look, ms", caption="a look every 5 s")
    for head in ("key", "each", "take", "enlarge", "share", "gate", "fit", *gops):
        table.add_column(head, justify="right")
    for eye in eyes:
        coded = (eye.key_ms, eye.each_ms, eye.take_ms, eye.enlarge_ms)
        steps = (*coded, eye.share_ms, eye.gate_ms, eye.fit_ms)
        cells = (f"{ms:.2f}" for ms in (*steps, *(eye.look_ms(gop_s) for gop_s in GOPS_S)))
        when = " night" if eye.night else ""
        table.add_row(f"{eye.height}p {eye.codec} {eye.mbit:g} Mbit/s{when}", *cells)
    return table


def gate_table(figures: list[dict[str, float]]) -> Table:
    """One row a height of the band with the zones."""
    table = Table("zones' band", "looks spared", title="The motion gate")
    for figure in figures:
        table.add_row(f"{figure['height']:.0%}", f"{figure['spared']:.0%}")
    return table
