"""Decides when to update the images, in epochs or in batches."""

import dataclasses
from typing import Literal

import numpy as np


@dataclasses.dataclass(frozen=True)
class TrainingStep:
    """A point of a training.

    Attributes:
        epochs: Number of epochs done; fractional in the middle of an epoch.
        batches: Number of batches done if the training is counted in batches,
            else `None`.
    """

    epochs: float
    batches: int | None = None

    @property
    def step(self) -> int:
        """TensorBoard's step: batches if they are counted, else epochs."""
        return int(self.epochs) if self.batches is None else self.batches

    def __str__(self) -> str:
        if self.step == 0:
            return "Before training"
        if self.batches is None:
            return f"Epoch {self.step}"
        return f"Batch {self.batches} (epoch {self.epochs:.4g})"


class Schedule:
    """Counts epochs or batches, and decides when an update is due.

    The count continues over several calls of `fit`.

    Args:
        every: Epochs between two updates.
        update_freq: "epoch", or the number of batches between two updates.

    Raises:
        ValueError: If a number is below 1, or both arguments are given.

    Attributes:
        counts_batches: Whether the unit is the batch.
    """

    def __init__(
        self, every: int = 1, update_freq: Literal["epoch"] | int = "epoch"
    ):
        if not _is_count(every):
            raise ValueError(
                f"every must be a number of epochs from 1, not {every!r}; "
                "update_freq counts batches."
            )
        if update_freq != "epoch" and not _is_count(update_freq):
            raise ValueError(
                'update_freq must be "epoch" or a number of batches from 1, '
                f"not {update_freq!r}."
            )
        if every != 1 and update_freq != "epoch":
            raise ValueError(
                "every counts epochs and update_freq batches: give one of "
                f"them, not both every={every} and update_freq={update_freq}."
            )
        self.counts_batches = update_freq != "epoch"
        self._interval = every if update_freq == "epoch" else int(update_freq)
        self._offset = 0  # epochs of earlier calls of `fit`
        self._epochs = 0
        self._part = 0.0  # of the present epoch
        self._batches: int | None = None  # `None` before the first `fit`
        self._batches_before = 0  # batches done when the epoch began
        self._fits = 0
        self._begun = TrainingStep(0)  # where the present `fit` began
        self._last: int | None = None  # epoch at which it will end

    @property
    def now(self) -> TrainingStep:
        """The current point of the training."""
        if not self.counts_batches:
            return TrainingStep(self._epochs)
        return TrainingStep(round(self._epochs + self._part, 3), self._batches)

    @property
    def left(self) -> float | None:
        """Share of the present `fit` that is left; `None` if it is unknown."""
        if self._last is None:
            return None
        epochs = self._last - self._begun.epochs
        return (self._last - self.now.epochs) / epochs if epochs > 0 else 0.0

    def begin_fit(
        self, epoch: int, batches: int, last: int | None = None
    ) -> bool:
        """Starts counting a call of `fit`.

        Args:
            epoch: Its first epoch in Keras's count, `initial_epoch`.
            batches: Batches of the epochs before; used by the first call only.
            last: The epoch at which it will end; `None` if it is unknown.

        Returns:
            Whether an update is due.
        """
        # `fit` counts from 0 again, unless it has an `initial_epoch`.
        self._offset = self._epochs if epoch < self._epochs else 0
        self._epochs, self._part = self._offset + epoch, 0.0
        if self._batches is None:
            self._batches = batches
        self._fits += 1
        self._begun = self.now
        self._last = None if last is None else self._offset + last
        return self.now.step % self._interval == 0

    def begin_epoch(self) -> None:
        """Starts counting the batches of an epoch."""
        self._batches_before = self._batches or 0

    def end_batch(self, batch: int, batches_per_epoch: int | None) -> bool:
        """Counts batches.

        Args:
            batch: The last batch in Keras's count; Keras may skip some.
            batches_per_epoch: `None` if it is unknown.

        Returns:
            Whether an update is due.
        """
        before = self._batches or 0
        self._batches = self._batches_before + batch + 1
        if batches_per_epoch:
            self._part = (batch + 1) / batches_per_epoch
        return self._batches // self._interval > before // self._interval

    def end_epoch(self, epoch: int) -> bool:
        """Counts an epoch; returns whether an update is due."""
        self._epochs, self._part = self._offset + epoch + 1, 0.0
        return not self.counts_batches and self._epochs % self._interval == 0

    def end_fit(self) -> bool:
        """Returns whether an update is due at the end of a call of `fit`.

        Calls that are shorter than the interval, such as `fit(epochs=1)` in a
        loop, are parts of one training, whose end is unknown.
        """
        if self.now.step - self._begun.step >= self._interval:
            return True
        epochs = self.now.epochs - self._begun.epochs
        return self._fits == 1 and (self.counts_batches or epochs > 1)


def _is_count(value: object) -> bool:
    return isinstance(value, int | np.integer) and bool(value >= 1)
