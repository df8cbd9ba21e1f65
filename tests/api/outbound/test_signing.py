"""Signatures, against the specification's own example, and as a receiver checks them."""

import base64
import hashlib
import hmac

import pytest

from api.outbound.signing import SigningKeys, new_signing_secret, secret_bytes, signature_headers


def test_the_example_of_the_specification() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    headers = signature_headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body, [secret])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_new_secret_signs() -> None:
    secret, other = new_signing_secret(), new_signing_secret()
    assert secret != other
    told = signature_headers("e", 5, b"x", [secret, other])["webhook-signature"].split()
    for text, key in zip(told, (secret, other), strict=True):
        mac = hmac.new(secret_bytes(key), b"e.5.x", hashlib.sha256).digest()
        assert text == "v1," + base64.b64encode(mac).decode()


def test_the_former_secret_signs_for_a_while() -> None:
    keys = SigningKeys("new", "old", 100.0)
    assert keys.at(99.0) == ("new", "old")
    assert keys.at(100.0) == ("new",)
    assert SigningKeys("new").at(0.0) == ("new",)


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_!!!!", "whsec_AAAA", "whsec_" + "A" * 400])
def test_secrets_that_are_none(secret: str) -> None:
    with pytest.raises(ValueError, match="a signing secret is") as caught:
        secret_bytes(secret)
    assert not secret or secret == "whsec_" or secret not in str(caught.value)
