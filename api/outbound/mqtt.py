"""MQTT 3.1.1: an event each, at QoS 1, and the state of every camera, retained.

Topics, below the target's prefix: `cases/CAMERA/KIND/ACTION`, `cameras/CAMERA/state`, `status`.
Signs with a meaning in topics (/ + # $ and others) are percent-encoded in names.
"""

import json
import socket
import ssl
import threading
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from api.outbound.checking import allowed_addresses
from api.outbound.events import Event, event_body
from api.outbound.guard import Address, AddressRefused, Reach
from api.outbound.http_answers import plain
from api.outbound.sender import Choice, Undelivered
from api.outbound.settings import MqttSettings
from api.statuses import read_statuses
from streams.bus import Bus

AT_LEAST_ONCE = 1
KEEPALIVE_S = 30
CAMERAS_EVERY_S = 2.0
_STATE = ("state", "since_s", "judged", "reason", "error")
"""What is told of a camera: what changes seldom, and no address."""


class Mqtt:
    """Publishes to one broker; a connection that fails is replaced by a new one at the next try."""

    def __init__(self, settings: MqttSettings, password: str, reach: Reach, bus: Bus) -> None:
        self._settings = settings
        self._password = password
        self._reach = reach
        self._bus = bus
        self._choice = Choice(frozenset(settings.actions), frozenset(settings.kinds))
        self._client: _Client | None = None
        self._told: dict[str, str] = {}

    def wants(self, event: Event) -> bool:
        """See Sender."""
        return self._choice.takes(event)

    def send(self, event: Event, _now_s: float) -> None:
        """See Sender: the broker has it when it has acknowledged it."""
        names = (event.case.camera_id, event.case.kind, event.line.action)
        topic = "/".join(["cases", *(topic_name(name) for name in names)])
        self._publish(topic, json.dumps(event_body(event), ensure_ascii=False))

    def idle(self, _now_s: float) -> float:
        """Tell which cameras have changed; a broker that was away is told of all."""
        if not self._settings.cameras:
            return CAMERAS_EVERY_S
        self._connected()
        now = {
            camera: _state(status) for camera, status in read_statuses(self._bus, "camera").items()
        }
        for camera in self._told.keys() - now.keys():
            self._publish(f"cameras/{topic_name(camera)}/state", "", retain=True)
            del self._told[camera]
        for camera, state in now.items():
            if self._told.get(camera) != state:
                self._publish(f"cameras/{topic_name(camera)}/state", state, retain=True)
                self._told[camera] = state
        return CAMERAS_EVERY_S

    def close(self) -> None:
        """See Sender; the broker tells others that Skyeye is offline."""
        if self._client is not None and self._client.is_connected():
            with suppress(RuntimeError, ValueError):  # it has gone meanwhile, and tells them itself
                info = self._client.publish(
                    self._topic("status"), "offline", AT_LEAST_ONCE, retain=True
                )
                info.wait_for_publish(2.0)
        self._drop()

    def _publish(self, topic: str, payload: str, *, retain: bool = False) -> None:
        client = self._connected()
        try:
            info = client.publish(self._topic(topic), payload, AT_LEAST_ONCE, retain)
            info.wait_for_publish(self._settings.timeout_s)
            if info.is_published():
                return
            problem = f"the broker did not acknowledge within {self._settings.timeout_s:g} s"
        except (RuntimeError, ValueError) as error:
            problem = str(error)
        self._drop()
        raise Undelivered(problem)

    def _connected(self) -> "_Client":
        if self._client is not None and self._client.is_connected():
            return self._client
        self._drop()
        settings = self._settings
        client = _Client(allowed_addresses_of(settings, self._reach), settings.timeout_s)
        if settings.username:
            client.username_pw_set(settings.username, self._password)
        if settings.tls:
            client.tls_set_context(self._reach.tls())
        client.will_set(self._topic("status"), "offline", AT_LEAST_ONCE, retain=True)
        self._client = client
        try:
            client.open(settings.host, settings.port)
        except (OSError, ValueError) as error:
            self._drop()
            raise Undelivered(f"{settings.host}:{settings.port}: {plain(error)}") from None
        client.publish(self._topic("status"), "online", AT_LEAST_ONCE, retain=True)
        return client

    def _drop(self) -> None:
        if self._client is not None:
            self._client.disconnect()
            self._client.loop_stop()
        self._client = None
        self._told = {}

    def _topic(self, rest: str) -> str:
        return f"{self._settings.prefix}/{rest}"


def topic_name(name: str) -> str:
    """A name as one level of a topic."""
    return quote(name, safe="") or "-"


def allowed_addresses_of(settings: MqttSettings, reach: Reach) -> list[Address]:
    """Where the broker is; raises Undelivered where that may not be reached."""
    try:
        return allowed_addresses(settings.host, settings.port, reach)
    except AddressRefused as error:
        raise Undelivered(str(error)) from None


class _Client(paho.Client):
    """A client that connects to addresses that were checked, whatever the name leads to by then."""

    def __init__(self, addresses: list[Address], timeout_s: float) -> None:
        super().__init__(CallbackAPIVersion.VERSION2, reconnect_on_failure=False)
        self._addresses = addresses
        self._timeout_s = timeout_s
        self._answered = threading.Event()
        self._refusal: str | None = None
        self.on_connect = self._connection_answered

    def open(self, host: str, port: int) -> None:
        """Connect; raises OSError where the broker is not there or does not let us in."""
        self.connect(host, port, KEEPALIVE_S)
        self.loop_start()
        if not self._answered.wait(self._timeout_s):
            raise TimeoutError("the broker did not answer")
        if self._refusal is not None:
            raise PermissionError(f"the broker refuses: {self._refusal}; check name and password")

    def _connection_answered(
        self, _client: object, _data: object, _flags: object, reason: Any, _properties: object  # noqa: ANN401
    ) -> None:  # fmt: skip
        self._refusal = str(reason) if reason.is_failure else None
        self._answered.set()

    def _create_socket_connection(self) -> socket.socket:
        for address in self._addresses[:-1]:
            try:
                return socket.create_connection((str(address), self._port), self._timeout_s)
            except OSError:
                continue
        return socket.create_connection((str(self._addresses[-1]), self._port), self._timeout_s)

    def _ssl_wrap_socket(self, tcp_sock: socket.socket) -> ssl.SSLSocket:
        """As paho does it, but the socket is closed where the other side proves no name."""
        assert self._ssl_context is not None  # noqa: S101 - TLS is wanted
        wrapped = self._ssl_context.wrap_socket(
            tcp_sock, server_hostname=self._host, do_handshake_on_connect=False
        )
        try:
            wrapped.settimeout(self._timeout_s)
            wrapped.do_handshake()
        except OSError:
            wrapped.close()
            raise
        return wrapped


def _state(status: dict[str, Any]) -> str:
    return json.dumps({key: status.get(key) for key in _STATE}, ensure_ascii=False)
