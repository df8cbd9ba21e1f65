"""Warn of passwords in files that people wrote by hand."""

import logging
import re
from pathlib import Path

from streams.uri import holds_password

OTHERS = 0o077
_ADDRESS = re.compile(r"""["']([A-Za-z]+://[^"'\n]+)["']""")
log = logging.getLogger(__name__)


def warn_of_passwords(path: Path, text: str) -> None:
    """Log a warning for a file that others can read and that has a camera's password in it."""
    if not any(holds_password(match[1]) for match in _ADDRESS.finditer(text)):
        return
    mode = path.stat().st_mode & 0o777
    if mode & OTHERS:
        log.warning(
            "%s has a camera's password in it and can be read by others (mode %04o): write "
            "${NAME} in its place and set that variable, or `chmod 600 %s`",
            path,
            mode,
            path,
        )
