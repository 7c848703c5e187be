"""Caches values, and shares work between concurrent requests."""

import collections
import concurrent.futures
import threading
from collections.abc import Callable, Hashable
from typing import Any, Generic, TypeVar

V = TypeVar("V")


class Cache(Generic[V]):
    """A cache of bounded size that drops the least recently used values."""

    def __init__(self, max_bytes: int):
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._entries: collections.OrderedDict[Hashable, tuple[V, int]]
        self._entries = collections.OrderedDict()
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """Total size of the values."""
        return self._bytes

    def get(self, key: Hashable) -> V | None:
        """Returns the value of a key, or `None`."""
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                return None
            self._entries.move_to_end(key)
            return entry[0]

    def put(self, key: Hashable, value: V, size: int) -> None:
        """Stores a value of `size` bytes, unless it exceeds the cache."""
        with self._lock:
            _, replaced = self._entries.pop(key, (None, 0))
            self._bytes -= replaced
            if size > self._max_bytes:
                return
            self._entries[key] = (value, size)
            self._bytes += size
            while self._bytes > self._max_bytes:
                _, (_, dropped) = self._entries.popitem(last=False)
                self._bytes -= dropped


class Coalescer:
    """Coalesces concurrent requests for the same key."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[Hashable, concurrent.futures.Future[Any]] = {}

    def run(self, key: Hashable, make: Callable[[], V]) -> V:
        """Calls `make`, or waits for another thread that is calling it."""
        with self._lock:
            running = self._running.get(key)
            if running is None:
                own = self._running[key] = concurrent.futures.Future()
        if running is not None:
            result: V = running.result()
            return result
        try:
            result = make()
            own.set_result(result)
            return result
        except BaseException as error:
            own.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._running[key]
