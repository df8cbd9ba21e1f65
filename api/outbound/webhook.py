"""Webhooks: a signed POST for every event."""

import json
from typing import Any

from api.outbound.events import Event, alarm_body, event_body
from api.outbound.guard import Reach, guarded_client
from api.outbound.http_answers import ask, check_answer
from api.outbound.sender import Choice
from api.outbound.settings import WebhookSettings
from api.outbound.signing import SigningKeys, signature_headers

AGENT = "Skyeye"
NOTHING_ELSE_S = 3600.0


class Webhook:
    """Sends to one address."""

    def __init__(self, settings: WebhookSettings, signing: SigningKeys, reach: Reach) -> None:
        self._settings = settings
        self._signing = signing
        self._choice = Choice(frozenset(settings.actions), frozenset(settings.kinds))
        self._client = guarded_client(reach, settings.timeout_s)

    def wants(self, event: Event) -> bool:
        """See Sender; the alarm shape cannot tell of most steps."""
        return self._choice.takes(event) and self._body(event) is not None

    def send(self, event: Event, now_s: float) -> None:
        """See Sender."""
        body = json.dumps(self._body(event), ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            "Idempotency-Key": event.id,
            **signature_headers(event.id, int(now_s), body, self._signing.at(now_s)),
        }
        request = self._client.build_request(
            "POST", self._settings.url, content=body, headers=headers
        )
        check_answer(ask(self._client, request, self._settings.timeout_s))

    def idle(self, _now_s: float) -> float:
        """There is nothing else to do."""
        return NOTHING_ELSE_S

    def close(self) -> None:
        """See Sender."""
        self._client.close()

    def _body(self, event: Event) -> dict[str, Any] | None:
        return alarm_body(event) if self._settings.body == "alarm" else event_body(event)
