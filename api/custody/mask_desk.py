"""Have packets masked: a thread with a queue, and the process that does it while there is work."""

import logging
import multiprocessing
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Self

from api.custody.mask_process import News, OpenFinder, mask_process, open_networks
from api.custody.masking import Job

IDLE_S = 20.0
"""The process ends after so long without work, and its memory is free again."""
LONGEST_FILE_S = 600.0
POLL_S = 0.2
RETRY_S = 60.0
"""What failed is tried again after so long, if it is wanted."""
MOST_WAITING = 500
"""What is left out then is masked when somebody wants to see it."""
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a packet could not be masked; `at_s` monotonic seconds."""

    problem: str
    at_s: float


class MaskDesk:
    """Takes jobs from any thread; what somebody waits for goes before what is made ahead.

    `opener` opens the networks in the process. Nothing is started before the first job.
    """

    def __init__(
        self, opener: OpenFinder = open_networks, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._opener, self._clock = opener, clock
        self._waiting: OrderedDict[Job, None] = OrderedDict()
        self._current: Job | None = None
        self._failures: dict[Job, Failure] = {}
        self._closed: Failure | None = None
        self._news = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="masking", daemon=True)
        self._process: BaseProcess | None = None
        self._line: Connection | None = None

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._news:
            self._stopping = True
            self._news.notify_all()
        self._thread.join(timeout=10)

    def want(self, job: Job, *, urgent: bool = True) -> None:
        """Have a packet masked, at once or when nothing else is to be done."""
        with self._news:
            if job == self._current:
                return
            if job not in self._waiting and len(self._waiting) >= MOST_WAITING:
                self._waiting.popitem()
            self._waiting[job] = None
            if urgent:
                self._waiting.move_to_end(job, last=False)
            self._news.notify_all()

    def problem(self, job: Job) -> str | None:
        """Why a packet was not masked a short while ago, None where nothing is known of it."""
        with self._news:
            failure = self._closed or self._failures.get(_whole(job))
            fresh = failure is not None and self._clock() - failure.at_s < RETRY_S
            return failure.problem if failure is not None and fresh else None

    def wait(self, done: Callable[[], bool], timeout_s: float) -> bool:
        """Wait until `done`, which is asked whenever a file was masked or a job is over."""
        with self._news:
            return self._news.wait_for(done, timeout_s)

    def _run(self) -> None:
        while (job := self._next()) is not None:
            problem = self.problem(job) if self._closed else self._work(job)
            with self._news:
                self._current = None
                self._failures.pop(_whole(job), None)
                if problem is not None:
                    log.error("packet %s was not masked: %s", job.packet.name, problem)
                    self._failures[_whole(job)] = Failure(problem, self._clock())
                self._news.notify_all()
        self._hang_up(kill=True)

    def _next(self) -> Job | None:
        """The next job, None when it is time to stop."""
        if not self.wait(self._is_called, IDLE_S):
            self._hang_up()
        with self._news:
            self._news.wait_for(self._is_called)
            if self._stopping:
                return None
            self._current, _ = self._waiting.popitem(last=False)
            if self._closed and self._clock() - self._closed.at_s >= RETRY_S:
                self._closed = None
            return self._current

    def _is_called(self) -> bool:
        return bool(self._waiting) or self._stopping

    def _work(self, job: Job) -> str | None:
        """Have a job done by the process; return what went wrong."""
        line = self._line or self._start()
        try:
            line.send(job)
            while self._hears(line):
                news = line.recv()
                assert isinstance(news, News)  # noqa: S101 - as `mask_process` sends it
                if news.over:
                    return self._heard(news)
                with self._news:
                    self._news.notify_all()
        except (EOFError, OSError):
            self._hang_up(kill=True)
            return "the masking was ended from outside, or took too much memory"
        self._hang_up(kill=True)
        return "the masking of a file took too long"

    def _hears(self, line: Connection) -> bool:
        """Wait for news of the next file; False where none come in time, or all is to end."""
        give_up_s = time.monotonic() + LONGEST_FILE_S
        while not self._stopping and time.monotonic() < give_up_s:
            if line.poll(POLL_S):
                return True
        return False

    def _heard(self, news: News) -> str | None:
        if news.closed:
            self._hang_up()
            with self._news:
                self._closed = Failure(news.problem, self._clock())
        return news.problem or None

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        self._line, theirs = context.Pipe()
        self._process = context.Process(
            target=mask_process, args=(theirs, self._opener), name="masking"
        )
        self._process.start()
        theirs.close()
        return self._line

    def _hang_up(self, *, kill: bool = False) -> None:
        """End the process."""
        line, process = self._line, self._process
        self._line = self._process = None
        if process is not None and kill:
            process.kill()
        if line is not None:
            line.close()
        if process is not None:
            process.join(timeout=10)


def _whole(job: Job) -> Job:
    """The job for all of a packet: what fails for its stills is known of it as well."""
    return replace(job, stills_only=False)
