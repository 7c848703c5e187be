"""Shows the progress of an update as Keras does."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable

import keras

from tb_actmax.printable import escape

_log = logging.getLogger("tb_actmax")

SHORT = 1.0  # seconds of an update that is over before one could read a bar


class Progress:
    """A progress bar over the steps of all filters.

    It appears after an update has taken a second, with the remaining time.
    `verbose` is that of `keras.Model.fit`: 1 for a bar, 2 for a line, 0 for
    silence. With `new_line`, Keras's own bar may stand on an unfinished line.
    `drawing` makes the context in which the bar is drawn.
    """

    def __init__(
        self,
        title: str,
        total: int,
        verbose: int,
        new_line: bool = False,
        drawing: Callable[
            [], contextlib.AbstractContextManager[None]
        ] = contextlib.nullcontext,
    ):
        lead = "\n" if verbose == 1 and new_line else ""
        self._title = f"{lead}{title}: maximizing filters"
        self._total = total
        self._done = 0
        self._verbose = verbose
        self._drawing = drawing
        self._shown = False
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._bar = None
        if verbose:  # else the output, which may be closed, is not used
            # The bar measures the speed from now on, but prints nothing yet.
            self._bar = keras.utils.Progbar(
                total, verbose=0, unit_name="filter step"
            )

    def step(self, filters: int) -> None:
        """Counts one step of some filters. Devices may call it in parallel."""
        with self._lock:
            self._done += filters
            if self._bar is None:
                return
            if not self._shown and time.monotonic() - self._began > SHORT:
                self._shown = True
                say(self._title)
                self._bar.verbose = self._verbose
            self._draw(self._bar, finished=False)

    def expect(self, more: int) -> None:
        """Adds to the number of expected steps."""
        self._total += more

    def end(self) -> None:
        """Ends the bar, if there is one."""
        if self._bar is not None and self._shown:
            self._total = self._done
            self._draw(self._bar, finished=True)

    def _draw(self, bar: keras.utils.Progbar, finished: bool) -> None:
        bar.target = max(self._total, self._done)
        with self._drawing():
            bar.update(self._done, finalize=finished)


def say(message: str) -> None:
    """Prints a message, or logs it if interactive logging is disabled.

    It also logs the message if the output is closed, or cannot encode it.
    """
    if keras.config.is_interactive_logging_enabled():
        with contextlib.suppress(OSError, ValueError):
            print(escape(message, keep="\n"))
            return
    _log.info(message.strip())
