"""MQTT against a real broker: events at QoS 1, retained states, passwords, TLS, a broker away."""

import json
import queue
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion

from api.outbound.events import read_events
from api.outbound.guard import Reach
from api.outbound.mqtt import Mqtt, topic_name
from api.outbound.sender import Undelivered
from api.outbound.settings import MqttSettings
from api.store.database import Store
from streams.bus import SqliteBus
from tests.api.conftest import COUNT, Made
from tests.api.outbound.broker import PROGRAM, broker, needs_broker
from tests.api.serve_fixture import free_port

HERE = Reach.parse(["127.0.0.0/8"])
OPEN = "allow_anonymous true"
pytestmark = [needs_broker, pytest.mark.slow]


@dataclass
class Listener:
    """Somebody who follows all topics."""

    got: "queue.Queue[paho.MQTTMessage]" = field(default_factory=queue.Queue)

    def next(self) -> tuple[str, str, bool]:
        message = self.got.get(timeout=10)
        return message.topic, message.payload.decode(), message.retain


@contextmanager
def listening(port: int) -> Iterator[Listener]:
    """Subscribe to everything, at QoS 1."""
    listener, ready = Listener(), queue.Queue[bool]()
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.on_message = lambda _c, _d, message: listener.got.put(message)
    client.on_subscribe = lambda *_: ready.put(True)
    client.connect("127.0.0.1", port)
    client.loop_start()
    client.subscribe("#", 1)
    ready.get(timeout=10)
    try:
        yield listener
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def make(bus: SqliteBus, port: int) -> Iterator[Callable[..., Mqtt]]:
    """Makes senders, and closes them."""
    made: list[Mqtt] = []

    def make(password: str = "", reach: Reach = HERE, **more: Any) -> Mqtt:
        told = {"kind": "mqtt", "host": "127.0.0.1", "port": port, "tls": False, "timeout_s": 5}
        made.append(Mqtt(MqttSettings.model_validate(told | more), password, reach, bus))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_events_arrive_in_order(
    make: Callable[..., Mqtt], store: Store, made: Made, port: int, tmp_path: Path
) -> None:
    with store.reading() as sql:
        events = read_events(sql, 0, 2**40, 100)
    with broker(tmp_path, port, OPEN), listening(port) as listener:
        sender = make(prefix="pinghu/skyeye")
        for event in events:
            assert sender.wants(event)
            sender.send(event, 0.0)
        assert listener.next() == ("pinghu/skyeye/status", "online", False)
        got = [listener.next() for _ in range(COUNT + 1)]
        assert [json.loads(payload)["id"] for _, payload, _ in got] == [one.id for one in events]
        case = events[0].case
        assert got[0][0] == f"pinghu/skyeye/cases/{case.camera_id}/{case.kind}/raised"
        sender.close()
        assert listener.next() == ("pinghu/skyeye/status", "offline", False)


def test_states_of_cameras_are_retained(
    make: Callable[..., Mqtt], bus: SqliteBus, port: int, tmp_path: Path
) -> None:
    with broker(tmp_path, port, OPEN):
        sender = make()
        sender.idle(0.0)
        bus.put("status", "camera/jiefang-01", json.dumps({"state": "retrying"}))
        bus.delete("status", "camera/xinhua-02")
        sender.idle(0.0)
        with listening(port) as late:
            told = {}
            for _ in range(3):  # two cameras and the status; the removed camera is not retained
                topic, payload, is_retained = late.next()
                assert is_retained
                told[topic] = payload
        assert json.loads(told["skyeye/cameras/jiefang-01/state"])["state"] == "retrying"
        assert told.keys() == {
            "skyeye/status", "skyeye/cameras/jiefang-01/state", "skyeye/cameras/chengnan-03/state"
        }  # fmt: skip
        assert "rtsp" not in "".join(told.values())


def test_a_broker_that_goes_and_comes(
    make: Callable[..., Mqtt], store: Store, port: int, tmp_path: Path
) -> None:
    with store.reading() as sql:
        event = read_events(sql, 0, 2**40, 1)[0]
    sender = make()
    with pytest.raises(Undelivered, match=f"127.0.0.1:{port}"):
        sender.send(event, 0.0)
    with broker(tmp_path, port, OPEN):
        sender.send(event, 0.0)
    with pytest.raises(Undelivered):
        sender.send(event, 0.0)
    with broker(tmp_path, port, OPEN), listening(port) as listener:
        sender.send(event, 0.0)
        assert listener.next()[0] == "skyeye/status"
        assert json.loads(listener.next()[1])["id"] == event.id


def test_passwords(make: Callable[..., Mqtt], port: int, tmp_path: Path) -> None:
    assert PROGRAM is not None
    program = Path(PROGRAM).with_name("mosquitto_passwd")
    if not program.exists():
        program = Path("/usr/bin/mosquitto_passwd")
    file = tmp_path / "passwords"
    subprocess.run([program, "-b", "-c", file, "skyeye", "right"], check=True, capture_output=True)
    with broker(tmp_path, port, "allow_anonymous false", f"password_file {file}"):
        make("right", username="skyeye").idle(0.0)
        with pytest.raises(Undelivered, match=r"refuses: .*check name and password") as told:
            make("wrong", username="skyeye").idle(0.0)
        assert "wrong" not in str(told.value)


def test_tls_proves_the_name(
    make: Callable[..., Mqtt], port: int, tmp_path: Path, certificate: Path
) -> None:
    tls = (OPEN, f"certfile {certificate}", f"keyfile {certificate}")
    known = Reach.parse(["127.0.0.0/8", "localhost"])
    trusted = Reach(known.networks, known.hosts, certificate)
    with broker(tmp_path, port, *tls):
        make(host="localhost", tls=True, reach=trusted).idle(0.0)
        with pytest.raises(Undelivered, match="certificate"):  # another name
            make(tls=True, reach=trusted).idle(0.0)
        with pytest.raises(Undelivered, match="certificate"):  # an authority that nobody trusts
            make(host="localhost", tls=True, reach=known).idle(0.0)


def test_addresses_that_are_not_allowed(make: Callable[..., Mqtt]) -> None:
    with pytest.raises(Undelivered, match=r"outbound\.toml"):
        make(reach=Reach()).idle(0.0)


def test_names_in_topics() -> None:
    assert topic_name("a/b+c#d$") == "a%2Fb%2Bc%23d%24"
    assert topic_name("") == "-"
