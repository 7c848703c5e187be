"""When to look: every so many epochs, or every so many batches."""

import re
from typing import Any, Literal

import numpy as np

_WORDS = re.compile(r"\s*(\d+)\s*(epoch|step)s?\s*")


class Schedule:
    """How far it is from one look to the next.

    Args:
        every: Epochs as an int, or words: "500 steps", "2 epochs". A step is
            a batch of the training.

    Attributes:
        unit: What is counted, "epochs" or "steps".
        every: How many of them.

    Raises:
        ValueError: If it is neither.
    """

    def __init__(self, every: Any):
        self.unit: Literal["epochs", "steps"] = "epochs"
        count = every
        if isinstance(every, str):
            found = _WORDS.fullmatch(every)
            count = int(found[1]) if found else None
            if found and found[2] == "step":
                self.unit = "steps"
        if not isinstance(count, int | np.integer) or count < 1:
            raise ValueError(
                'every is a number of epochs from 1, or words like "500 '
                f'steps", not {every!r}.'
            )
        self.every = int(count)

    def __str__(self) -> str:
        return f"{self.every} {self.unit}"

    def due(self, done: int, before: int | None = None) -> bool:
        """Whether it is time for a look.

        Args:
            done: Epochs or batches done.
            before: How many it were when last asked: several batches may be
                done at once. Defaults to `None`: one less.
        """
        before = done - 1 if before is None else before
        return done // self.every > before // self.every
