"""Reports are read and written as RFC 3550 lays them out."""

import struct

from hypothesis import given, strategies as st

from streams.rtsp.rtcp import NTP_TO_UNIX_S, Reception, interleaved, sender_reports


def report(seconds, fraction=0, ticks=90_000):
    return struct.pack("!BBH4sIIIII", 0x80, 200, 6, b"abcd", seconds, fraction, ticks, 1, 2)


def read(data):
    return list(sender_reports(bytearray(data), 0, len(data)))


def test_sender_report():
    description = struct.pack("!BBHI", 0x81, 202, 1, 0)
    (found,) = read(description + report(NTP_TO_UNIX_S + 1_700_000_000, 2**31))
    assert found.utc_s == 1_700_000_000.5
    assert (found.ssrc, found.ticks) == (b"abcd", 90_000)
    assert found.middle == (NTP_TO_UNIX_S + 1_700_000_000 & 0xFFFF) << 16 | 1 << 15


def test_after_2036_and_without_a_clock():
    (found,) = read(report(100))
    assert found.utc_s == 2**32 + 100 - NTP_TO_UNIX_S
    assert read(report(0)) == []


def test_receiver_report():
    reception = Reception(own_ssrc=5)
    reception.report(b"abcd", 100, 199, 0, None)
    sent = reception.report(b"abcd", 100, 299, 25, (0x1234, 1.5))
    assert sent[:4] == bytes((0x81, 201, 0, 7))
    own, ssrc, lost, last, jitter, middle, delay = struct.unpack_from("!I4s5I", sent, 4)
    assert (own, ssrc, last, jitter, middle, delay) == (5, b"abcd", 299, 0, 0x1234, 98_304)
    assert (lost >> 24, lost & 0xFFFFFF) == (64, 25)
    assert sent[32:36] == struct.pack("!BBH", 0x81, 202, (len(sent) - 36) // 4)
    assert len(sent) % 4 == 0
    assert interleaved(3, b"xy") == b"$\x03\x00\x02xy"


@given(st.binary(max_size=120))
def test_hostile_reports(data):
    read(data)
    read(b"\x80\xc8" + data)
