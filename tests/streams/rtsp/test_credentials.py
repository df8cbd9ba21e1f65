"""Answers to challenges, as the examples of the standards have them."""

import pytest
from hypothesis import given, strategies as st

from streams.rtsp.credentials import Challenge, Credentials, strongest

NONCE = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"


@pytest.mark.parametrize(
    ("algorithm", "response"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_rfc_7616_example(algorithm, response):
    header = (
        f'Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm={algorithm}, '
        f'nonce="{NONCE}", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    )
    answer = Credentials("Mufasa", "Circle of Life").answer(
        strongest([header]), "GET", "/dir/index.html", CNONCE
    )
    for part in (f'response="{response}"', "nc=00000001", "qop=auth", f'cnonce="{CNONCE}"'):
        assert part in answer


def test_without_qop():
    """RFC 2069's way, which most cameras have."""
    header = 'Digest realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"'
    answer = Credentials("Mufasa", "CircleOfLife").answer(
        strongest([header]), "GET", "/dir/index.html"
    )
    assert 'response="1949323746fe6a43ef61f9606e7febea"' in answer
    assert "qop" not in answer


def test_basic_and_the_strongest():
    basic, md5 = 'Basic realm="a"', 'Digest realm="a", nonce="1"'
    sha = 'Digest realm="a", nonce="1", algorithm=SHA-256, qop="auth"'
    assert Credentials("Aladdin", "open sesame").answer(strongest([basic]), "GET", "/") == (
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    )
    assert strongest([basic, md5, sha]).algorithm == "sha-256"
    assert strongest([f"{basic}, {md5}"]).scheme == "digest"
    assert strongest(['Digest nonce="1", algorithm=X', "Bearer x"]) is None
    assert strongest([md5 + ", stale=TRUE"]).is_stale


def test_count_goes_up_for_each_nonce():
    user = Credentials("a", "b")
    for nonce, count in (("x", 1), ("x", 2), ("y", 1)):
        challenge = Challenge("digest", {"nonce": nonce, "qop": "auth"})
        assert f"nc={count:08x}" in user.answer(challenge, "PLAY", "rtsp://h/")


@given(st.lists(st.text(max_size=80), max_size=3), st.text(max_size=20))
def test_hostile_challenges(headers, password):
    challenge = strongest([*headers, *(f"Digest {header}" for header in headers)])
    if challenge is not None:
        Credentials("user", password).answer(challenge, "PLAY", "rtsp://h/")
