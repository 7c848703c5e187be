"""Locks a directory against other processes."""

import contextlib
import os
import weakref
from collections.abc import Callable
from typing import Any

fcntl: Any
try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None

_held: set[int] = set()  # descriptors


class DirectoryLock:
    """Locks a directory for one process at a time.

    Nothing is written into the directory, and the operating system unlocks it
    when the process ends for any reason. On remote file systems, between
    machines and on Windows there are no locks, and no process appears to hold
    one.
    """

    def __init__(self, directory: str):
        self.elsewhere = False  # whether another process holds the lock
        self._release: Callable[[], object] = lambda: None
        if fcntl is None or "://" in directory:
            return
        with contextlib.suppress(OSError):  # without locks, or not readable
            descriptor = os.open(directory, os.O_RDONLY)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                self.elsewhere = isinstance(error, BlockingIOError)
                os.close(descriptor)
                return
            _held.add(descriptor)
            self._release = weakref.finalize(self, _close, descriptor)

    def release(self) -> None:
        """Unlocks the directory, if this object has locked it."""
        self._release()


def _close(descriptor: int) -> None:
    if descriptor in _held:  # not in a process that was forked meanwhile
        _held.remove(descriptor)
        os.close(descriptor)


def _release_in_child() -> None:
    """Releases locks in a forked process, which may outlive its parent."""
    while _held:
        os.close(_held.pop())


_at_fork: Callable[..., None] | None = getattr(os, "register_at_fork", None)
if _at_fork is not None:
    _at_fork(after_in_child=_release_in_child)
