"""Reads what the tab shows first, before somebody opens it."""

import logging
import threading
import time

from tensorboard import context

from tb_actmax.plugin.store.events import Events
from tb_actmax.plugin.store.store import Store

_log = logging.getLogger("tb_actmax")

_EVERY = 60.0  # seconds in which it is read once at most
_MOST_SECONDS = 2.0  # after which no further piece is begun
_IMAGES = 128  # that a window holds
_EXPERIMENT = ""  # what a TensorBoard of one log directory calls it


class Ahead:
    """The newest epoch of the first layer, read while a page is loaded.

    Keys and images of what is shown first take a fifth of a second, which
    whoever opens the tab first would wait for.

    Args:
        store: Where to find events.
        events: Where to read and keep them.
    """

    def __init__(self, store: Store, events: Events):
        self._store, self._events = store, events
        self._not_before = 0.0  # by the monotonic clock

    def begin(self) -> None:
        """Begins to read in a thread of its own; never waits or fails."""
        now = time.monotonic()
        if now < self._not_before:
            return
        self._not_before = now + _EVERY
        try:
            threading.Thread(
                target=self._read, name="actmax-ahead", daemon=True
            ).start()
        except RuntimeError:  # there can be no more threads
            _log.debug("Nothing is read ahead", exc_info=True)

    def _read(self) -> None:
        try:
            if not self._read_first():
                self._not_before = 0.0  # TensorBoard may not have read it yet
        except Exception:  # whoever opens the tab is told
            _log.debug("Nothing is read ahead", exc_info=True)

    def _read_first(self) -> bool:
        """Whether there was anything to read."""
        until = time.monotonic() + _MOST_SECONDS
        ctx = context.RequestContext()
        runs = self._store.runs(ctx, _EXPERIMENT)
        run, layers = next(iter(runs.items()), ("", []))
        if not layers:
            return False
        tag, last = layers[0].tag, layers[0].last
        if last is None:
            return True
        name = (_EXPERIMENT, run, tag)
        sequences = self._store.sequences(ctx, *name, [last])
        found, _, _ = self._events.load(
            ctx,
            name,
            sequences,
            lambda keys, _: [*range(len(keys))][:_IMAGES],
            until,
        )
        for _ in self._events.read(ctx, name, found):
            pass  # the images are kept
        return True
