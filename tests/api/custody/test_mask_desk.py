"""The queue of masking and its process: made once, failed closed, ended when nobody needs it."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from api.custody.copies import Copies, NotMasked
from api.custody.mask_desk import RETRY_S, MaskDesk
from api.custody.mask_process import OpenFinder
from api.evidence import Evidence, Sealed
from tests.api.conftest import Made
from tests.api.custody.fakes import open_dying, open_nothing, open_street

WAIT_S = 30.0


class Hall:
    """The copies of a data folder, made by a process with some finder; `now_s` can be moved."""

    def __init__(self, made: Made, opener: OpenFinder) -> None:
        self.now_s = 1000.0
        self.desk = MaskDesk(opener, lambda: self.now_s)
        self.evidence = Evidence(made.data_dir / "packets")
        self.copies = Copies(made.data_dir / "viewing", self.evidence, self.desk)
        self.packets = [str(made.packet(n).relative_to(made.data_dir / "packets")) for n in (0, 1)]

    def sealed(self, number: int = 0) -> Sealed:
        return self.evidence.manifest(self.packets[number])


@pytest.fixture
def hall(made: Made, request: pytest.FixtureRequest) -> Iterator[Hall]:
    opener: OpenFinder = getattr(request, "param", open_street)
    hall = Hall(made, opener)
    with hall.desk:
        yield hall


def children() -> list[str]:
    return [p.name() for p in psutil.Process().children() if p.status() != psutil.STATUS_ZOMBIE]


def test_copies_are_made_when_somebody_wants_to_see_them(hall: Hall) -> None:
    with pytest.raises(NotMasked) as early:
        hall.copies.file(hall.packets[0], hall.sealed(), "start.jpg")
    assert early.value.later
    packet = hall.copies.packet(hall.packets[0], hall.sealed(), wait_s=WAIT_S)
    with packet.open("start.jpg") as file:
        assert file.read().startswith(b"\xff\xd8")
    copy, file = hall.copies.file(hall.packets[0], hall.sealed(), "arrival.mp4")
    file.close()
    assert copy.media_type == "video/mp4"
    note, problem = hall.copies.state(hall.packets[0], hall.sealed())
    assert note is not None
    assert note.whole
    assert problem is None


def test_pictures_are_made_ahead_without_anybody_asking(hall: Hall) -> None:
    hall.copies.make_ahead(hall.packets[1])
    note = hall.evidence.folder(hall.packets[1])  # the packet itself stays as it is
    there = hall.copies.folder(hall.packets[1]) / "own_plate"
    made = ("start.masked.jpg", "later.masked.jpg", "closeup.masked.jpg")
    assert hall.desk.wait(lambda: all((there / name).is_file() for name in made), WAIT_S)
    assert not (there / "arrival.masked.mp4").exists()
    assert not list(note.glob("*masked*"))
    packet = hall.copies.packet(hall.packets[1], hall.sealed(1), wait_s=WAIT_S)
    assert packet.note.whole


@pytest.mark.parametrize("hall", [open_nothing], indirect=True)
def test_without_the_networks_nothing_is_shown(hall: Hall) -> None:
    with pytest.raises(NotMasked, match=r"nothing is shown.*cannot be fetched") as refused:
        hall.copies.packet(hall.packets[0], hall.sealed(), wait_s=WAIT_S)
    assert not refused.value.later
    with pytest.raises(NotMasked, match="cannot be fetched"):
        hall.copies.file(hall.packets[1], hall.sealed(1), "start.jpg")
    assert hall.copies.state(hall.packets[0], hall.sealed())[1] is not None
    hall.now_s += RETRY_S
    with pytest.raises(NotMasked) as again:
        hall.copies.file(hall.packets[1], hall.sealed(1), "start.jpg")
    assert again.value.later


@pytest.mark.parametrize("hall", [open_dying], indirect=True)
def test_a_process_that_dies_is_a_failure_not_an_unmasked_picture(hall: Hall) -> None:
    with pytest.raises(NotMasked, match="ended from outside, or took too much memory"):
        hall.copies.packet(hall.packets[0], hall.sealed(), wait_s=WAIT_S)


def test_it_ends_with_the_server(made: Made) -> None:
    before = len(children())
    hall = Hall(made, open_street)
    with hall.desk:
        hall.copies.packet(hall.packets[0], hall.sealed(), wait_s=WAIT_S)
        assert len(children()) == before + 1
    assert len(children()) == before


def test_a_damaged_packet_says_so(hall: Hall, made: Made) -> None:
    sealed = hall.sealed()
    Path(made.packet(0) / "manifest.json").write_text("{}")
    with pytest.raises(NotMasked, match="nothing is shown"):
        hall.copies.packet(hall.packets[0], sealed, wait_s=WAIT_S)
