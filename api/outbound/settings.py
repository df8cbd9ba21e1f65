"""What is set for a target, by its kind; secrets are kept apart."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter

from api.outbound.retrying import Patience
from api.workflow.words import Action, Happening, State

NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"
LONGEST_TIMEOUT_S = 30.0
DAY_S = 86_400.0


def _storable(text: str) -> str:
    """Refuse what no database keeps: a zero character, and half of a pair of surrogates."""
    if "\0" in text or any("\ud800" <= sign <= "\udfff" for sign in text):
        raise ValueError("it has a character that cannot be kept")
    return text


Text = Annotated[str, AfterValidator(_storable), Field(max_length=400)]
Word = Annotated[str, AfterValidator(_storable), Field(max_length=80)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Settings(_Part):
    """What every kind has: which events are sent (empty: all), and when they are given up."""

    actions: tuple[Action | Happening, ...] = ()
    kinds: tuple[Word, ...] = ()
    give_up_days: float = Field(3.0, gt=0, le=365)
    refused_tries: int = Field(5, ge=1, le=100)
    timeout_s: float = Field(10.0, gt=0, le=LONGEST_TIMEOUT_S)

    @property
    def patience(self) -> Patience:
        """When to give up."""
        return Patience(self.refused_tries, give_up_s=self.give_up_days * DAY_S)


class WebhookSettings(_Settings):
    """A signed POST for every event."""

    kind: Literal["webhook"]
    url: Text
    body: Literal["event", "alarm"] = "event"


class MqttSettings(_Settings):
    """A broker; `prefix` begins every topic. Without `tls` the password can be read on the way."""

    kind: Literal["mqtt"]
    host: Word
    port: int = Field(8883, ge=1, le=65535)
    tls: bool = True
    username: Word = ""
    prefix: Word = Field("skyeye", pattern=r"^[^#+/$\s][^#+\s]*$")
    cameras: bool = True


class PlatformSettings(_Settings):
    """A city platform; `mapping` names a file of platforms/ that says how it speaks.

    `duties` are the steps of the workflow that the platform's people take. `push_at` are the states
    in which a case is handed over: from then on its events are sent.
    """

    kind: Literal["platform"]
    url: Text
    mapping: Word = Field("reference", pattern=NAME)
    duties: tuple[Literal["dispatcher", "handler", "checker"], ...] = (
        "dispatcher", "handler", "checker",
    )  # fmt: skip
    push_at: tuple[State, ...] = (State.FILED,)
    photos: Literal["masked", "original", "none"] = "masked"
    pull_every_s: float = Field(30.0, ge=1, le=DAY_S)


class ViidSettings(_Settings):
    """A view library after GA/T 1400; `device_id` is the 20 digits that it knows us by."""

    kind: Literal["viid"]
    url: Text
    device_id: str = Field(pattern=r"^\d{20}$")
    username: Word
    keepalive_s: float = Field(60.0, ge=1, le=3600)
    photos: Literal["masked", "original", "none"] = "masked"


Settings = Annotated[
    WebhookSettings | MqttSettings | PlatformSettings | ViidSettings, Field(discriminator="kind")
]
SETTINGS: TypeAdapter[WebhookSettings | MqttSettings | PlatformSettings | ViidSettings] = (
    TypeAdapter(Settings)
)
SECRETS = {
    "webhook": ("signing",),
    "mqtt": ("password",),
    "platform": ("token",),
    "viid": ("password",),
}
"""Which secrets a kind takes."""
