"""Pictures come out as they were encoded, whatever happens to the packets."""

import itertools
import struct

import pytest
from hypothesis import given, settings, strategies as st

from streams.rtsp.access_unit import LARGEST_BYTES
from streams.rtsp.framing import Splitter
from streams.rtsp.problem import ProtocolError
from streams.rtsp.receiver import VideoReceiver
from tests.streams.rtsp.packets import (
    PER_PICTURE,
    film,
    framed,
    joined,
    media,
    packet,
    pictures,
)

CODECS = ("h264", "hevc")


def receive(packets, codec="h264", receiver=None, **changes):
    receiver = receiver or VideoReceiver(media(codec, **changes))
    for one in packets:
        data = bytearray(b"....." + one)
        receiver.take(data, 5, len(data))
    return receiver


def whole(codec):
    return [joined(units) for units in pictures(codec)]


@pytest.mark.parametrize("codec", CODECS)
def test_pictures_are_those_that_were_sent(codec):
    receiver = receive(film(codec), codec)
    assert [unit.data for unit in receiver.units] == whole(codec)
    assert [number for number, unit in enumerate(receiver.units) if unit.is_key] == [0, 5, 10, 15]
    ticks = [unit.ticks for unit in receiver.units]
    assert [b - a for a, b in itertools.pairwise(ticks)] == [PER_PICTURE] * 19
    assert (receiver.damaged, receiver.lost) == (0, 0)


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 9000), min_size=1, max_size=12))
def test_read_in_any_pieces(codec, sizes):
    """Packets taken in one loop are the same as those taken one by one."""
    stream, receiver = framed(film(codec)), VideoReceiver(media(codec))
    splitter = Splitter(lambda *_: None, lambda _: None)
    splitter.open((0, 1), receiver.take, receiver.run)
    waiting, at = bytearray(), 0
    for size in itertools.cycle(sizes):
        if at >= len(stream):
            break
        waiting += stream[at : at + size]
        at += size
        buffer = bytearray(waiting + b"what was here before")
        del waiting[: splitter.take(buffer, len(waiting))]
    assert waiting == b""
    assert [unit.data for unit in receiver.units] == whole(codec)


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=60, deadline=None)
@given(gone=st.sets(st.integers(0, 200), max_size=4), is_run=st.booleans())
def test_nothing_broken_is_handed_on(codec, gone, is_run):
    """After a loss nothing comes until the next key picture; what comes is whole."""
    packets = [one for number, one in enumerate(film(codec)) if number not in gone]
    receiver = VideoReceiver(media(codec))
    if is_run:
        splitter = Splitter(lambda *_: None, lambda _: None)
        splitter.open((0, 1), receiver.take, receiver.run)
        stream = bytearray(framed(packets))
        splitter.take(stream, len(stream))
    else:
        receive(packets, receiver=receiver)
    sent = {data: number for number, data in enumerate(whole(codec))}
    numbers = [sent[unit.data] for unit in receiver.units]
    for before, number in zip([None, *numbers], numbers, strict=False):
        assert number % 5 == 0 or number - 1 == before


def test_loss_is_counted():
    packets = film("h264")
    del packets[len(packets) // 2]
    receiver = receive(packets)
    assert (receiver.lost, receiver.damaged) == (1, 1)
    assert (
        receiver.last_sequence - receiver.first_sequence
        == len(packets) - len([p for p in packets if p[4:8] == packets[-1][4:8]]) + 1
    )


def test_packets_that_come_twice_are_left_out():
    packets = [one for one in film("h264") for _ in range(2)]
    receiver = receive(packets)
    assert [unit.data for unit in receiver.units] == whole("h264")
    assert receiver.lost == 0


@pytest.mark.parametrize("codec", CODECS)
def test_parameter_sets_are_put_in_front(codec):
    """From the description, and from what was seen last."""
    kinds = {
        "h264": lambda unit: unit[0] & 31 in (7, 8),
        "hevc": lambda unit: unit[0] >> 1 in (32, 33, 34),
    }
    is_set = kinds[codec]
    sets = tuple(unit for unit in pictures(codec)[0] if is_set(unit))
    bare = [tuple(unit for unit in units if not is_set(unit)) for units in pictures(codec)]
    receiver = receive(film(codec, bare), codec, parameter_sets=sets)
    assert receiver.units[0].data == joined((*sets, *bare[0]))
    assert receiver.units[1].data == joined(bare[1])
    assert receiver.units[5].data == joined((*sets, *bare[5]))
    alone = [sets, *bare]  # as a picture of their own, which is none
    receiver = receive(film(codec, alone), codec)
    assert receiver.units[0].data == joined((*sets, *bare[0]))
    assert len(receiver.units) == 20


def test_sets_stand_behind_the_delimiter():
    delimiter = b"\x09\xf0"
    sets = [unit for unit in pictures("h264")[0] if unit[0] & 31 in (7, 8)]
    bare = [unit for unit in pictures("h264")[0] if unit[0] & 31 not in (7, 8)]
    receiver = receive(film("h264", [(delimiter, *bare)]), parameter_sets=tuple(sets))
    assert receiver.units[0].data == joined((delimiter, *sets, *bare))


@pytest.mark.parametrize("codec", CODECS)
def test_aggregation(codec):
    units = pictures(codec)[0]
    head = bytes((24,)) if codec == "h264" else bytes((48 << 1, 1))
    payload = head + b"".join(struct.pack("!H", len(unit)) + unit for unit in units)
    receiver = receive([packet(payload, 1, 0, marker=True)], codec)
    assert [unit.data for unit in receiver.units] == [joined(units)]
    broken = receive([packet(payload[:-1], 1, 0, marker=True)], codec)
    assert broken.units == []


def test_marker_is_missing_or_everywhere():
    without = [one[:1] + bytes((one[1] & 0x7F,)) + one[2:] for one in film("h264")]
    assert [unit.data for unit in receive(without).units] == whole("h264")[:-1]
    everywhere = [one[:1] + bytes((one[1] | 0x80,)) + one[2:] for one in film("h264")]
    got = [unit.data for unit in receive(everywhere).units]
    assert set(got[-4:]) <= set(whole("h264"))


def test_extension_padding_and_contributors():
    def heavier(one):
        extension = b"\xbe\xde\x00\x01abcd"
        return bytes((one[0] | 0x31,)) + one[1:12] + b"csrc" + extension + one[12:] + b"\0\0\x03"

    receiver = receive([heavier(one) for one in film("h264")])
    assert [unit.data for unit in receiver.units] == whole("h264")


def test_recovery_point_only_where_no_key_picture_comes():
    point = b"\x06\x06\x01\xc4\x80"
    sets = tuple(unit for unit in pictures("h264")[0] if unit[0] & 31 in (7, 8))
    picture = (point, pictures("h264")[1][-1])
    packets = film("h264", [picture] * 200)
    receiver = receive(packets, parameter_sets=sets)
    assert len(receiver.units) == 200 - 126
    assert all(unit.is_key for unit in receiver.units)
    assert receiver.units[0].data == joined((*sets, *picture))


def test_another_sender_begins_with_a_key_picture():
    first, second = film("h264"), film("h264", pictures("h264")[3:], 1000, 55)
    second = [one[:8] + b"\0\0\0\x09" + one[12:] for one in second]
    got = [unit.data for unit in receive(first + second).units]
    assert got == whole("h264") + whole("h264")[5:]


def test_other_picture_format_ends_the_connection():
    units = pictures("h264")[0]
    other = tuple(unit[:-1] + b"\x77" if unit[0] & 31 == 7 else unit for unit in units)
    with pytest.raises(ProtocolError, match="another kind of picture"):
        receive(film("h264", [units, other]))


def test_other_payload_types_are_left_out():
    extra = packet(b"<xml/>", 0, 0, payload_type=107, marker=True)
    mixed = [one for two in film("h264") for one in (two, extra)]
    assert [unit.data for unit in receive(mixed).units] == whole("h264")


def test_picture_without_an_end_takes_no_memory():
    receiver = VideoReceiver(media())
    fragment = b"\x1c\x85" + bytes(60_000)
    for number in range(400):
        receive([packet(fragment, number, 1)], receiver=receiver)
        fragment = b"\x1c\x05" + bytes(60_000)
        kept = receiver._assembler
        assert sum(map(len, kept.parts)) <= LARGEST_BYTES + 70_000
    assert receiver.units == []


@pytest.mark.parametrize("codec", CODECS)
@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.binary(max_size=40), st.integers(0, 3), st.integers(0, 2), st.booleans()),
        max_size=30,
    )
)
def test_hostile_packets(codec, parts):
    receiver = VideoReceiver(media(codec))
    packets = [
        packet(payload, number * step, stamp, marker=marker, first=0x80 + step)
        for number, (payload, step, stamp, marker) in enumerate(parts)
    ]
    try:
        receive(packets, receiver=receiver)
    except ProtocolError:
        return
    splitter = Splitter(lambda *_: None, lambda _: None)
    splitter.open((0, 1), receiver.take, receiver.run)
    stream = bytearray(framed(packets))
    try:
        assert splitter.take(stream, len(stream)) == len(stream)
    except ProtocolError:
        return
