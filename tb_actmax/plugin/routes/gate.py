"""Limits how many expensive requests run and wait, and rejects the rest."""

import threading
from collections.abc import Callable
from typing import TypeVar

from tensorboard import errors

V = TypeVar("V")

_RETRY_SECONDS = "10"


class BusyError(errors.PublicError):
    """Raised if too many requests are waiting; the answer is a 503."""

    http_code = 503

    def __init__(self) -> None:
        super().__init__("Too many layers are compared now: try again later.")
        self.headers.append(("Retry-After", _RETRY_SECONDS))


class Gate:
    """Runs one task at a time; a few others wait for their turn."""

    def __init__(self, most_waiting: int = 16, seconds: float = 20.0):
        self._seconds = seconds
        self.places = threading.Semaphore(1 + most_waiting)
        self.running = threading.Lock()

    def run(self, make: Callable[[], V]) -> V:
        """Calls `make` when no other thread is doing so.

        Raises a `BusyError` if too many threads are waiting, or this one has
        waited for `seconds`.
        """
        if not self.places.acquire(blocking=False):
            raise BusyError
        try:
            if not self.running.acquire(timeout=self._seconds):
                raise BusyError
            try:
                return make()
            finally:
                self.running.release()
        finally:
            self.places.release()
