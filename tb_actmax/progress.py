"""Shows how far a look at the filters is, in the manner of Keras."""

from collections.abc import Callable

import keras


class Progress:
    """A progress bar over the steps of all filters.

    Args:
        epoch: Epochs done.
        total: Steps to take, of all filters together.
        verbose: As in `keras.Model.fit`: 1 for a bar, 2 for a line, 0 for
            nothing.
    """

    def __init__(self, epoch: int, total: int, verbose: int):
        self._bar: keras.utils.Progbar | None = None
        if verbose and total:
            # Keras's own bar of the epoch still stands on an open line.
            lead = "\n" if verbose == 1 and epoch else ""
            print(f"{lead}Epoch {epoch}: maximizing filters")
            self._bar = keras.utils.Progbar(
                total, verbose=verbose, unit_name="filter step"
            )

    def counted(self, filters: int) -> Callable[[], None]:
        """A function to call after each step of a batch of filters."""

        def step() -> None:
            if self._bar is not None:
                self._bar.add(filters)

        return step
