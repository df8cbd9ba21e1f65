"""Sign-in by an identity provider: OpenID Connect's code flow with PKCE, state and nonce.

Sources: OpenID Connect Core 1.0 (3.1, code flow; 3.1.3.7, what of an ID token is checked) and
Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (`iss` in the answer). All requests go through the guard of
`api.outbound.guard`; a provider inside the bureau's network is allowed in `outbound.toml`.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from api.outbound.guard import Reach, guarded_client, read_capped
from api.sign_in.settings import OidcSettings

KNOWN_FOR_S = 3600.0
"""How long the provider's addresses and keys are taken as read."""
NEW_KEYS_AFTER_S = 30.0
"""How soon they are read again for a key that is not known."""
PENDING_S = 600.0
"""How long somebody may take to sign in over there."""
LEEWAY_S = 60
ALGORITHMS = ("RS256", "PS256", "ES256", "RS384", "RS512", "ES384", "EdDSA")


class OidcRefused(ValueError):  # noqa: N818 - it is an answer rather than an error
    """Nobody is let in; `kind` is `denied`, `state`, `provider`, `no_account` or `no_role`."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in that was begun: what the answer has to fit; sealed in the browser's cookie."""

    state: str
    nonce: str
    verifier: str
    begun_s: float

    def to_text(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def from_text(cls, text: str) -> "Pending":
        """Back from JSON."""
        return cls(**json.loads(text))


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brings back from the provider."""

    state: str
    code: str | None = None
    error: str | None = None
    issuer: str | None = None


class Provider:
    """An identity provider; methods raise OidcRefused, its network's troubles included."""

    def __init__(
        self,
        settings: OidcSettings,
        data_dir: Path,
        reach: Reach,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.settings = settings
        self._data_dir = data_dir
        self._reach = reach
        self._clock = clock
        self._turn = threading.Lock()
        self._read_s = 0.0
        self._about: dict[str, Any] = {}
        self._keys: KeySet | None = None

    def begin(self) -> tuple[str, Pending]:
        """The address to send the browser to, and what to keep of it."""
        about, _ = self._know()
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        pending = Pending(state, nonce, verifier, self._clock())
        challenge = hashlib.sha256(pending.verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": self.settings.redirect_uri,
            "scope": self.settings.scope,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        start = _text(about, "authorization_endpoint")
        return f"{start}{'&' if '?' in start else '?'}{urlencode(asked)}", pending

    def finish(self, pending: Pending, answer: Answer) -> dict[str, Any]:
        """What the provider says of who signed in there: claims that were checked."""
        self._check_answer(pending, answer)
        tokens = self._redeem(pending, str(answer.code))
        claims = self._claims(str(tokens.get("id_token", "")), pending.nonce)
        if self.settings.claim not in claims and "access_token" in tokens:
            claims = self._userinfo(str(tokens["access_token"]), claims["sub"]) | claims
        return claims

    def _check_answer(self, pending: Pending, answer: Answer) -> None:
        if not secrets.compare_digest(answer.state.encode(), pending.state.encode()):
            raise OidcRefused("state", "this answer is to no sign-in of this browser: begin anew")
        if not 0 <= self._clock() - pending.begun_s <= PENDING_S:
            raise OidcRefused("state", "signing in took too long: begin anew")
        if answer.issuer is not None and answer.issuer != self.settings.issuer:
            raise OidcRefused("provider", "the answer is from another provider")
        if answer.error is not None or not answer.code:
            raise OidcRefused("denied", f"the provider refused: {(answer.error or '')[:80]}")

    def _redeem(self, pending: Pending, code: str) -> dict[str, Any]:
        about, _ = self._know()
        secret = self.settings.client_secret(self._data_dir)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.redirect_uri,
            "code_verifier": pending.verifier,
            "client_id": self.settings.client_id,
        }
        methods = about.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        auth = None
        if "client_secret_basic" in methods:
            auth = httpx.BasicAuth(quote(self.settings.client_id, ""), quote(secret, ""))
        else:
            form["client_secret"] = secret
        return self._ask("POST", _text(about, "token_endpoint"), data=form, auth=auth)

    def _claims(self, id_token: str, nonce: str) -> dict[str, Any]:
        """What an ID token says, once all of it was checked."""
        try:
            return self._checked(id_token, nonce, self._know()[1])
        except (JoseError, ValueError) as first:
            keys = self._know(newer_than_s=NEW_KEYS_AFTER_S)[1]  # they may have been changed
            try:
                return self._checked(id_token, nonce, keys)
            except (JoseError, ValueError):
                raise OidcRefused("provider", f"its ID token does not hold: {first}") from None

    def _checked(self, id_token: str, nonce: str, keys: KeySet) -> dict[str, Any]:
        claims = jwt.decode(id_token, keys, algorithms=ALGORITHMS).claims
        needed: dict[str, Any] = {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
            "sub": {"essential": True},
            "exp": {"essential": True},
            "iat": {"essential": True},
            "nonce": {"essential": True, "value": nonce},
        }
        now_s = int(self._clock())
        jwt.JWTClaimsRegistry(now_s, LEEWAY_S, **needed).validate(claims)
        if claims.get("azp", self.settings.client_id) != self.settings.client_id:
            raise ValueError("it was made for another client (azp)")
        if isinstance(claims["aud"], list) and len(claims["aud"]) > 1 and "azp" not in claims:
            raise ValueError("it was made for several clients and does not say for which (azp)")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise ValueError("its subject is none (sub)")
        return claims

    def _userinfo(self, access_token: str, subject: str) -> dict[str, Any]:
        about, _ = self._know()
        if "userinfo_endpoint" not in about:
            return {}
        headers = {"Authorization": f"Bearer {access_token}"}
        told = self._ask("GET", _text(about, "userinfo_endpoint"), headers=headers)
        if told.get("sub") != subject:
            raise OidcRefused("provider", "its userinfo is about somebody else")
        return told

    def _know(self, newer_than_s: float = KNOWN_FOR_S) -> tuple[dict[str, Any], KeySet]:
        """The provider's addresses and keys."""
        with self._turn:
            if self._keys is None or self._clock() - self._read_s > newer_than_s:
                well_known = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
                about = self._ask("GET", well_known)
                if about.get("issuer") != self.settings.issuer:
                    raise OidcRefused("provider", "it calls itself another issuer than configured")
                keys = self._ask("GET", _text(about, "jwks_uri"))
                self._keys, self._about = _key_set(keys), about
                self._read_s = self._clock()
            return self._about, self._keys

    def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx's
        """A JSON object from the provider."""
        try:
            with (
                guarded_client(self._reach) as client,
                client.stream(method, url, **more) as response,
            ):
                told = json.loads(read_capped(response))
        except (httpx.HTTPError, ValueError) as error:
            reason = str(error) if isinstance(error, httpx.HTTPError) else "it sent no JSON"
            raise OidcRefused("provider", f"the provider cannot be asked: {reason}") from None
        if response.status_code != httpx.codes.OK or not isinstance(told, dict):
            why = str(told.get("error", ""))[:80] if isinstance(told, dict) else ""
            raise OidcRefused("provider", f"the provider answered {response.status_code} {why}")
        return told


def _key_set(told: dict[str, Any]) -> KeySet:
    """Its public keys; those of kinds that are not known are left out."""
    try:
        return KeySet.import_key_set({"keys": told["keys"]})
    except (JoseError, KeyError, TypeError, ValueError) as error:
        raise OidcRefused("provider", f"its keys cannot be read: {error}") from None


def _text(about: dict[str, Any], key: str) -> str:
    text = about.get(key)
    if not isinstance(text, str) or not text.startswith(("https://", "http://")):
        raise OidcRefused("provider", f"its configuration lacks {key}")
    return text
