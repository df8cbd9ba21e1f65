"""Python package indexes as the user configured them for pip: mirrors, proxies, certificates."""

import ast
import importlib.util
import logging
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from functools import cache
from typing import cast

from unearth import PackageFinder
from unearth.fetchers import Fetcher, PyPIClient

from models.download import client

# Without a handler of its own a library's warnings land on the user's terminal.
logging.getLogger("unearth").addHandler(logging.NullHandler())


def index_client() -> PyPIClient:
    """An HTTP client with the certificates, proxy and patience configured for pip."""
    pip = pip_settings()
    return client(
        cafile=pip.get("cert"),
        cert=pip.get("client-cert"),
        proxy=pip.get("proxy"),
        trusted_hosts=tuple(pip.get("trusted-host", "").split()),
        timeout_s=float(pip.get("timeout", pip.get("default-timeout", 30))),
    )


def finder(http: PyPIClient) -> PackageFinder:
    """A finder over the configured indexes that takes any platform's archive."""
    pip = pip_settings()
    main = [pip["index-url"]] if "index-url" in pip else []
    # Its own client does not match its own protocol's positional arguments to the letter.
    session = cast(Fetcher, http)
    found = PackageFinder(session=session, index_urls=main, ignore_compatibility=True)
    if pip.get("no-index", "").lower() in ("1", "true", "yes", "on"):
        found.sources.clear()
    else:
        for url in pip.get("extra-index-url", "").split():
            found.add_index_url(url)
    for place in pip.get("find-links", "").split():
        found.add_find_links(place)
    return found


@cache
def pip_settings() -> Mapping[str, str]:
    """The settings of this environment's pip, read once."""
    return merge_settings(_pip_config_lines(), os.environ)


def merge_settings(lines: Iterable[str], environ: Mapping[str, str]) -> dict[str, str]:
    """Merge the lines of `pip config list` with `PIP_*` variables; the variables win."""
    settings: dict[str, str] = {}
    for line in lines:
        key, _, value = line.partition("=")
        section, _, name = key.strip().partition(".")
        if name and section in ("global", "install", "download"):
            settings[name] = str(ast.literal_eval(value)).strip()
    for key, value in environ.items():
        if key.startswith("PIP_") and value:
            settings[key.removeprefix("PIP_").lower().replace("_", "-")] = value.strip()
    return settings


def _pip_config_lines() -> list[str]:
    """What `pip config list` prints; nothing where this environment has no pip."""
    if importlib.util.find_spec("pip") is None:
        return []
    command = [sys.executable, "-m", "pip", "config", "list"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    return done.stdout.splitlines()
