"""The figures in Prometheus's text format; needs no login."""

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from api.figures.metrics import registry
from api.room import InRoom
from api.routes.refuse import NO_QUERY

router = APIRouter(tags=["operation"], dependencies=[NO_QUERY])


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(room: InRoom) -> Response:
    """Tell how many cases, cameras, drops and restarts there are."""
    return Response(generate_latest(registry(room)), media_type=CONTENT_TYPE_LATEST)
