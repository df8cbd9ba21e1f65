"""Refuse what a route does not know, instead of ignoring it."""

from typing import Any

from fastapi import Depends, Request

from api.http.problems import invalid


def _no_query(request: Request) -> None:
    unknown = list(dict.fromkeys(request.query_params))
    if unknown:
        raise invalid([{"key": key[:80], "message": "unknown query key"} for key in unknown[:20]])


NO_QUERY: Any = Depends(_no_query)
"""For routes without query parameters."""
