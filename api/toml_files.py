"""Tables that a site may replace: TOML files shipped with this package, checked when read."""

import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

Model = TypeVar("Model", bound=BaseModel)


class Part(BaseModel):
    """A table that has no keys but its own."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def find_files(shipped: Path, own: Path | None) -> dict[str, Path]:
    """The shipped files by name; those of the same name in `own` go before them."""
    files = {file.name: file for file in sorted(shipped.glob("*.toml"))}
    if own is not None and own.is_dir():
        files |= {file.name: file for file in sorted(own.glob("*.toml"))}
    return files


def read_file(file: Path, model: type[Model]) -> Model:
    """Read a file as `model`; raises ValueError naming file and key."""
    try:
        return model.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        message = str(first["msg"]).removeprefix("Value error, ")
        raise ValueError(
            f"{file.name}: {key}: {message}" if key else f"{file.name}: {message}"
        ) from error
    except (OSError, ValueError) as error:
        raise ValueError(f"{file.name}: {error}") from error
