"""Shares the open logs of this process among callbacks.

All callbacks that log to a directory write one file, because TensorBoard reads
the files of a directory in order and never returns to an earlier one. Each
layer is written by one callback, so that no step is written twice.
"""

import itertools
import os
import threading
import weakref
from collections.abc import Collection, Iterable, Sequence

from tb_actmax.records.header import FilterEntry
from tb_actmax.records.reader import read_log
from tb_actmax.records.writer import EventWriter


class SharedLog:
    """The log of a directory, on any file system that TensorFlow knows.

    Raises an `OSError` if the directory cannot be written to.
    """

    def __init__(self, directory: str):
        self.writer = EventWriter(directory)
        self._entries: dict[str, Sequence[FilterEntry]] = {}
        # By the layer that they write. Users that an interrupt has abandoned are
        # not kept alive.
        self.users: weakref.WeakValueDictionary[str, object]
        self.users = weakref.WeakValueDictionary()

    @property
    def last(self) -> int:
        """The largest step in the log, 0 if it is empty."""
        logged = self.writer.logged.values()
        return max((steps[-1] for steps in logged if steps), default=0)

    @property
    def entries(self) -> list[FilterEntry]:
        """The newest entries of all layers that were updated."""
        return list(itertools.chain(*self._entries.values()))

    def note(self, layer: str, entries: Sequence[FilterEntry]) -> None:
        """Records the entries of a layer's newest event."""
        self._entries[layer] = entries

    def claim(self, user: object, layers: Iterable[str]) -> None:
        """Makes a user the only one to write some layers.

        The last user counts, because an interrupt may have ended the others.
        """
        self.users.update(dict.fromkeys(layers, user))

    def read_newest(self, layers: Collection[str]) -> dict[str, list[bytes]]:
        """Returns the newest events of some layers."""
        found = self.writer.take_newest()
        if not found and self.writer.logged:
            found = read_log(self.writer.directory)[1]
        return {tag: found[tag] for tag in layers if tag in found}

    def leave(self, user: object | None = None) -> None:
        """Closes the log, if no other user writes to it."""
        with opening:
            for layer, other in list(self.users.items()):
                if other is user:
                    del self.users[layer]
            if not self.users:
                self.writer.close()
                if _logs.get(_key(self.writer.directory)) is self:
                    del _logs[_key(self.writer.directory)]


opening = threading.RLock()  # held while a log is chosen
_logs: weakref.WeakValueDictionary[tuple[int, str], SharedLog]
_logs = weakref.WeakValueDictionary()


def join(directory: str) -> SharedLog:
    """Returns the log of a directory, and opens it if necessary."""
    with opening:
        log = _logs.get(_key(directory))
        if log is None:
            log = _logs[_key(directory)] = SharedLog(directory)
        return log


def _key(directory: str) -> tuple[int, str]:
    # A forked process inherits the logs of its parent, and opens its own.
    if "://" not in directory:
        directory = os.path.realpath(directory)
    return os.getpid(), directory
