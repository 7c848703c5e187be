"""The Keras callback that shows what filters look for, while they train."""

import logging
import os
from typing import Any

import keras

from tb_actmax.data.dataset import read_once
from tb_actmax.distribution.multi_worker.session import session_for
from tb_actmax.errors import stopped
from tb_actmax.training.preserved_state import undisturbed
from tb_actmax.training.schedule import Schedule
from tb_actmax.training.session import Session
from tb_actmax.training.settings import Settings, events_directory

_log = logging.getLogger("tb_actmax")


class ActivationMaximization(keras.callbacks.Callback):
    """Callback that shows in TensorBoard what each filter looks for.

    Before the first epoch (step 0, the untrained network), after each
    `every`-th epoch and at the end of the training it finds the image that
    excites each chosen filter most, and writes the images of each layer to
    `<log_dir>/actmax`. TensorBoard shows them in the tab "Activation Max".

    The training itself is not changed: with and without the callback it ends
    in the same weights, bit for bit. What fails while maximizing is logged
    once and never ends the training; a mistake in the arguments is an error
    at the start of `fit`.

    Args:
        log_dir: Directory of the training's logs, as in
            `keras.callbacks.TensorBoard`; the same may be given to both.
        layers: Names or paths of the layers ("mobilenet/conv1" for a layer of
            a nested model), or a dict that maps each to its `filters`.
            Defaults to `None`: every convolution.
        filters: Filters of each layer: an int (that many, evenly spread),
            "all", a list of indices and objectives (`tb_actmax.objectives`:
            neurons, directions, weighted sums, several images of one
            filter), or a dict per layer. Defaults to `16`.
        every: Epochs from one look to the next, or batches: "500 steps", for
            trainings of few long epochs. Defaults to `1`.
        probe: A sample of inputs as the network takes them: an array (n,
            height, width, channels), a pair (inputs, labels), or a dataset;
            up to 1000 are used. From it the images get the mean, contrast,
            spectrum and colours of the data, and dead filters are told.
            Defaults to `None`: the range is taken from leading rescaling
            layers, else [0, 1], and natural images are assumed.
        steps: Steps of the first ascent, from a random start. Defaults to
            `32`.
        warm_steps: Steps of later ascents, which go on from the last image.
            Defaults to `8`.
        budget: Largest share of the training time to use, 0.05 for 5 %.
            Defaults to `None`: as much as it takes.
        seed: Seed of the random starts. Same seed, same images. Defaults to
            `0`.
        exemplars: Real patches of the probe to log for each filter, 0 for
            none. Defaults to `9`.
        held: What inputs are held at, by name, without the batch's axis,
            where the model takes several: one of them is maximized. Defaults
            to `None`: the probe's mean (numbers) or first value (whole
            numbers), zeros without a probe.

    Raises:
        ValueError: At the start of `fit`, if an argument does not fit the
            model, or if `log_dir` holds the images of another training.

    Example:

    ```python
    model.fit(
        x_train,
        y_train,
        epochs=10,
        callbacks=[
            keras.callbacks.TensorBoard("logs/first"),
            tb_actmax.ActivationMaximization("logs/first", probe=x_train[:512]),
        ],
    )
    ```
    """

    def __init__(
        self,
        log_dir: str | os.PathLike[str],
        layers: Any = None,
        filters: Any = 16,
        every: int | str = 1,
        probe: Any = None,
        steps: int = 32,
        warm_steps: int = 8,
        budget: float | None = None,
        seed: int = 0,
        exemplars: int = 9,
        held: Any = None,
    ):
        super().__init__()
        self._schedule = Schedule(every)
        if self._schedule.unit == "steps":
            # Not a method: Keras waits for each batch where there is one.
            self.on_train_batch_end = self._on_batch
        self._settings = Settings(
            events_directory(log_dir),
            layers,
            filters,
            read_once(probe),
            steps,
            warm_steps,
            budget,
            int(seed),
            exemplars,
            held,
        )
        self._session: Session | None = None
        self._failed = False
        self._offset = 0  # epochs of earlier `fit` calls of this callback
        # Epochs or batches done; None before the first.
        self._done: int | None = None
        self._begun = 0  # batches done when this epoch began
        self._batches = 0  # batches done in all `fit` calls
        self._epochs = 0.0  # epochs done, where batches are counted

    def on_train_begin(self, logs: Any = None) -> None:
        """Checks the arguments against the model and prepares all layers."""
        self._failed = False
        self._done = None
        if self._session is None or self._session.model is not self.model:
            self._session = None
            self._guarded(self._prepare)

    def _prepare(self) -> None:
        every = str(self._schedule)
        self._session = session_for(self.model, self._settings, every)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        """Opens the log, and looks at the untrained network."""
        if self._session is None:
            return
        if self._done is None:
            self._done = self._start(epoch)
            self._guarded(self._open)
            if self._schedule.due(self._done):
                self._look()
        self._begun = self._done
        self._session.training.begin()

    def _start(self, epoch: int) -> int:
        """Epochs or batches that were done before this `fit`."""
        assert self._session is not None
        last = self._session.last_epoch
        if self._schedule.unit == "epochs":
            # A second `fit` with the same callback goes on counting, unless
            # `initial_epoch` does so already.
            self._offset = last if last is not None and epoch < last else 0
            return self._offset + epoch
        if last is not None:
            self._offset = 0 if epoch >= self._epochs else int(self._epochs)
            return self._batches
        self._epochs = float(epoch)
        if epoch == 0:
            return 0
        steps = (self.params or {}).get("steps")
        return epoch * steps if steps else int(self.model.optimizer.iterations)

    def _on_batch(self, batch: int, logs: Any = None) -> None:
        """Looks at the network after each `every`-th batch."""
        if self._session is None or self._done is None:
            return
        before, self._done = self._done, self._begun + batch + 1
        if self._schedule.due(self._done, before):
            steps = (self.params or {}).get("steps")
            part = (batch + 1) / steps if steps else 0.0
            self._session.training.end()
            self._look(part)
            self._session.training.begin()

    def _open(self) -> None:
        assert self._session is not None and self._done is not None
        self._session.open(self._done)

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Looks at the network after each `every`-th epoch."""
        if self._session is None:
            return
        self._session.training.end()
        self._epochs = float(self._offset + epoch + 1)
        if self._schedule.unit == "steps":
            self._batches = self._done or 0
            return
        self._done = self._offset + epoch + 1
        if self._schedule.due(self._done):
            self._look()

    def on_train_end(self, logs: Any = None) -> None:
        """Looks at the trained network, and says where to see it all."""
        if self._session is None or self._done is None:
            return
        if self._session.last_epoch != self._done:
            self._look()
        self._guarded(self._session.close)
        if not self._failed and self._verbose:
            self._guarded(print, self._session.summary())

    @property
    def _verbose(self) -> int:
        verbose = (self.params or {}).get("verbose", 1)
        return 1 if verbose == "auto" else int(verbose)

    def _look(self, part: float = 0.0) -> None:
        """Looks, unless something has failed.

        Args:
            part: Share of the present epoch that is done.
        """
        if self._failed or self._session is None or self._done is None:
            return
        epochs = None
        if self._schedule.unit == "steps":
            epochs = round(self._epochs + part, 3)
        self._guarded(self._session.look, self._done, self._verbose, epochs)

    def _guarded(self, function: Any, *args: Any) -> None:
        """Calls a function whose failure must not end the training.

        Raises:
            ValueError: A mistake in the arguments, before the first look.
        """
        try:
            with undisturbed(self.model):
                function(*args)
        except Exception as error:  # whatever it is, the training goes on
            mistake = isinstance(error, ValueError | TypeError)
            if mistake and function in (self._prepare, self._open):
                raise
            self._fail(error)

    def _fail(self, error: Exception) -> None:
        """Says once what is wrong, and does nothing from then on."""
        if self._failed:
            return
        self._failed = True
        _log.error(stopped(error))
        _log.debug("Where it failed:", exc_info=error)
