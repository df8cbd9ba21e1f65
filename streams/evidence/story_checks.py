"""Whether what a manifest says fits together: ids, times, places."""

from collections.abc import Iterator
from itertools import pairwise

from streams.evidence.dossier import Role
from streams.evidence.manifest import ClipPart, Manifest

ROUNDING_S = 0.002
"""Times are written in milliseconds."""
ROUNDING_PX = 1.0


def story_problems(manifest: Manifest) -> Iterator[str]:
    """Yield a sentence for everything in a manifest that contradicts something else in it."""
    yield from _identity(manifest)
    yield from _times(manifest)
    yield from _boxes(manifest)
    yield from _copies(manifest)
    if manifest.chain and (manifest.chain.sequence == 1) != (
        manifest.chain.previous_sha256 is None
    ):
        yield "The first packet of a chain follows on from none, and every other one from one."


def _identity(manifest: Manifest) -> Iterator[str]:
    violation = manifest.violation
    if manifest.to_violation().id != violation.id:
        yield (
            "The violation's id does not follow from its camera, kind, zone, place and start: "
            "one of them was changed."
        )
    for what, said, meant in (
        ("camera", violation.camera_id, manifest.camera.id),
        ("kind", violation.kind, manifest.rule.kind),
        ("zone", violation.zone, manifest.zone.name),
    ):
        if said != meant:
            yield f"The violation is about {what} {said!r}, the packet about {meant!r}."


def _times(manifest: Manifest) -> Iterator[str]:
    violation = manifest.violation
    if violation.started_s > violation.raised_s + ROUNDING_S:
        yield "The violation was raised before it started."
    if violation.ended_s is not None and violation.ended_s < violation.started_s:
        yield "The violation ended before it started."
    by_role = {still.role: still.taken_s for still in manifest.stills.values()}
    start_s, later_s = by_role.get(Role.START_PANORAMA), by_role.get(Role.LATER_PANORAMA)
    if start_s is not None and later_s is not None and later_s < start_s:
        yield "The later picture was taken before the first one."
    look = manifest.supplement
    if look and any(t_s < look.asked_s - ROUNDING_S for t_s in (look.looked_s, *by_role.values())):
        yield "The picture of another look was taken before it was asked for."
    for name, clip in manifest.clips.items():
        if clip.to_s <= clip.from_s:
            yield f"{name} ends before it begins."


def _boxes(manifest: Manifest) -> Iterator[str]:
    if any(later[0] <= earlier[0] for earlier, later in pairwise(manifest.boxes)):
        yield "The boxes are not in the order of their times."
    boxes = [manifest.violation.box_xyxy, *(box for _, box in manifest.boxes)]
    if any(x2 <= x1 or y2 <= y1 for x1, y1, x2, y2 in boxes):
        yield "A box has no area."
    right, bottom = manifest.picture.width, manifest.picture.height
    low, high = -ROUNDING_PX, ROUNDING_PX
    if any(
        x1 < low or y1 < low or x2 > right + high or y2 > bottom + high for x1, y1, x2, y2 in boxes
    ):
        yield f"A box is outside the picture of {right} x {bottom} pixels."


def _copies(manifest: Manifest) -> Iterator[str]:
    """A viewing copy belongs to a clip of the packet and shows the same time."""
    for name, clip in manifest.clips.items():
        if clip.role != Role.VIEWING_COPY:
            if clip.viewing_copy_of is not None:
                yield f"{name} is a clip from the camera and cannot be a copy as well."
            continue
        original = manifest.files.get(clip.viewing_copy_of or "")
        if not isinstance(original, ClipPart) or original.role == Role.VIEWING_COPY:
            yield f"{name} is a viewing copy of {clip.viewing_copy_of!r}, which is no clip here."
        elif (original.from_s, original.to_s) != (clip.from_s, clip.to_s):
            yield f"{name} shows another time than {clip.viewing_copy_of}."
