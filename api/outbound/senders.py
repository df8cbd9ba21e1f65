"""Make what serves a target of each kind."""

from dataclasses import dataclass
from pathlib import Path

from api.evidence import Evidence
from api.outbound.guard import Reach, load_reach
from api.outbound.mapping import load_mapping
from api.outbound.mqtt import Mqtt
from api.outbound.photos import Masking, Pictures
from api.outbound.platform import Desk, PlatformSender
from api.outbound.platform_http import HttpPlatform
from api.outbound.received import Received
from api.outbound.sender import Sender
from api.outbound.settings import (
    SETTINGS,
    MqttSettings,
    PlatformSettings,
    ViidSettings,
    WebhookSettings,
)
from api.outbound.tables import Target
from api.outbound.targets import open_secrets, signing_keys
from api.outbound.viid import Viid
from api.outbound.webhook import Webhook
from api.practice import Practice
from api.store.database import Store
from streams.bus import Bus
from streams.sealing import Seals


@dataclass(frozen=True, slots=True)
class Workshop:
    """What senders are made of."""

    data_dir: Path
    store: Store
    bus: Bus
    evidence: Evidence
    masking: Masking
    practice: Practice

    def make(self, target: Target) -> Sender:
        """The sender of a target, as it is set up now.

        Raises ValueError or OSError, whose message says what is to be set right.
        """
        settings = SETTINGS.validate_python(target.settings)
        secrets = open_secrets(target, Seals(self.data_dir / "keys"))
        reach = load_reach(self.data_dir)
        match settings:
            case WebhookSettings():
                return Webhook(settings, signing_keys(target, secrets), reach)
            case MqttSettings():
                return Mqtt(settings, secrets.get("password", ""), reach, self.bus)
            case PlatformSettings():
                platform = self._platform(settings, secrets, reach)
                return PlatformSender(target, settings, platform, self._desk(target, settings))
            case ViidSettings():
                pictures = self._pictures(target, settings)
                return Viid(settings, secrets.get("password", ""), reach, pictures)

    def _platform(
        self, settings: PlatformSettings, secrets: dict[str, str], reach: Reach
    ) -> HttpPlatform:
        mapping = load_mapping(settings.mapping, self.data_dir / "platforms")
        token = secrets.get("token", "")
        return HttpPlatform(settings, mapping, token, reach, self.practice, self.bus)

    def _desk(self, target: Target, settings: PlatformSettings) -> Desk:
        pictures = self._pictures(target, settings)
        return Desk(self.store, self.practice, pictures, Received(self.data_dir))

    def _pictures(self, target: Target, settings: PlatformSettings | ViidSettings) -> Pictures:
        return Pictures(self.store, self.evidence, self.masking, target.name, settings.photos)
