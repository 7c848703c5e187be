"""Limits how many expensive requests run and wait, and rejects the rest."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from tensorboard import errors

V = TypeVar("V")

_RETRY_SECONDS = "10"
_MOST_WAITING = 16  # requests
_WAIT_SECONDS = 20.0


class BusyError(errors.PublicError):
    """Raised if too many requests are waiting; the answer is a 503."""

    http_code = 503

    def __init__(self) -> None:
        super().__init__("Too many layers are compared now: try again later.")
        self.headers.append(("Retry-After", _RETRY_SECONDS))


class Gate:
    """Runs one task at a time; a few others wait for their turn.

    Args:
        most_waiting: Number of requests that may wait. Defaults to `16`.
        seconds: How long each may wait. Defaults to `20`.

    Attributes:
        waiting: Number of requests that wait.
        busy: Whether a task is running.
    """

    def __init__(
        self,
        most_waiting: int = _MOST_WAITING,
        seconds: float = _WAIT_SECONDS,
    ):
        self._most_waiting = most_waiting
        self._seconds = seconds
        self._condition = threading.Condition()
        self.waiting = 0
        self.busy = False

    def run(self, make: Callable[[], V]) -> V:
        """Calls `make` when no other thread is doing so.

        Raises:
            BusyError: If too many threads are waiting, or this one has waited
                too long.
        """
        with self._condition:
            self._wait()
            self.busy = True
        try:
            return make()
        finally:
            with self._condition:
                self.busy = False
                self._condition.notify_all()

    def _wait(self) -> None:
        if self.busy and self.waiting >= self._most_waiting:
            raise BusyError
        until = time.monotonic() + self._seconds
        self.waiting += 1
        try:
            while self.busy:
                if not self._condition.wait(until - time.monotonic()):
                    raise BusyError
        finally:
            self.waiting -= 1
