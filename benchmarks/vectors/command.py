"""`skyeye bench learn`: learn the street detector, and say how it does on pictures it never saw."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from benchmarks import record
from benchmarks.counting import counting
from benchmarks.vectors.examples import (
    Example,
    read_distant,
    read_photos,
    read_rendered,
    read_without,
    shown_among,
)
from benchmarks.vectors.learn import Street, gather, learn
from benchmarks.vectors.network import Embeddings
from benchmarks.vectors.samples import Progress, Samples, read_samples, write_samples
from benchmarks.vectors.tries import tries
from models.card import ModelCard, load_card
from models.second_look import things
from models.second_look_features import open_features

CARD = "street"
LOWEST_SCORE = 0.0001
err = Console(stderr=True)


def bench_learn(
    photos: Annotated[Path, typer.Option(help="Folder of labelled pictures with labels.json.")],
    target: Annotated[Path, typer.Option("--out", help="Where vectors, head and scores go.")],
    *,
    without: Annotated[
        list[Path] | None, typer.Option(help="Folder of pictures that show none of the classes.")
    ] = None,
    rendered: Annotated[
        list[Path] | None, typer.Option(help="Folder of `bench rendered`, to learn from only.")
    ] = None,
    distant: Annotated[
        list[Path] | None, typer.Option(help="Folder of `bench distant`, to learn from only.")
    ] = None,
    input_px: Annotated[
        int | None, typer.Option(min=320, help="Another side of the network's input; times of 32.")
    ] = None,
    try_out: Annotated[bool, typer.Option("--tries", help="Measure each piece's worth.")] = False,
    save: Annotated[bool, typer.Option("--save", help="Keep the tries as a result.")] = False,
) -> None:
    """Learn the street detector's vectors and head, each source's pictures scored without it.

    `predictions.json` in the folder is for `skyeye bench detection --predictions`.
    """
    card = load_card(CARD)
    if input_px is not None:
        if input_px % 32:
            raise ValueError(f"--input-px {input_px} is no multiple of 32, as the network needs")
        card = replace(card, input_wh=(input_px, input_px))
    labelled = read_photos(photos, card.names)
    shown = {name for folder in distant or [] for name in shown_among(folder)}
    bare = [e for folder in without or [] for e in read_without(folder, card.names, shown)]
    painted = [e for folder in rendered or [] for e in read_rendered(folder, card.names)]
    small = [e for folder in distant or [] for e in read_distant(folder, card.names)]
    examples = [*labelled, *bare, *painted, *small]
    target.mkdir(parents=True, exist_ok=True)
    whole, found = _samples(examples, card, target / "samples.npz")
    street = learn(examples, card.names, whole, found)
    street.words.save(target / "street.npz")
    street.head.save(target / "street_head.npz")
    learned = replace(
        card,
        vocabulary=str((target / "street.npz").resolve()),
        second_look=str((target / "street_head.npz").resolve()),
    )
    _write(target / "predictions.json", labelled, street, learned)
    err.print(f"wrote {target}", soft_wrap=True)
    if not try_out:
        return
    report = tries(examples, card.names, whole, found, card.input_wh[0])
    err.print_json(data=report)
    if save:
        hashed = record.data_sha256(photos.parent, [e.path for e in examples])
        kept = record.envelope(report, data_sha256=hashed, model=CARD, sha256=learned.identity)
        path = record.save(f"tries-{CARD}-{card.input_wh[0]}", kept)
        err.print(f"kept as {path}", soft_wrap=True)


def _samples(
    examples: list[Example], card: ModelCard, path: Path
) -> tuple[Embeddings, list[Samples]]:
    """Vectors and samples as an earlier call left them at `path`; else they are made and left."""
    features = card.features_card
    if features is None:
        raise ValueError(f"the card {card.name!r} has no second look to learn")
    if not path.is_file():
        with ExitStack() as bars:
            write_samples(path, *gather(examples, card, open_features(features), _bar(bars)))
    whole, found = read_samples(path)
    if len(found) != len(examples):
        raise ValueError(f"{path} is of other pictures; remove it to make it anew")
    return whole, found


def _write(path: Path, labelled: list[Example], street: Street, card: ModelCard) -> None:
    told = {
        "model": CARD,
        "sha256": card.identity,
        "note": "Each picture scored by vectors and a head learned without its source.",
        "thresholds": dict.fromkeys(card.names, card.score_threshold),
        "images": dict(_rows(labelled, street, card.names)),
    }
    path.write_text(json.dumps(told) + "\n", encoding="utf-8")


def _bar(bars: ExitStack) -> Callable[[str], Progress]:
    return lambda what: bars.enter_context(counting(what))


def _rows(
    examples: list[Example], street: Street, names: tuple[str, ...]
) -> Iterator[tuple[str, list[list[Any]]]]:
    """Detections by picture: of each class what any class proposed."""
    for example, samples, scores in zip(examples, street.samples, street.scores, strict=False):
        rows: list[list[Any]] = []
        for c, name in enumerate(names):
            at = np.flatnonzero(samples.lists.any(axis=0) & (scores[c] >= LOWEST_SCORE))
            found = things(samples.xyxy[at], scores[c, at].astype(np.float32))
            for box, score in zip(*found, strict=True):
                rows.append([name, round(float(score), 6), *(round(float(v), 1) for v in box)])
        yield example.path.name, rows
