"""From a case's row and its packet to what the API answers."""

from typing import Any
from urllib.parse import quote

from api.cases.answers import CaseDetail, CaseView
from api.cases.progress import case_light
from api.evidence import Evidence, EvidenceError
from api.store.tables import Case
from streams.evidence.manifest import Manifest

_PLAIN = (
    "id", "number", "status", "kind", "camera_id", "camera_name", "zone", "started_s",
    "raised_s", "ended_s", "score", "box_xyxy", "facts", "reason", "version", "code_scheme",
    "code", "department", "assignee", "due_s",
)  # fmt: skip


def case_view(case: Case, now_s: float) -> CaseView:
    """A case as a row of a list."""
    return CaseView.model_validate(_row(case, now_s))


def case_detail(case: Case, told: dict[str, Any], evidence: Evidence, now_s: float) -> CaseDetail:
    """A case with its evidence; evidence that cannot be read is stated as missing.

    `told` is what `api.cases.progress` says of its way.
    """
    value = (
        _row(case, now_s)
        | told
        | {
            "manifest_sha256": case.manifest_sha256,
            "camera": {"id": case.camera_id, "name": case.camera_name},
        }
    )
    try:
        sealed = evidence.manifest(case.packet)
    except EvidenceError as error:
        value["missing"] = [{"role": "manifest", "reason": str(error)}]
        return CaseDetail.model_validate(value)
    value |= _from_manifest(sealed.manifest, case.id)
    if sealed.sha256 != case.manifest_sha256:
        reason = "it is not the one that was sealed with the case: do not rely on this evidence"
        value["missing"].append({"role": "manifest", "reason": reason})
    return CaseDetail.model_validate(value)


def media_url(case_id: str, name: str) -> str:
    """Where a file of a case's packet is."""
    return f"/api/cases/{quote(case_id, safe='')}/media/{quote(name, safe='')}"


def _row(case: Case, now_s: float) -> dict[str, Any]:
    value = {key: getattr(case, key) for key in _PLAIN}
    value["light"] = case_light(case, now_s)
    return value | {"thumbnail": media_url(case.id, case.thumbnail) if case.thumbnail else None}


def _from_manifest(manifest: Manifest, case_id: str) -> dict[str, Any]:
    return {
        "picture_wh": (manifest.picture.width, manifest.picture.height),
        "boxes": manifest.boxes,
        "zone_polygon": manifest.zone.polygon,
        "rule": manifest.rule,
        "model": manifest.model,
        "clock": manifest.clock,
        "camera": manifest.camera.model_dump(),
        "media": [
            {"name": name, "url": media_url(case_id, name), **part.model_dump()}
            for name, part in manifest.files.items()
        ],
        "missing": [part.model_dump() for part in manifest.missing],
    }
