"""Another look at what a packet is about: its after-photo, in a dossier of its own.

The first packet is never touched. What comes of this dossier is a packet like any other, sealed,
signed and chained, that names the first one by the hash of its manifest.
"""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from streams.evidence.dossier import Dossier, Role, Supplement
from streams.evidence.dossier_store import DossierStore
from streams.evidence.facts import CameraFacts, ClockFacts, Networks, RuleFacts, ZoneFacts
from streams.evidence.manifest import (
    LARGEST_MANIFEST_BYTES,
    MANIFEST_NAME,
    Manifest,
    parse_manifest,
)
from streams.evidence.shown import Shown
from streams.evidence.stills import encode_close_up, encode_still
from vision.frame import bgr
from vision.rules.kinds import KINDS


def first_manifest(packet: Path, sha256: str) -> Manifest | None:
    """What an earlier packet says, None where it is not there or not the one that is meant."""
    try:
        with (packet / MANIFEST_NAME).open("rb") as file:
            data = file.read(LARGEST_MANIFEST_BYTES)
        return parse_manifest(data) if hashlib.sha256(data).hexdigest() == sha256 else None
    except (OSError, ValueError):
        return None


@dataclass(frozen=True, slots=True)
class Eye:
    """What looks: the camera, the networks behind it, and the clock."""

    camera: CameraFacts
    networks: Networks
    clock: ClockFacts


def keep_another_look(
    store: DossierStore, first: Manifest, supplement: Supplement, shown: Shown, eye: Eye
) -> Dossier:
    """Keep a picture of the spot that `first` is about, taken now; raises DossierError."""
    camera = eye.camera
    violation = first.to_violation()
    dossier = Dossier(
        folder=store.folder(camera.id, supplement.id),
        place_id=supplement.id,
        camera=camera,
        model=eye.networks.of(KINDS[violation.kind].classes),
        clock=eye.clock,
        picture_wh=shown.size_wh,
        violation=violation,
        zone=ZoneFacts.from_json(first.zone.model_dump()),
        rule=RuleFacts.from_json(first.rule.model_dump()),
        supplement=supplement,
    )
    caption = camera.caption(supplement.looked_s)
    picture, where = shown.as_sent(violation.box_xyxy)
    still = encode_still(bgr(picture), caption, where)
    dossier = store.keep_still(dossier, Role.AFTER_PANORAMA, still, supplement.looked_s)
    close_up = encode_close_up(picture, where, caption)
    return store.keep_still(dossier, Role.AFTER_CLOSE_UP, close_up, supplement.looked_s)
