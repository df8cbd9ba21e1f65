"""The thread between the store and the bus: it goes on after trouble."""

from collections.abc import Callable
from typing import Any

import pytest

from api import worker as worker_module
from api.cases.ingest import Ingest
from api.evidence import Evidence
from api.outbox import Outbox
from api.practice import load_practice
from api.store.database import Store
from api.worker import Worker
from streams.bus import BusError, Message, SqliteBus
from tests.api.conftest import COUNT, Made
from tests.api.factory import announce, violation, write_packet

Eventually = Callable[[Callable[[], bool]], None]


class FlakyBus(SqliteBus):
    """A bus that can be made to fail."""

    fails = False

    def claim(self, *args: Any, **kwargs: Any) -> list[Message]:
        if self.fails:
            raise BusError("the disk is full")
        return super().claim(*args, **kwargs)


def test_it_tells_trouble_and_recovers(
    made: Made,
    store: Store,
    eventually: Eventually,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(worker_module, "BACK_OFF_S", 0.05)
    found = violation(COUNT)
    with FlakyBus(made.data_dir / "bus.db") as bus:
        bus.fails = True
        announce(bus, found, write_packet(made.data_dir, found))
        ingest = Ingest(
            store, bus, Evidence(made.data_dir / "packets"), load_practice(made.data_dir)
        )
        with Worker(ingest, Outbox(store, bus)) as worker:
            eventually(lambda: worker.trouble is not None)
            assert worker.alive
            bus.fails = False
            eventually(lambda: worker.trouble is None)
            eventually(lambda: bus.claim("violation.raised", "cases") == [])
        assert not worker.alive
    assert caplog.text.count("cases are not taken") == 1
