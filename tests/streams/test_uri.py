"""Addresses: the right ones are taken, and none shows its password."""

from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from streams.uri import as_path, check_uri, expand_uri, is_live, mask_uri


@pytest.mark.parametrize(
    ("uri", "live"),
    [
        ("rtsp://10.0.0.1/1", True),
        ("RTSP://10.0.0.1/1", True),
        ("https://h/live.m3u8", True),
        ("rtmp://h/1", True),
        ("clips/a.mp4", False),
        ("/data/a:b.mp4", False),
        ("file:///data/a.mp4", False),
        ("FILE:///data/a.mp4", False),
    ],
)
def test_streams_are_told_from_files(uri, live):
    assert check_uri(uri) == uri
    assert is_live(uri) is live


def test_a_file_address_is_a_path():
    assert as_path("file:///data/a.mp4") == as_path("FILE:///data/a.mp4") == Path("/data/a.mp4")
    assert as_path("a.mp4") == Path("a.mp4")


@pytest.mark.parametrize(
    ("uri", "message"),
    [("", "needs a uri"), ("  ", "needs a uri"), ("ftp://h/1", "ftp:// is not a camera address")],
)
def test_other_addresses_are_refused(uri, message):
    with pytest.raises(ValueError, match=message):
        check_uri(uri)


@pytest.mark.parametrize(
    ("uri", "shown"),
    [
        ("rtsp://admin:secret@h:554/1", "rtsp://***@h:554/1"),
        ("rtsp://admin@h/1", "rtsp://***@h/1"),
        ("rtsp://h/1?subtype=0", "rtsp://h/1?subtype=0"),
        ("rtsp://admin:p@ss/word@h/1", "rtsp://***@h/1"),
        ("rtsp://admin:what?#@h/1", "rtsp://***@h/1"),
        ("http://h/1?Token=abc&x=1", "http://h/1?Token=***&x=1"),
        ("http://h/1?authkey=abc&signature=f", "http://h/1?authkey=***&signature=***"),
        ("rtsp://h/user=admin&password=x&channel=1", "rtsp://h/user=admin&password=***&channel=1"),
        ("rtsp://h/user=admin_password=x_channel=1.sdp", "rtsp://h/user=admin_password=***"),
        ("clips/a@b.mp4", "clips/a@b.mp4"),
    ],
)
def test_what_is_secret_does_not_show(uri, shown):
    assert mask_uri(uri) == shown
    assert mask_uri(shown) == shown


@given(st.text(st.characters(codec="utf-8"), min_size=4))
def test_no_password_shows_however_it_is_written(password):
    assert f"Q{password}Q" not in mask_uri(f"rtsp://admin:Q{password}Q@10.0.0.1/1")


def test_the_environment_fills_in_what_is_not_written_down(monkeypatch):
    monkeypatch.setenv("CAM_USER", "admin")
    monkeypatch.delenv("CAM_PASSWORD", raising=False)
    assert expand_uri("rtsp://${CAM_USER}@h/$x/{y}") == "rtsp://admin@h/$x/{y}"
    message = r"the address rtsp://\*\*\*@h/1 needs the environment variable CAM_PASSWORD"
    with pytest.raises(ValueError, match=message):
        expand_uri("rtsp://${CAM_USER}:${CAM_PASSWORD}@h/1")
