"""Masked copies: what is hidden in them, what is said of them, and none where none can be made."""

import hashlib
import json
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from api.custody.masking import Job, mask_packet
from api.custody.masking_note import NOTE_NAME, parse_note
from streams.evidence.verify import verify_packet
from tests.api.conftest import Made
from tests.api.custody.fakes import HEAD, MODELS, OTHER_PLATE, OWN_PLATE, StreetFinder
from vision.frame import Image

STILLS = ("start.jpg", "later.jpg", "closeup.jpg")
CLIPS = ("arrival.mp4", "standing.mp4")


@pytest.fixture
def job(made: Made) -> Job:
    """An illegal parking, whose plate is told."""
    packet = made.packet(0)
    return Job(packet, made.data_dir / "viewing" / "x", keep_plate=True)


def read(path: Path) -> Image:
    image = cv2.imread(str(path))
    assert image is not None
    return np.asarray(image, np.uint8)


def changed(job: Job, name: str, box: tuple[float, ...]) -> bool:
    """Whether a part of a still was painted over with few colours."""
    x1, y1, x2, y2 = map(int, box)
    before = read(job.packet / name)[y1:y2, x1:x2]
    after = read(job.copies / f"{Path(name).stem}.masked.jpg")[y1:y2, x1:x2]
    return float(np.abs(before.astype(int) - after.astype(int)).mean()) > 2


def test_every_file_has_a_copy_and_the_packet_stays_as_it_was(job: Job) -> None:
    note = mask_packet(job, StreetFinder(), MODELS)
    assert set(note.files) == {*STILLS, *CLIPS}
    assert note.whole
    for name, copy in note.files.items():
        assert copy.file is not None
        data = (job.copies / copy.file).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (copy.sha256, copy.bytes)
        assert hashlib.sha256((job.packet / name).read_bytes()).hexdigest() == copy.source_sha256
    assert verify_packet(job.packet).ok
    assert parse_note((job.copies / NOTE_NAME).read_bytes()) == note
    assert note.models == MODELS


def test_heads_and_other_plates_are_hidden_and_the_subjects_own_stays(job: Job) -> None:
    note = mask_packet(job, StreetFinder(), MODELS)
    assert (note.files["later.jpg"].heads, note.files["later.jpg"].plates) == (1, 1)
    assert note.files["later.jpg"].kept == 1
    assert changed(job, "later.jpg", HEAD)
    assert changed(job, "later.jpg", OTHER_PLATE)
    assert not changed(job, "later.jpg", OWN_PLATE)
    assert not changed(job, "later.jpg", (300, 300, 400, 400))


def test_the_subjects_own_plate_goes_by_option(job: Job, made: Made) -> None:
    all_hidden = Job(job.packet, made.data_dir / "viewing" / "y", keep_plate=False)
    note = mask_packet(all_hidden, StreetFinder(), MODELS)
    assert (note.files["later.jpg"].plates, note.files["later.jpg"].kept) == (2, 0)
    assert changed(all_hidden, "later.jpg", OWN_PLATE)


def test_a_kind_that_tells_no_plate_shows_none(made: Made) -> None:
    job = Job(made.packet(1), made.data_dir / "viewing" / "x", keep_plate=True)
    note = mask_packet(job, StreetFinder(), MODELS)
    assert {f.kept for f in note.files.values()} == {0}


def frames(path: Path) -> list[Image]:
    with av.open(str(path)) as clip:
        return [np.asarray(f.to_ndarray(format="bgr24")) for f in clip.decode(video=0)]


def test_every_picture_of_a_clip_is_masked(job: Job) -> None:
    mask_packet(job, StreetFinder(), MODELS)
    x1, y1, x2, y2 = HEAD
    for name in CLIPS:
        before, after = frames(job.packet / name), frames(job.copies / f"{name[:-4]}.masked.mp4")
        assert len(before) == len(after)
        for image in after:
            grey = image[y1:y2, x1:x2].mean(axis=2)
            assert np.ptp(grey[3:-3, 3:-3]) < 60
        apart = [
            np.abs(b.astype(int) - a)[y1:y2, x1:x2].mean()
            for b, a in zip(before, after, strict=True)
        ]
        assert min(apart) > 2


def test_a_file_that_was_altered_has_no_copy(job: Job) -> None:
    path = job.packet / "start.jpg"
    path.write_bytes(path.read_bytes() + b"x")
    note = mask_packet(job, StreetFinder(), MODELS)
    assert note.files["start.jpg"].file is None
    assert "sealed" in note.files["start.jpg"].withheld
    assert not (job.copies / "start.masked.jpg").exists()
    assert note.files["later.jpg"].file


def test_it_goes_on_where_it_was_stopped(job: Job) -> None:
    class StoppedError(Exception):
        pass

    def stop() -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        mask_packet(job, StreetFinder(), MODELS, stop)
    begun = parse_note((job.copies / NOTE_NAME).read_bytes())
    assert begun is not None
    assert (len(begun.files), begun.whole) == (1, False)
    done: list[int] = []
    assert mask_packet(job, StreetFinder(), MODELS, lambda: done.append(1)).whole
    assert len(done) == len(STILLS) + len(CLIPS) - 1


def test_copies_of_another_packet_are_made_anew(job: Job) -> None:
    mask_packet(job, StreetFinder(), MODELS)
    path = job.copies / NOTE_NAME
    value = json.loads(path.read_bytes())
    path.write_text(json.dumps(value | {"manifest_sha256": "0" * 64}))
    done: list[int] = []
    mask_packet(job, StreetFinder(), MODELS, lambda: done.append(1))
    assert len(done) == len(STILLS) + len(CLIPS)
