"""Shows how far a look at the filters is, in the manner of Keras."""

from collections.abc import Callable

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
        if verbose and total:
            lead = "\n" if verbose == 1 and under else ""
            print(f"{lead}{moment}: maximizing filters")
            self._bar = keras.utils.Progbar(
                total, verbose=verbose, unit_name="filter step"
            )

    def counted(self, filters: int) -> Callable[[], None]:
        """A function to call after each step of a batch of filters."""

        def step() -> None:
            if self._bar is not None:
                self._bar.add(filters)

        return step
