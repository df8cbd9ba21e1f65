"""GA/T 1400-style push, against a stand-in that checks digest authentication and shapes."""

import base64
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from api.evidence import Evidence
from api.outbound.events import Event, read_events
from api.outbound.guard import Reach
from api.outbound.photos import Pictures
from api.outbound.sender import Refused, Undelivered
from api.outbound.settings import ViidSettings
from api.outbound.viid import Viid, statuses
from api.outbound.viid_objects import SCENE, image_id, kind_of, object_id, picture_size, stamp
from api.store.database import Store
from tests.api.conftest import Made
from tests.api.outbound.receiver import Answer
from tests.api.outbound.unmasked import Unmasked
from tests.api.outbound.view_library import PASSWORD, USER, ViewLibrary, status, view_library

DEVICE = "33048200001190000001"
HERE = Reach.parse(["127.0.0.0/8"])
Make = Callable[..., Viid]


@pytest.fixture
def at() -> Iterator[tuple[ViewLibrary, str]]:
    with view_library() as found:
        yield found


@pytest.fixture
def make(made: Made, store: Store, at: tuple[ViewLibrary, str]) -> Iterator[Make]:
    senders: list[Viid] = []

    def make(password: str = PASSWORD, **more: Any) -> Viid:
        told = {"kind": "viid", "url": at[1], "device_id": DEVICE, "username": USER}
        settings = ViidSettings.model_validate(told | {"timeout_s": 5} | more)
        evidence = Evidence(made.data_dir / "packets")
        pictures = Pictures(store, evidence, Unmasked(evidence), "view", settings.photos)
        senders.append(Viid(settings, password, HERE, pictures))
        return senders[-1]

    yield make
    for one in senders:
        one.close()


@pytest.fixture
def events(store: Store) -> list[Event]:
    with store.reading() as sql:
        return read_events(sql, 0, 2**40, 100)


def test_register_push_and_keep_alive(
    make: Make, at: tuple[ViewLibrary, str], events: list[Event], made: Made
) -> None:
    library, sender = at[0], make()
    assert sender.idle(0.0) == 60
    for event in events[:2]:
        sender.send(event, 0.0)
    assert sender.idle(0.0) == 60
    assert (library.registrations, library.keepalives, library.problems) == (1, 2, [])
    assert library.registered == {DEVICE}
    first = events[0]
    pushed = library.objects[object_id(first, DEVICE, kind_of(first))]
    assert pushed["DeviceID"] == DEVICE
    assert pushed["MarkTime"] == stamp(first.case.raised_s)
    assert (pushed["LeftTopX"], pushed["RightBtmY"]) == (
        round(first.case.box_xyxy[0]), round(first.case.box_xyxy[3])
    )  # fmt: skip
    images = pushed["SubImageList"]["SubImageInfoObject"]
    assert len({one["ImageID"] for one in images}) == 3
    packet = made.packet(3)
    assert base64.b64decode(images[0]["Data"]) == (packet / "start.jpg").read_bytes()
    assert images[0]["Width"] > images[0]["Height"] > 0


def test_the_same_event_has_the_same_ids(
    make: Make, at: tuple[ViewLibrary, str], events: list[Event]
) -> None:
    sender = make(photos="none")
    for event in (*events, *events):
        sender.send(event, 0.0)
    assert len(at[0].objects) == len(events)


def test_a_wrong_password(make: Make, events: list[Event]) -> None:
    with pytest.raises(Undelivered, match=r"401.*check the address and the secret") as told:
        make("not this one").send(events[0], 0.0)
    assert "not this one" not in str(told.value)


def test_who_was_forgotten_registers_again(
    make: Make, at: tuple[ViewLibrary, str], events: list[Event]
) -> None:
    library, sender = at[0], make()
    sender.send(events[0], 0.0)
    library.registered.clear()
    with pytest.raises(Undelivered):
        sender.send(events[1], 0.0)
    sender.send(events[1], 0.0)
    assert (library.registrations, len(library.objects)) == (2, 2)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (status("/", 2, "Device Busy"), Undelivered),
        (status("/", 8, "Invalid JSON Content"), Refused),
        (status("/", "4"), Refused),
        (status("/", None), Undelivered),
        (Answer(200, b"{}"), Undelivered),
        (Answer(200, b"<xml/>"), Undelivered),
        (Answer(500, b""), Undelivered),
        (Answer(400, b""), Refused),
    ],
)
def test_what_answers_mean(
    make: Make,
    at: tuple[ViewLibrary, str],
    events: list[Event],
    answer: Answer,
    error: type[Exception],
) -> None:
    sender = make()
    sender.send(events[0], 0.0)
    at[0].faults = [lambda: answer]
    with pytest.raises(error):
        sender.send(events[1], 0.0)


def test_a_library_that_does_not_register_is_tried_again(
    make: Make, at: tuple[ViewLibrary, str], events: list[Event]
) -> None:
    at[0].faults = [lambda: status("/", 4, "Invalid Operation")]
    with pytest.raises(Undelivered, match="does not register"):
        make().send(events[0], 0.0)


def test_only_what_was_filed_unless_told_otherwise(make: Make, events: list[Event]) -> None:
    assert not make().wants(events[0])
    assert make(actions=["raised"]).wants(events[0])


def test_other_kinds_are_scenes(
    make: Make, at: tuple[ViewLibrary, str], events: list[Event]
) -> None:
    event = events[0]
    event.case.kind = "hanging_laundry"
    assert kind_of(event) is SCENE
    make().send(event, 0.0)
    assert "SceneName" in next(iter(at[0].objects.values()))
    assert at[0].problems == []


def test_a_plate_and_its_colour(
    make: Make, at: tuple[ViewLibrary, str], events: list[Event]
) -> None:
    event = events[1]
    event.case.kind = "illegal_parking"
    told = {"plate": {"value": "浙F12345", "unit": ""}, "plate_colour": {"value": "blue"}}
    event.case.facts = event.case.facts | told
    make().send(event, 0.0)
    pushed = next(iter(at[0].objects.values()))
    assert (pushed["HasPlate"], pushed["PlateNo"], pushed["PlateColor"]) == ("1", "浙F12345", "5")


def test_ids_and_times() -> None:
    assert stamp(1_795_400_000.25) == "20261123101320"
    assert image_id(DEVICE, 1_795_400_000.25, 100_007) == f"{DEVICE}022026112310132000007"
    assert picture_size(b"nothing") == picture_size(b"") == (0, 0)


@pytest.mark.parametrize("answer", [None, [], {"ResponseStatusObject": [5]}, {"a": 1}, "x"])
def test_answers_that_say_nothing(answer: object) -> None:
    assert statuses(answer) == []


def test_a_packet_that_is_gone_is_told(make: Make, events: list[Event]) -> None:
    event = replace(events[0])
    event.case.packet = "gone/20260101/x"
    with pytest.raises(Refused, match="evidence packet is not there"):
        make().send(event, 0.0)
