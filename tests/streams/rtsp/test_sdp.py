"""Descriptions as devices send them, and as nobody should."""

from fractions import Fraction

from hypothesis import given, strategies as st

from streams.rtsp.sdp import parse_sdp

HIKVISION = """v=0
o=- 1109162014219182 1109162014219192 IN IP4 x.y.z.w
s=Media Presentation
t=0 0
a=control:*
m=audio 0 RTP/AVP 8
a=control:trackID=2
m=video 0 RTP/AVP 96
b=AS:5000
a=control:trackID=1
a=rtpmap:96 H264/90000
a=framerate:12.5
a=fmtp:96 packetization-mode=1; sprop-parameter-sets=Z0IAKeKQFAe2AtwEBAaQeJEV,aM48gA==
"""
H265 = """m=video 0 RTP/AVP 97 98
a=rtpmap:97 VND.ONVIF/90000
a=rtpmap:98 H265/90000
a=fmtp:98 sprop-vps=QAEMAf//AWAAAAMAsAAAAwAAAwBdqgJA;sprop-pps=RAHgdrAmQA==;\
sprop-sps=QgEBAWAAAAMAsAAAAwAAAwBdoAKAgC0WNrkky/AIAAADAAgAAAMBlQg=
"""


def test_h264():
    media = parse_sdp(HIKVISION.replace("\n", "\r\n"))
    assert (media.codec, media.payload_type, media.clock_hz) == ("h264", 96, 90_000)
    assert (media.control, media.session_control, media.protocol) == ("trackID=1", "*", "RTP/AVP")
    assert [unit[0] & 31 for unit in media.parameter_sets] == [7, 8]
    assert media.frame_s == Fraction(2, 25)
    assert media.packetization_mode == 1


def test_h265_beside_other_payload_types():
    media = parse_sdp(H265)
    assert (media.codec, media.payload_type) == ("hevc", 98)
    assert [unit[0] >> 1 for unit in media.parameter_sets] == [32, 33, 34]


def test_others():
    assert parse_sdp("m=video 0 RTP/AVP 26").codec == "mjpeg"
    assert parse_sdp("m=video 0 RTP/AVP 96\na=rtpmap:96 AV1/90000").codec == "av1"
    assert parse_sdp("v=0\nm=audio 0 RTP/AVP 8") is None
    assert parse_sdp("") is None


@given(
    st.lists(
        st.sampled_from(["m=", "m=video ", "a=rtpmap:", "a=fmtp:96 ", "96 ", "H264/", "\n", "=",
                         "sprop-parameter-sets=", "a=framerate:", "0.0", "9" * 40, ";", "RTP/AVP "])
        | st.text(max_size=9),
        max_size=40,
    )
)  # fmt: skip
def test_hostile_descriptions(parts):
    parse_sdp("".join(parts))
    parse_sdp("m=video 0 RTP/AVP 96\n" + "".join(parts))
