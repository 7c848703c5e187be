"""Keeps what was read, within bounds, and reads nothing twice at a time."""

import collections
import concurrent.futures
import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class Cache(Generic[V]):
    """Values by key; the least recently used go first.

    Args:
        most: Bytes of all values together.
    """

    def __init__(self, most: int):
        self._most = most
        self._lock = threading.Lock()
        self._kept: collections.OrderedDict[Hashable, tuple[V, int]]
        self._kept = collections.OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Size of all that is kept."""
        return self._bytes

    def get(self, key: Hashable) -> V | None:
        """The value of a key, if it is kept."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        """Keeps a value of `size` bytes in place of what the key had."""
        with self._lock:
            _, before = self._kept.pop(key, (None, 0))
            self._bytes -= before
            if size > self._most:
                return
            self._kept[key] = (value, size)
            self._bytes += size
            while self._bytes > self._most:
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed

    def drop(self, gone: Callable[[Any], bool]) -> None:
        """Forgets the keys that `gone` is true of."""
        with self._lock:
            for key in [key for key in self._kept if gone(key)]:
                _, freed = self._kept.pop(key)
                self._bytes -= freed


class Flights:
    """Has one thread do what several ask for at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, concurrent.futures.Future[Any]] = {}

    def once(self, key: Hashable, make: Callable[[], V]) -> V:
        """Result of `make`, or of another thread's that runs for this key."""
        with self._lock:
            running = self._running.get(key)
            if running is None:
                mine = self._running[key] = concurrent.futures.Future()
        if running is not None:
            result: V = running.result()
            return result
        try:
            result = make()
            mine.set_result(result)
            return result
        except BaseException as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._running[key]
