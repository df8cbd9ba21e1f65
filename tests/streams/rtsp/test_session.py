"""The conversation goes on as devices hold it, not only as the standard has it."""

import pytest
from hypothesis import given, strategies as st

from streams.rtsp.address import Address
from streams.rtsp.message import Message
from streams.rtsp.problem import NotOurs, ProtocolError, Redirected
from streams.rtsp.session import Session, Stage
from streams.video.media_error import SourceError

SDP = "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:{}\n"
DIGEST = 'Digest realm="r", nonce="{}"'


class Talk:
    def __init__(self, uri="rtsp://admin:p%40ss@cam:8554/a/b?c=1"):
        self.session = Session(Address.parse(uri))
        self.asked = self.said()

    def said(self):
        text = self.session.outgoing.decode()
        self.session.outgoing.clear()
        return text

    def answer(self, status="200 OK", body="", **headers):
        lines = [(name.replace("_", "-"), value) for name, value in headers.items()]
        number = self.asked.split("CSeq: ")[-1].split("\r\n")[0]
        self.session.take(Message(f"RTSP/1.0 {status}", (("cseq", number), *lines), body.encode()))
        self.asked = self.said()
        return self.asked

    def play(self, control="track1", **described):
        self.answer(public="OPTIONS, DESCRIBE, GET_PARAMETER")
        self.answer(body=SDP.format(control), **described)
        self.answer(session="7;timeout=30", transport="RTP/AVP/TCP;interleaved=2-3")
        return self.answer()


def line(request):
    return request.split("\r\n")[0]


def test_from_options_to_teardown():
    talk = Talk()
    assert line(talk.asked) == "OPTIONS rtsp://cam:8554/a/b?c=1 RTSP/1.0"
    talk.play()
    session = talk.session
    assert (session.stage, session.channels, session.keep_alive_s) == (Stage.PLAYING, (2, 3), 15)
    session.keep_alive()
    assert line(talk.said()).startswith("GET_PARAMETER ")
    session.leave()
    goodbye = talk.said()
    assert line(goodbye).startswith("TEARDOWN ")
    assert "Session: 7\r\n" in goodbye


@pytest.mark.parametrize(
    ("control", "base", "asked"),
    [
        ("track1", "", "rtsp://cam:8554/a/b?c=1/track1"),
        ("track1", "rtsp://cam/x/", "rtsp://cam/x/track1"),
        ("rtsp://other/t", "rtsp://cam/x/", "rtsp://other/t"),
        ("*", "rtsp://cam/x", "rtsp://cam/x"),
        ("", "garbage", "rtsp://cam:8554/a/b?c=1"),
    ],
)
def test_addresses_of_the_video(control, base, asked):
    talk = Talk()
    talk.answer()
    setup = talk.answer(body=SDP.format(control), **({"content_base": base} if base else {}))
    assert line(setup) == f"SETUP {asked} RTSP/1.0"


def test_keep_alive_without_get_parameter():
    talk = Talk()
    talk.answer("501 Not Implemented")
    talk.answer(body=SDP.format("t"))
    talk.answer(session="7", transport="RTP/AVP/TCP;interleaved=0-1")
    talk.answer()
    talk.session.keep_alive()
    assert line(talk.said()).startswith("OPTIONS ")
    assert talk.session.keep_alive_s == 30


def test_password_is_answered_once_for_each_nonce():
    talk = Talk()
    talk.answer()
    asked = talk.answer("401 Unauthorized", www_authenticate=DIGEST.format("one"))
    assert 'nonce="one"' in asked
    stale = DIGEST.format("two") + ", stale=true"
    assert 'nonce="two"' in talk.answer("401 Unauthorized", www_authenticate=stale)
    with pytest.raises(SourceError, match="wrong user or password") as caught:
        talk.answer("401 Unauthorized", www_authenticate=stale)
    assert caught.value.is_locked_out


def test_nonce_grows_old_while_playing():
    """Even where the device does not say that it is only stale."""
    talk = Talk()
    talk.answer()
    talk.answer("401 Unauthorized", www_authenticate=DIGEST.format("one"))
    talk.answer(body=SDP.format("t"))
    talk.answer(session="7", transport="RTP/AVP/TCP;interleaved=0-1")
    talk.answer()
    talk.session.keep_alive()
    talk.asked = talk.said()
    assert 'nonce="two"' in talk.answer("401 Unauthorized", www_authenticate=DIGEST.format("two"))
    assert talk.answer("401 Unauthorized", www_authenticate=DIGEST.format("two")) == ""
    assert talk.session.stage is Stage.PLAYING


def test_nobody_to_log_in_as():
    talk = Talk("rtsp://cam/a")
    with pytest.raises(SourceError, match="401"):
        talk.answer("401 Unauthorized", www_authenticate=DIGEST.format("one"))


@pytest.mark.parametrize(
    ("status", "message"),
    [("404 Not Found", "404"), ("403 Forbidden", "403"), ("500 Oops", "a fault of its own"),
     ("451 Parameter", "refuses the request")],
)  # fmt: skip
def test_refusals(status, message):
    talk = Talk()
    talk.answer()
    with pytest.raises(SourceError, match=message):
        talk.answer(status)


def test_moved_with_the_same_user():
    talk = Talk()
    with pytest.raises(Redirected) as moved:
        talk.answer("302 Found", location="rtsp://there:99/x")
    assert moved.value.uri == "rtsp://admin:p%40ss@there:99/x"
    with pytest.raises(ProtocolError):
        Talk().answer("302 Found", location="http://there/x")


def test_other_transports_are_for_another_reader():
    for answer in ({"status": "461 Unsupported"}, {"session": "7", "transport": "RTP/AVP;unicast"}):
        talk = Talk()
        talk.answer()
        talk.answer(body=SDP.format("t"))
        with pytest.raises(NotOurs):
            talk.answer(**answer)


def test_device_asks():
    talk = Talk()
    talk.session.take(Message("GET_PARAMETER rtsp://x RTSP/1.0", (("cseq", "9"),)))
    assert talk.said() == "RTSP/1.0 200 OK\r\nCSeq: 9\r\n\r\n"
    talk.session.take(Message("ANNOUNCE rtsp://x RTSP/1.0", (("cseq", "10"),)))
    assert talk.said().startswith("RTSP/1.0 501 ")


def test_device_ends_the_session():
    talk = Talk()
    talk.play()
    talk.session.keep_alive()
    talk.asked = talk.said()
    with pytest.raises(SourceError, match="ended the session"):
        talk.answer("454 Session Not Found")


NAMES = st.sampled_from(
    ["cseq", "session", "transport", "location", "www-authenticate", "content-base", "public"]
)
VALUES = st.text(max_size=30) | st.sampled_from(
    ["1", "2", "3", 'Digest nonce="', "RTP/AVP/TCP;interleaved=1", "rtsp://[", "7;timeout=0"]
)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["RTSP/1.0 200 OK", "RTSP/1.0 401 x", "RTSP/1.0 302 x", "RTSP/1.0",
                             "RTSP/1.0 x", "PLAY x RTSP/1.0", "RTSP/1.0 100 x"]),
            st.lists(st.tuples(NAMES, VALUES), max_size=4),
            st.sampled_from(["", SDP.format("t"), SDP.format("rtsp://["), SDP.format("a\r\nb")]),
        ),
        max_size=8,
    )
)  # fmt: skip
def test_hostile_answers(messages):
    session = Session(Address.parse("rtsp://admin:x@cam/a"))
    try:
        for first, headers, body in messages:
            session.take(Message(first, tuple(headers), body.encode()))
    except (SourceError, NotOurs, Redirected, ProtocolError):
        pass
    session.leave()
    assert len(session.outgoing) < 64 * 2**10
