"""Measures durations on machines that also do other work."""

import contextlib
import time
from collections.abc import Iterator

import tensorflow as tf


class Stopwatch:
    """Adds up the seconds between `begin` and `end`.

    Without a GPU, time in which other processes used the processors does not
    count: each interval is the smaller of the elapsed time and this process's
    CPU time. Otherwise a busy machine would use up the time for images before
    any is found.
    """

    def __init__(self) -> None:
        self._sum = 0.0
        self._since: tuple[float, float] | None = None
        self._on_cpu = not tf.config.list_physical_devices("GPU")

    @property
    def seconds(self) -> float:
        """The sum so far."""
        if self._since is None:
            return self._sum
        clock, process = self._since
        passed = time.perf_counter() - clock
        if self._on_cpu:
            passed = min(passed, time.process_time() - process)
        return self._sum + passed

    def begin(self) -> None:
        """Starts the clock, unless it is running."""
        if self._since is None:
            self._since = time.perf_counter(), time.process_time()

    def end(self) -> None:
        """Stops the clock."""
        self._sum, self._since = self.seconds, None

    def drop(self) -> None:
        """Stops the clock without counting the time since `begin`."""
        self._since = None

    @contextlib.contextmanager
    def running(self) -> Iterator[None]:
        """Runs while the body does."""
        self.begin()
        try:
            yield
        finally:
            self.end()
