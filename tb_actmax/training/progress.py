"""Shows how far a look at the filters is, in the manner of Keras."""

import threading

import keras


class Progress:
    """A progress bar over the steps of all filters.

    Args:
        moment: When it is, "Epoch 3" for instance.
        total: Steps to take, of all filters together.
        verbose: As in `keras.Model.fit`: 1 for a bar, 2 for a line, 0 for
            nothing.
        under: Whether Keras's own bar may stand on an open line above.
    """

    def __init__(
        self, moment: str, total: int, verbose: int, under: bool = False
    ):
        self._bar: keras.utils.Progbar | None = None
        self._lock = threading.Lock()
        if verbose and total:
            lead = "\n" if verbose == 1 and under else ""
            print(f"{lead}{moment}: maximizing filters")
            self._bar = keras.utils.Progbar(
                total, verbose=verbose, unit_name="filter step"
            )

    def step(self, filters: int) -> None:
        """Notes a step of so many filters; devices may do so side by side."""
        if self._bar is not None:
            with self._lock:
                self._bar.add(filters)
