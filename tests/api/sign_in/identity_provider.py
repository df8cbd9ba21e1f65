"""A small identity provider for tests: real HTTP on loopback, real keys; it can be told to lie."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey

CLIENT_ID, CLIENT_SECRET = "skyeye", "client&secret=1"
Change = Callable[[dict[str, Any]], object]


@dataclass
class Idp:
    """The provider's state; `change_*` alter what it says, as a faulty or hostile one would."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signer: RSAKey | None = None
    algorithm: str = "RS256"
    claims: dict[str, Any] = field(default_factory=lambda: {"sub": "u-1", "groups": ["officers"]})
    userinfo: dict[str, Any] | None = None
    change_token: Change = lambda _: None
    change_about: Change = lambda _: None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    redeemed: list[str] = field(default_factory=list)

    def about(self) -> dict[str, Any]:
        """What discovery tells."""
        told: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
        }
        if self.userinfo is not None:
            told["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        self.change_about(told)
        return told

    def authorize(self, asked: dict[str, str]) -> str:
        """Somebody signs in; the address to send the browser back to."""
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def redeem(self, form: dict[str, str], basic: str) -> dict[str, Any]:
        """Tokens for a code; checks what a provider has to check."""
        asked = self.codes.get(form["code"])
        user, _, secret = base64.b64decode(basic.removeprefix("Basic ")).decode().partition(":")
        challenge = hashlib.sha256(form["code_verifier"].encode()).digest()
        proof = base64.urlsafe_b64encode(challenge).rstrip(b"=").decode()
        if (
            asked is None
            or form["code"] in self.redeemed
            or (unquote(user), unquote(secret)) != (CLIENT_ID, CLIENT_SECRET)
            or asked["code_challenge"] != proof
            or asked["code_challenge_method"] != "S256"
            or asked["redirect_uri"] != form["redirect_uri"]
        ):
            return {"error": "invalid_grant"}
        self.redeemed.append(form["code"])
        now_s = int(time.time())
        told = {"iss": self.issuer, "aud": CLIENT_ID, "nonce": asked["nonce"], **self.claims}
        told |= {"iat": now_s, "exp": now_s + 300}
        self.change_token(told)
        header = {"alg": self.algorithm, "kid": (self.signer or self.key).kid}
        if self.algorithm == "none":
            token = ".".join(map(_encoded, (header, told))) + "."
        else:
            token = jwt.encode(header, told, self.signer or self.key, algorithms=[self.algorithm])
        return {"id_token": token, "access_token": "access", "token_type": "Bearer"}


def _encoded(part: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


@contextmanager
def running() -> Iterator[Idp]:
    """The provider, until the block ends."""
    idp = Idp()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = {key: values[0] for key, values in parse_qs(url.query).items()}
            if url.path == "/.well-known/openid-configuration":
                self._send(idp.about())
            elif url.path == "/keys":
                self._send({"keys": [idp.key.as_dict(private=False)]})
            elif url.path == "/userinfo" and self.headers["Authorization"] == "Bearer access":
                self._send(idp.userinfo or {})
            elif url.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", idp.authorize(asked))
                self.send_header("Content-Length", "0")
                self.end_headers()
            else:
                self._send({"error": "not_found"}, 404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {key: values[0] for key, values in parse_qs(body).items()}
            told = idp.redeem(form, self.headers.get("Authorization", ""))
            self._send(told, 400 if "error" in told else 200)

        def _send(self, told: dict[str, Any], status: int = 200) -> None:
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        idp.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield idp
        finally:
            server.shutdown()
            thread.join()
