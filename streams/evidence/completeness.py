"""What a packet must hold, and what it has to say about what it lacks.

GA/T 832-2014 asks for at least two full pictures of a stationary vehicle, at least 10 s apart.
"""

from collections.abc import Iterator

from streams.evidence.dossier import Missing, Role
from streams.evidence.facts import MEDIA_CLOCKS
from streams.evidence.manifest import ClipPart, Manifest, StillPart

FULL_GAP_S = 10.0
BROWSER_CODEC = "h264"
CLOCK_TOLERANCE_S = 1.0
REQUIRED = (
    Role.START_PANORAMA,
    Role.LATER_PANORAMA,
    Role.CLOSE_UP,
    Role.ARRIVAL_CLIP,
    Role.STANDING_CLIP,
)

OF_A_SUPPLEMENT = (Role.AFTER_PANORAMA, Role.AFTER_CLOSE_UP)


def stills_gap_s(dwell_s: float) -> float:
    """Least time between the two panoramas: 10 s, or half of a dwell that is shorter than 20 s."""
    return min(FULL_GAP_S, dwell_s / 2)


def shortfalls(manifest: Manifest) -> list[Missing]:
    """Everything that is not as it should be, whether the manifest says so or not."""
    return [*_absent(manifest), *_pictures(manifest), *_clips(manifest), *_clock(manifest)]


def unstated(manifest: Manifest) -> list[Missing]:
    """Shortfalls that the manifest keeps quiet about."""
    stated = {part.role for part in manifest.missing}
    return [lack for lack in shortfalls(manifest) if lack.role not in stated]


def _absent(manifest: Manifest) -> Iterator[Missing]:
    there = {part.role for part in manifest.files.values()}
    required = OF_A_SUPPLEMENT if manifest.supplement else REQUIRED
    return (Missing(role, "it was not recorded") for role in required if role not in there)


def _pictures(manifest: Manifest) -> Iterator[Missing]:
    by_role = {part.role: part for part in manifest.stills.values()}
    start, later = by_role.get(Role.START_PANORAMA), by_role.get(Role.LATER_PANORAMA)
    for panorama in filter(None, (start, later, by_role.get(Role.AFTER_PANORAMA))):
        yield from _size(panorama, manifest)
    wanted_s = stills_gap_s(manifest.rule.dwell_s)
    if start and later and later.taken_s - start.taken_s < wanted_s:
        gap_s = later.taken_s - start.taken_s
        reason = f"taken {gap_s:.1f} s after the first picture, {wanted_s:g} s are asked for"
        yield Missing(Role.LATER_PANORAMA, reason)


def _clock(manifest: Manifest) -> Iterator[Missing]:
    """A packet is written after what it shows, unless its clock was moved in between."""
    if manifest.clock.source in MEDIA_CLOCKS:
        return
    newest_s = max(manifest.violation.raised_s, *(s.taken_s for s in manifest.stills.values()), 0.0)
    if newest_s > manifest.created_at + CLOCK_TOLERANCE_S:
        back_s = newest_s - manifest.created_at
        reason = f"the packet was written {back_s:.1f} s before its newest picture was taken"
        yield Missing("clock", reason)


def _size(panorama: StillPart, manifest: Manifest) -> Iterator[Missing]:
    """A panorama is as wide as the picture; a strip added below may make it higher."""
    picture = manifest.picture
    if panorama.width != picture.width or panorama.height < picture.height:
        yield Missing(
            panorama.role,
            f"it is {panorama.width} x {panorama.height} pixels, the camera's picture is "
            f"{picture.width} x {picture.height}",
        )


def _clips(manifest: Manifest) -> Iterator[Missing]:
    started_s = manifest.violation.started_s
    copied = {part.viewing_copy_of for part in manifest.clips.values()}
    for name, clip in manifest.clips.items():
        if clip.role == Role.ARRIVAL_CLIP and clip.from_s > started_s:
            late_s = clip.from_s - started_s
            yield Missing(clip.role, f"it begins {late_s:.1f} s after the thing was first seen")
        if _needs_copy(clip) and name not in copied:
            reason = f"{name} is {clip.codec}, which browsers do not play, and has no copy"
            yield Missing(Role.VIEWING_COPY, reason)


def _needs_copy(clip: ClipPart) -> bool:
    return clip.role != Role.VIEWING_COPY and clip.codec != BROWSER_CODEC
