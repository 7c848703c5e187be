"""Shows the progress of an update as Keras does."""

import logging
import threading

import keras

_log = logging.getLogger("tb_actmax")


class Progress:
    """A progress bar over the steps of all filters.

    Args:
        title: Title of the bar, "Epoch 3" for instance.
        total: Number of steps, summed over the filters.
        verbose: See `keras.Model.fit`: 1 for a bar, 2 for a line, 0 for
            silence.
        new_line: Whether Keras's own bar may stand on an unfinished line.
    """

    def __init__(
        self, title: str, total: int, verbose: int, new_line: bool = False
    ):
        self._bar: keras.utils.Progbar | None = None
        self._lock = threading.Lock()
        if verbose and total:
            lead = "\n" if verbose == 1 and new_line else ""
            say(f"{lead}{title}: maximizing filters")
            self._bar = keras.utils.Progbar(
                total, verbose=verbose, unit_name="filter step"
            )

    def step(self, filters: int) -> None:
        """Counts one step of some filters. Devices may call it in parallel."""
        if self._bar is not None:
            with self._lock:
                self._bar.add(filters)


def say(message: str) -> None:
    """Prints a message, or logs it if interactive logging is disabled."""
    if keras.config.is_interactive_logging_enabled():
        print(message)
    else:
        _log.info(message.strip())
