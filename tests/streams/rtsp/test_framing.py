"""Messages and packets on one connection, in any pieces and from anybody."""

import pytest
from hypothesis import given, strategies as st

from streams.rtsp.framing import LARGEST_REST_BYTES, Splitter
from streams.rtsp.message import LARGEST_HEAD_BYTES, write_message
from streams.rtsp.problem import ProtocolError
from tests.streams.rtsp.packets import framed

REPLY = (
    b"RTSP/1.0 200 OK\r\nCSeq: 2\r\nContent-Length: 5\r\nPublic: PLAY,\r\n TEARDOWN\r\n\r\nhello"
)


def split(data, pieces=(10**6,)):
    heard = []
    splitter = Splitter(lambda d, a, b: heard.append(("rtcp", bytes(d[a:b]))), heard.append)
    splitter.open((2, 3), lambda d, a, b: heard.append(("rtp", bytes(d[a:b]))))
    waiting, at, number = bytearray(), 0, 0
    while at < len(data):
        size = pieces[number % len(pieces)]
        waiting += data[at : at + size]
        at, number = at + size, number + 1
        del waiting[: splitter.take(waiting[:], len(waiting))]
        assert len(waiting) <= LARGEST_REST_BYTES + size
    return heard, bytes(waiting)


@given(st.lists(st.integers(1, 50), min_size=1, max_size=9))
def test_any_pieces(pieces):
    data = REPLY + framed([b"one"], 2) + b"\r\n" + framed([b"two"], 3) + framed([b"x"], 9) + REPLY
    heard, rest = split(data, tuple(pieces))
    first, *packets, last = heard
    assert packets == [("rtp", b"one"), ("rtcp", b"two")]
    assert first == last
    assert (first.status, first.body, first.get("cseq")) == (200, b"hello", "2")
    assert first.get("public") == "PLAY, TEARDOWN"
    assert rest == b""


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x00\xff\x17garbage", "not RTSP"),
        (b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 4000, "too long"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", "'99999999' bytes"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", "'-1' bytes"),
    ],
)
def test_what_is_not_rtsp(data, message):
    with pytest.raises(ProtocolError, match=message):
        split(data)


def test_head_that_never_ends_is_not_kept():
    with pytest.raises(ProtocolError):
        split(b"A" * (LARGEST_HEAD_BYTES + 100), (1000,))


@given(st.binary(max_size=400), st.lists(st.integers(1, 40), min_size=1, max_size=5))
def test_hostile_bytes(data, pieces):
    try:
        heard, _ = split(data, tuple(pieces))
        for message in heard:
            if not isinstance(message, tuple):
                _ = message.status
    except ProtocolError:
        pass


def test_no_line_break_gets_into_a_message():
    with pytest.raises(ProtocolError):
        write_message("OPTIONS rtsp://h/a\r\nX: y RTSP/1.0", [])
