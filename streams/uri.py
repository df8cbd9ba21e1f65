"""Addresses of cameras: which kinds there are, and how to show one without its password."""

import os
import re
from pathlib import Path

LIVE_SCHEMES = ("rtsp", "rtsps", "http", "https", "rtmp")
SECRET = "***"  # noqa: S105  # what is shown instead of one
_USER = re.compile(r"(?<=://).*@", re.DOTALL)
"""To the last @: a password with an unescaped / or @ in it must not show either."""
_SECRET_VALUE = re.compile(r"(?i)((?:pass\w*?|pwd|token|key|auth|secret|sign\w*?)=)[^&/]*")
"""Some cameras want the password in the path: /user=admin&password=x&channel=1."""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def check_uri(uri: str) -> str:
    """Return `uri` if it names a live address or a file; raises ValueError otherwise."""
    if not uri.strip():
        raise ValueError("the camera needs a uri, e.g. rtsp://user:${CAM_PASSWORD}@host/path")
    scheme = _scheme(uri)
    if scheme and scheme not in (*LIVE_SCHEMES, "file"):
        raise ValueError(
            f"{scheme}:// is not a camera address; use one of {', '.join(LIVE_SCHEMES)}, "
            "or the path of a file or folder"
        )
    return uri


def _scheme(uri: str) -> str:
    return uri.partition("://")[0].lower() if "://" in uri else ""


def is_live(uri: str) -> bool:
    """Whether the address is a network stream rather than a file or folder."""
    return _scheme(uri) not in ("", "file")


def as_path(uri: str) -> Path:
    """The file or folder that a non-live address names."""
    return Path(re.sub("^file://", "", uri, flags=re.IGNORECASE))


def mask_uri(uri: str) -> str:
    """The address with user and password hidden, for logs, answers and manifests."""
    if not is_live(uri):
        return uri
    return _SECRET_VALUE.sub(rf"\1{SECRET}", _USER.sub(f"{SECRET}@", uri))


def holds_password(uri: str) -> bool:
    """Whether an address has a password in it that is written out, not a `${NAME}`."""
    plain = _VARIABLE.sub("", uri)
    user = _USER.search(plain)
    has_one = user is not None and bool(user[0].rstrip("@").partition(":")[2])
    return has_one or any(not m[0].endswith("=") for m in _SECRET_VALUE.finditer(plain))


def expand_uri(uri: str) -> str:
    """Fill in `${NAME}` from the environment; raises ValueError naming one that is not set."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            raise ValueError(
                f"the address {mask_uri(uri)} needs the environment variable {match[1]}, "
                "which is not set"
            )
        return os.environ[match[1]]

    return _VARIABLE.sub(value, uri)
