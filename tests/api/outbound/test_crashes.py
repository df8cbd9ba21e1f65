"""Whoever sends is killed again and again: nothing is lost, and each case's order is kept."""

import json
import random
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from api.cases.casework import Wanted, take_step
from api.outbound.settings import WebhookSettings
from api.outbound.targets import find_target, put_target
from api.practice import load_practice
from api.store.database import Store
from api.workflow.flow import Step
from api.workflow.words import Action, Duty
from streams.sealing import Seals
from tests.api.conftest import COUNT, Made
from tests.api.databases import on_both
from tests.api.outbound.receiver import Answer, Request, allow_loopback, listening

KILLS = 4
ROUNDS = 8
MOST_ROUNDS = 30
"""To bring the rest; if events were lost, it would never come."""
ROOT = Path(__file__).parents[3]


class Receiver:
    """Takes webhooks; now and then it kills who sends, before it has taken the event or after."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.kills = 0
        self.sender: subprocess.Popen[bytes] | None = None
        self.draw = random.Random(7)

    def __call__(self, request: Request) -> Answer:
        is_last = self.kills < KILLS and self.draw.random() < 0.1
        if is_last and self.draw.random() < 0.5:
            self._kill()
            return Answer(503, b"{}")
        self.got.append(json.loads(request.body)["id"])
        if is_last:
            self._kill()
        return Answer()

    def _kill(self) -> None:
        assert self.sender is not None
        self.sender.kill()
        self.kills += 1


def write_much(store: Store, made: Made) -> None:
    """File and reopen every case many times."""
    practice = load_practice(made.data_dir)
    for version in range(1, 2 * ROUNDS, 2):
        for case in made.violations:
            for n, action in enumerate((Action.FILE, Action.REOPEN)):
                step = Step(action, "clerk", frozenset(Duty))
                take_step(store, practice, Wanted(case.id, version + n, step, 5.0))


def serve_for_a_while(data_dir: Path, receiver: Receiver, wait_s: float) -> None:
    """Serve in a process of its own until it is killed, by the receiver or after a while."""
    command = [sys.executable, "-m", "tests.api.outbound.lanes_process", str(data_dir)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        receiver.sender = process
        process.stdout.readline()
        with suppress(subprocess.TimeoutExpired):
            process.wait(wait_s)
        process.kill()


@pytest.mark.slow
@on_both
def test_nothing_is_lost_over_kill_9(made: Made, store: Store) -> None:
    allow_loopback(made.data_dir)
    receiver, draw = Receiver(), random.Random(3)
    with listening(receiver) as url:
        settings = WebhookSettings(kind="webhook", url=url)
        with store.writing() as sql:
            put_target(sql, "city", settings, {}, Seals(made.data_dir / "keys"), 0.0, 0)
        writer = threading.Thread(target=write_much, args=(store, made))
        writer.start()
        for _ in range(KILLS // 2):  # at any moment, while there is more and more to send
            serve_for_a_while(made.data_dir, receiver, draw.uniform(0.1, 1.0))
        writer.join()
        wanted = COUNT + 1 + COUNT * ROUNDS * 2
        for _ in range(MOST_ROUNDS):
            if len(set(receiver.got)) == wanted:
                break
            serve_for_a_while(made.data_dir, receiver, 2.0)
    for case in made.violations:
        seqs = [int(one.rpartition("-")[2]) for one in receiver.got if one.startswith(case.id)]
        first = list(dict.fromkeys(seqs))
        assert first == sorted(first)
        assert first == list(range(1, len(first) + 1))
    assert len(set(receiver.got)) == wanted
    assert receiver.kills == KILLS
    with store.reading() as sql:
        assert find_target(sql, "city").sent <= len(receiver.got)
