"""Packets are whole or not there, whatever befalls the disk or the process.

Covered: every operation that changes the disk failing once (injected), a real full file system,
a real file size limit, and SIGKILL at every fsync. Not covered: the power failing, which needs a
disk that forgets; for that, the order of fsync and rename is all there is.
"""

import errno
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from streams import durable
from streams.evidence.manifest import PacketError
from streams.evidence.packet import PacketWriter
from streams.evidence.verify import verify_packet
from tests.streams.evidence.samples import dossier

ROOT = Path(__file__).parents[3]
FILES = 7


def files(root: Path) -> list[str]:
    """Files of packets, the register of the chain left out."""
    return sorted(str(path.relative_to(root)) for path in root.glob("*/**/*") if path.is_file())


@pytest.fixture
def whole(tmp_path):
    return dossier(tmp_path / "dossier")


class Disk:
    """Fails the operation number `fail_at` that changes the disk, counted from 1."""

    def __init__(self, monkeypatch, fail_at: int, number: int) -> None:
        self.fail_at, self.number, self.done = fail_at, number, 0
        for module, name in ((os, "fsync"), (os, "mkdir"), (os, "rename")):
            monkeypatch.setattr(module, name, self._counted(getattr(module, name)))
        opened = io.open

        def open_counted(file, mode="r", *args, **options):
            if "w" not in mode and "a+" not in mode:
                return opened(file, mode, *args, **options)
            self._count()
            return Handle(opened(file, mode, *args, **options), self._count)

        monkeypatch.setattr(io, "open", open_counted)  # which is what Path.open calls

    def _counted(self, function):
        def counted(*args, **options):
            self._count()
            return function(*args, **options)

        return counted

    def _count(self) -> None:
        self.done += 1
        if self.done == self.fail_at:
            raise OSError(self.number, os.strerror(self.number))


class Handle:
    """A file whose writes count; half of the data of the one that fails gets to the disk."""

    def __init__(self, file, count) -> None:
        self._file, self._count_one = file, count

    def write(self, data):
        try:
            self._count_one()
        except OSError:
            self._file.write(data[: len(data) // 2])
            raise
        return self._file.write(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()

    def __getattr__(self, name):
        return getattr(self._file, name)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EROFS])
def test_a_disk_that_fails_at_any_point_leaves_nothing_half_written(whole, tmp_path, number):
    """Every single operation on the disk fails once; injected, not a real disk."""
    fail_at, written = 0, False
    while not written:
        fail_at += 1
        root = tmp_path / f"packets-{fail_at}"
        with pytest.MonkeyPatch.context() as patch:
            disk = Disk(patch, fail_at, number)
            try:
                PacketWriter(root).write(whole)
                written = disk.done < fail_at
            except PacketError as error:
                message = str(error)
                assert durable.REMEDIES[number] in message
                assert "\n" not in message
        seen = files(root) if root.exists() else []
        assert not [name for name in seen if ".tmp-" in name]
        assert len(seen) in (0, FILES)  # all of it, once only syncing the folders failed
        packet = PacketWriter(root).write(whole)
        assert verify_packet(packet.folder, packet.manifest_sha256).ok
    assert fail_at > 20


CHILD = """
import os, resource, signal, sys
from pathlib import Path
from streams.evidence.dossier_store import DossierStore
from streams.evidence.manifest import PacketError
from streams.evidence.packet import PacketWriter
from tests.streams.evidence.samples import dossier

here, root = Path(sys.argv[1]), Path(sys.argv[2])
whole = dossier(here / "dossier")
"""


def child(code: str, *arguments: Path | str, prefix: tuple[str, ...] = ()):
    command = [*prefix, sys.executable, "-c", CHILD + code, *map(str, arguments)]
    return subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


def test_a_file_size_limit_is_explained_and_leaves_nothing(tmp_path):
    """The kernel itself refuses to write on, at every size of file in turn."""
    done = child(
        """
sizes = sorted({f.stat().st_size for f in whole.folder.iterdir() if f.name[-3:] in ("jpg", "mp4")})
for number, size in enumerate(sizes):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size - 1, resource.RLIM_INFINITY))
    target = root / str(number)
    try:
        PacketWriter(target).write(whole)
    except PacketError as error:
        print(error)
    left = [f for f in target.glob("*/**/*") if f.is_file()]
    assert not left, left
""",
        tmp_path,
        tmp_path / "packets",
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) >= 3
    assert all("raise its file size limit" in line for line in lines)


def test_a_full_disk_is_explained_and_leaves_nothing(tmp_path):
    """A real ENOSPC: file systems in memory that are too small, at many points in turn."""
    room = tmp_path / "room"
    room.mkdir()
    may_mount = ("unshare", "--user", "--map-root-user", "--mount")
    probe = subprocess.run(
        [*may_mount, "mount", "-t", "tmpfs", "-o", "size=64k", "none", str(room)],
        capture_output=True,
        check=False,
    )
    if probe.returncode:
        pytest.skip("this machine lets nobody mount a small file system")
    done = child(
        """
import subprocess
for kib in (4, 64, 100, 150, 300, 420, 560):
    mount = ["mount", "-t", "tmpfs", "-o", f"size={kib}k", "none", str(root)]
    subprocess.run(mount, check=True)
    try:
        PacketWriter(root / "packets").write(whole)
    except PacketError as error:
        print(error)
    left = [f for f in (root / "packets").glob("*/**/*") if f.is_file()]
    assert not left, left
    subprocess.run(["umount", str(root)], check=True)
""",
        tmp_path,
        room,
        prefix=may_mount,
    )
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert len(lines) == 7
    assert all("the disk is full: free some space" in line for line in lines)


def test_a_writer_killed_at_any_point_leaves_no_half_packet(tmp_path):
    """SIGKILL at every fsync in turn: what is seen is whole, what is left over is swept."""
    done = child(
        """
from streams.evidence.verify import verify_packet
fsync, fail_at, survived = os.fsync, 0, False
while not survived:
    fail_at += 1
    target = root / str(fail_at)
    child = os.fork()
    if child == 0:
        calls = 0
        def counted(descriptor):
            global calls
            calls += 1
            if calls == fail_at:
                os.kill(os.getpid(), signal.SIGKILL)
            fsync(descriptor)
        os.fsync = counted
        PacketWriter(target).write(whole)
        os._exit(0)
    survived = os.waitpid(child, 0)[1] == 0
    seen = [m.parent for m in target.rglob("manifest.json") if ".tmp-" not in str(m)]
    assert all(verify_packet(folder).ok for folder in seen), fail_at
    left = [f for f in target.glob("*/*/.*")]
    writer = PacketWriter(target)
    assert writer.swept == len(left) == (0 if seen else 1), (fail_at, writer.swept, left)
    packet = writer.write(whole)
    assert verify_packet(packet.folder, packet.manifest_sha256).ok
    assert not list(target.glob("*/*/.*"))
print(fail_at)
""",
        tmp_path,
        tmp_path / "packets",
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= 10  # five files, manifest, signature, register, four folders


def test_a_writer_at_work_is_not_swept(whole, tmp_path):
    swept: list[int] = []

    def look(source: Path) -> Path | None:
        swept.append(PacketWriter(tmp_path / "packets").swept)
        return None

    assert PacketWriter(tmp_path / "packets", look).write(whole).folder.is_dir()
    assert swept == [0, 0]


def test_old_leftovers_are_swept_although_their_number_is_in_use(tmp_path):
    left = tmp_path / "gate" / "20261123" / f".x.tmp-{os.getpid()}"
    left.mkdir(parents=True)
    os.utime(left, (time.time() - 7200,) * 2)
    assert PacketWriter(tmp_path).swept == 1
    assert not left.exists()
