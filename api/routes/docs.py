"""The API's description for people: made here, as the usual pages load scripts from elsewhere."""

import base64
import hashlib
from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api.http.careful_headers import POLICY

router = APIRouter(include_in_schema=False)
_STYLE = """
body { font: 15px/1.5 sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
code { font-size: 14px } section { border-top: 1px solid #ccc; padding: .5rem 0 }
h2 { font-size: 1rem; margin: .5rem 0 } li, p { margin: .2rem 0 }
"""
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY = POLICY.replace("style-src 'self'", f"style-src 'sha256-{_DIGEST}'")
"""The page's own style, named by its hash, and no other."""
_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{style}</style></head>
<body><h1>{title}</h1><p>{about}</p>
<p>The whole of it, for programs: <a href="/api/openapi.json">/api/openapi.json</a></p>
{body}</body></html>"""


@router.get("/api/docs", response_class=HTMLResponse)
def show_docs(request: Request) -> HTMLResponse:
    """Show every operation on one page."""
    schema = request.app.openapi()
    sections = [
        _section(method, path, operation)
        for path, operations in schema["paths"].items()
        for method, operation in operations.items()
    ]
    info = schema["info"]
    page = _PAGE.format(
        title=escape(info["title"]),
        style=_STYLE,
        about=escape(info["description"]),
        body="\n".join(sections),
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": _POLICY})


def _section(method: str, path: str, operation: dict[str, Any]) -> str:
    details = "".join(f"<li>{line}</li>" for line in _details(operation))
    return (
        f"<section><h2><code>{method.upper()} {escape(path)}</code></h2>"
        f"<p>{escape(operation.get('description', ''))}</p><ul>{details}</ul></section>"
    )


def _details(operation: dict[str, Any]) -> Iterator[str]:
    for parameter in operation.get("parameters", ()):
        need = ", required" if parameter.get("required") else ""
        yield f"<code>{escape(parameter['name'])}</code> ({parameter['in']}{need})"
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        yield f"body: {_shape(media_type, content)}"
    for status, response in operation["responses"].items():
        shapes = [_shape(*item) for item in response.get("content", {}).items()]
        yield f"{status}: {', '.join(shapes) or escape(response['description'])}"


def _shape(media_type: str, content: dict[str, Any]) -> str:
    name = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
    return f"<code>{escape(name or media_type)}</code>"
