"""Every error of the HTTP API, in one place: application/problem+json (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, OperationalError
from starlette.exceptions import HTTPException

from streams.bus import BusError

Location = tuple[int | str, ...]

_TEXTS = {name: {"type": "string"} for name in ("type", "title", "detail")}
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem; what a request got wrong is in `errors`",
        "content": {
            "application/problem+json": {
                "schema": {
                    "type": "object",
                    "properties": {
                        **_TEXTS,
                        "status": {"type": "integer"},
                        "errors": {"type": "array", "items": {"type": "object"}},
                    },
                }
            }
        },
    }
}
"""What the API's description says of errors."""


class Problem(HTTPException):
    """An error with an explanation; `kind` names it for programs, `more` are further members."""

    def __init__(
        self,
        status: int,
        detail: str,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
        **more: object,
    ) -> None:
        super().__init__(status, detail, headers)
        self.kind = kind
        self.more = more


class ProblemResponse(JSONResponse):
    """A problem as it goes over the wire."""

    media_type = "application/problem+json"


def invalid(errors: list[dict[str, str]]) -> Problem:
    """What a request got wrong: a list of {key, message}."""
    first = errors[0]
    detail = f"{first['key']}: {first['message']}" if first["key"] else first["message"]
    return Problem(422, detail, "invalid", errors=errors)


def describe(error: Mapping[str, Any], prefix: int = 0) -> dict[str, str]:
    """Pydantic's error as {key, message}; `prefix` parts of its location are left out."""
    message = str(error["msg"]).removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        message = "unknown key; check its spelling"
    elif error["type"] == "missing":
        message = "this key is missing" if len(error["loc"]) > prefix else "the body is missing"
    elif error["type"] == "model_attributes_type" and len(error["loc"]) == 1:
        message = "send a JSON object, with Content-Type: application/json"
    elif error["type"] == "json_invalid":
        message = f"this is not valid JSON: {error.get('ctx', {}).get('error', '')}"
        return {"key": "", "message": message}
    return {"key": _key(tuple(error["loc"])[prefix:]), "message": message}


def install(app: FastAPI) -> None:
    """Make `app` answer every error as a problem."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)
    for unavailable in (BusError, OperationalError):
        app.add_exception_handler(unavailable, _unavailable)
    for kind in (DataError, UnicodeEncodeError, OverflowError):
        app.add_exception_handler(kind, _not_storable)
    app.add_exception_handler(Exception, _defect)


def respond(problem: Problem) -> ProblemResponse:
    """The response that tells a problem."""
    body = {
        "type": f"urn:skyeye:{problem.kind}" if problem.kind else "about:blank",
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": problem.detail,
        **problem.more,
    }
    return ProblemResponse(body, problem.status_code, problem.headers)


def _key(location: Location) -> str:
    return "".join(f"[{p}]" if isinstance(p, int) else f".{p}" for p in location).lstrip(".")


async def _http(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - as registered
    if not isinstance(error, Problem):
        error = Problem(error.status_code, str(error.detail), headers=error.headers)
    return respond(error)


async def _validation(_request: Request, error: Exception) -> ProblemResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as registered
    return respond(invalid([describe(part, prefix=1) for part in error.errors()]))


async def _unavailable(_request: Request, _error: Exception) -> ProblemResponse:
    detail = "the database cannot be used at the moment; /health tells more"
    return respond(Problem(503, detail, "unavailable", {"Retry-After": "5"}))


async def _not_storable(_request: Request, _error: Exception) -> ProblemResponse:
    return respond(Problem(422, "a number or text is out of what the database can keep", "invalid"))


async def _defect(_request: Request, _error: Exception) -> ProblemResponse:
    return respond(Problem(500, "this is a defect of the program; its log tells more", "defect"))
