"""The cameras' configuration: the bucket `cameras` of the bus, which the workers watch."""

from dataclasses import dataclass

from api.http.problems import Problem, invalid
from streams.bus import Bus, Entry
from streams.config import Camera, ConfigError, dump_camera, parse_camera
from streams.sealing import is_sealed
from streams.uri import SECRET, mask_uri

BUCKET = "cameras"
ADDRESSES = ("uri", "look_uri")
"""What of a camera may hold a password."""


@dataclass(frozen=True, slots=True)
class StoredCamera:
    """A camera as it is stored; `problem` says why it cannot be read, then there is no `camera`."""

    id: str
    camera: Camera | None
    problem: str | None = None


def list_cameras(bus: Bus) -> list[StoredCamera]:
    """All cameras, in the order of their ids."""
    return [_stored(entry) for entry in bus.entries(BUCKET)]


def get_camera(bus: Bus, camera_id: str) -> Camera:
    """A camera; raises 404 where there is none, 409 where it cannot be read."""
    entry = bus.get(BUCKET, camera_id)
    if entry is None:
        raise Problem(404, f"there is no camera {camera_id!r}")
    stored = _stored(entry)
    if stored.camera is None:
        raise Problem(409, f"{stored.problem}; save the camera anew", "unreadable")
    return stored.camera


def find_camera(bus: Bus, camera_id: str) -> Camera | None:
    """A camera, None where there is none or it cannot be read."""
    entry = bus.get(BUCKET, camera_id)
    return _stored(entry).camera if entry else None


def put_camera(bus: Bus, camera: Camera) -> Camera:
    """Create or replace a camera; an address with its password hidden keeps the stored one."""
    hidden = [key for key in ADDRESSES if SECRET in (getattr(camera, key) or "")]
    kept = {key: _kept_uri(bus, camera, key) for key in hidden}
    camera = camera.model_copy(update=kept)
    bus.put(BUCKET, camera.id, dump_camera(camera))
    return camera


def masked(camera: Camera) -> Camera:
    """The camera with the passwords in its addresses hidden."""
    addresses = {key: getattr(camera, key) for key in ADDRESSES}
    return camera.model_copy(update={k: uri and mask_uri(uri) for k, uri in addresses.items()})


def _kept_uri(bus: Bus, camera: Camera, key: str) -> str:
    stored = find_camera(bus, camera.id)
    uri: str | None = getattr(stored, key) if stored else None
    if uri is None or getattr(camera, key) not in (SECRET, mask_uri(uri)):
        message = "the password is hidden; write the whole address, the password included"
        raise invalid([{"key": key, "message": message}])
    return uri


def _stored(entry: Entry) -> StoredCamera:
    if is_sealed(entry.value):
        problem = f"camera {entry.key} was sealed with a key that is missing from keys/sealing.key"
        return StoredCamera(entry.key, None, problem)
    try:
        return StoredCamera(entry.key, parse_camera(entry.value, f"camera {entry.key}"))
    except ConfigError as error:
        return StoredCamera(entry.key, None, str(error))
