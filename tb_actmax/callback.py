"""The Keras callback that shows what filters look for while they train."""

import copy
import os
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import keras

from tb_actmax.compatibility import without_op_callbacks
from tb_actmax.data.dataset import read_once
from tb_actmax.data.sample import FixedInputs, Probe
from tb_actmax.distribution.strategies import maximizer_for
from tb_actmax.errors import NotShownError, log_stop
from tb_actmax.maximizer.ascent.step import Transform
from tb_actmax.network.filter_selection import FiltersByLayer
from tb_actmax.network.layer_selection import Layers
from tb_actmax.training.first_step import call_when_built, is_built
from tb_actmax.training.progress import say
from tb_actmax.training.schedule import Schedule
from tb_actmax.training.session import Session
from tb_actmax.training.settings import Settings, events_directory


class ActivationMaximization(keras.callbacks.Callback):
    """Callback that shows in TensorBoard what each filter looks for.

    For each chosen filter it finds the image that excites the filter most:
    before the first epoch, after every `every` epochs, and at the end of the
    training. The images are written to `<log_dir>/actmax`, or to `actmax-2`
    beside it if the images of another training are there, and TensorBoard
    shows them in the tab "Activation Max".

    Calls of `fit` on the same model count as one training: `fit(epochs=1)` in
    a loop with `every=5` updates the images every five epochs. In a loop of
    your own, call `set_model` and then `on_epoch_end` after each epoch;
    `on_epoch_begin` before the first also shows the untrained network.

    The callback does not change the training: the weights are the same with
    and without it, bit for bit. An error while images are updated is logged
    once and does not end the training. Mistakes in the arguments raise at the
    start of `fit`.

    Args:
        log_dir: Path of the directory for the logs, as in
            `keras.callbacks.TensorBoard`. Both callbacks can share it.
        layers: Layers to show: names or paths such as `"conv1"` or
            `"mobilenet/conv1"` (in a nested model), or a dict that maps each to
            its `filters`. Defaults to `None`: all convolutions; in a model
            without any, the patch embedding, the hidden units of the blocks'
            MLPs and the classes.
        filters: Filters of each layer: an int (that many, evenly spaced);
            `"all"`; a list of indices, objectives (see `tb_actmax.objectives`)
            and functions of the layer's activations; or a dict that maps
            layers to one of these. Defaults to `16`.
        every: Integer. Epochs between two updates. Defaults to `1`.
        update_freq: `"epoch"`, or the number of batches between two updates,
            as in `keras.callbacks.TensorBoard`. For trainings of a few long
            epochs. Defaults to `"epoch"`.
        probe: A sample of the model's inputs: an array (n, height, width,
            channels), a pair (inputs, labels) or a dataset. Up to 1000 inputs
            are used. The images get the mean, contrast, spectrum and colours of
            the probe, and filters are measured on it. Defaults to `None`: the
            value range is that of the model's leading rescaling layers, else
            [0, 1], and natural images are assumed.
        steps: Integer. Gradient steps of a filter's first image, from a random
            start. Defaults to `32`.
        warm_steps: Integer. Gradient steps of later images, from the last
            one. Defaults to `8`.
        budget: Float in (0, 1]. Largest share of the training time to use,
            for instance `0.05`; updates then show as many filters as it
            allows. Defaults to `None`, no limit.
        seed: Integer from 0. Seed of the random starts. Defaults to `0`.
        exemplars: Integer. Number of patches of the probe to show for each
            filter, those that excite it most. Defaults to `9`.
        fixed_inputs: Dict. Values of inputs that are not maximized, by name,
            without the batch axis, for models of several inputs. Defaults to
            `None`: the probe's mean (floats) or first value (integers), or
            zeros without a probe.
        class_names: List of strings. Name of each class, in the order of the
            labels' numbers: the dashboard then says "pelican", not 144.
            Defaults to `None`: those that the probe carries, as a dataset of
            `keras.utils.image_dataset_from_directory` does.
        transforms: List of functions that take images (n, height, width,
            channels) and return such images, of any size. They are applied at
            each step, after small shifts, rotations and scalings; scores and
            robustness are those of the images without them. Defaults to
            `None`, none.

    Raises:
        ValueError: If a number is out of range; at the start of `fit`, if an
            argument does not fit the model.

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
        *,
        layers: Layers = None,
        filters: FiltersByLayer = 16,
        every: int = 1,
        update_freq: Literal["epoch"] | int = "epoch",
        probe: Probe | None = None,
        steps: int = 32,
        warm_steps: int = 8,
        budget: float | None = None,
        seed: int = 0,
        exemplars: int = 9,
        fixed_inputs: FixedInputs | None = None,
        class_names: Sequence[str] | None = None,
        transforms: Sequence[Transform] | None = None,
    ):
        super().__init__()
        self.log_dir = log_dir
        self._directory = events_directory(log_dir)
        self.layers = layers
        self.filters = filters
        self.every = every
        self.update_freq = update_freq
        self.probe = read_once(probe)
        self.steps = steps
        self.warm_steps = warm_steps
        self.budget = budget
        self.seed = seed
        self.exemplars = exemplars
        self.fixed_inputs = fixed_inputs
        self.class_names = class_names
        self.transforms = transforms
        self._settings()  # checks the numbers
        self._reset()

    def _reset(self) -> None:
        """Sets the callback to its state before any training."""
        self._schedule = Schedule(self.every, self.update_freq)
        if self._schedule.counts_batches:
            # Not a method: Keras waits for each batch if there is one.
            self.on_train_batch_end = self._on_batch_end
        self._session: Session | None = None
        self._fitting = False  # whether the first epoch of a `fit` has begun
        self._failed = False
        self._interrupted = False  # whether Ctrl-C has left the session midway

    def __deepcopy__(self, memo: dict[int, object]) -> "ActivationMaximization":
        """Returns a callback for another training; it shares the probe.

        KerasTuner copies the callbacks for each trial.
        """
        copied = copy.copy(self)
        copied._reset()
        return copied

    def _settings(self) -> Settings:
        return Settings(
            self._directory,
            self.layers,
            self.filters,
            self.probe,
            self.steps,
            self.warm_steps,
            self.budget,
            self.seed,
            self.exemplars,
            self.fixed_inputs,
            self.class_names,
        )

    @property
    def traces(self) -> dict[str, int]:
        """Number of gradient steps traced so far, by layer."""
        return {} if self._session is None else self._session.traces

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Checks the arguments against the model and prepares all layers."""
        self._failed = False
        self._fitting = False
        if not self._waits():
            self._find_session()

    def _waits(self) -> bool:
        """Whether the first step of `fit` will build the model."""
        if self._session is not None and self._session.model is self.model:
            return False
        return bool(self.params) and not is_built(self.model)

    def _find_session(self) -> None:
        """Prepares all layers, unless that was done or has failed."""
        session = self._session
        if session is None or session.model is not self.model:
            self._session = None
            self._schedule = Schedule(self.every, self.update_freq)
        elif session.fits_model() and not self._interrupted:
            return
        if self.model is None:
            self._fail(
                NotShownError(
                    "the callback has no model; in a training loop of your "
                    "own, call set_model(model) first."
                )
            )
        elif not self._failed:
            self._protected(self._prepare, checks_arguments=True)

    def _prepare(self) -> None:
        if self._session is not None:
            self._session.close()
        make_maximizer = maximizer_for(self.model, self.transforms)
        self._session = Session(self.model, self._settings(), make_maximizer)
        self._interrupted = False

    def on_epoch_begin(
        self, epoch: int, logs: Mapping[str, float] | None = None
    ) -> None:
        """Opens the log and shows the untrained network at the first epoch."""
        if not self._fitting and self._waits():
            # If the model runs eagerly, it begins at the end of the epoch.
            self._protected(
                lambda: call_when_built(
                    self.model, lambda: self._begin_epoch(epoch)
                )
            )
            return
        self._begin_epoch(epoch)

    def _begin_epoch(self, epoch: int) -> None:
        if not self._fitting:
            self._begin(epoch, untrained=True)
        if self._session is not None:
            self._schedule.begin_epoch()
            self._session.training.begin()

    def _begin(self, epoch: int, untrained: bool) -> None:
        """Opens the log at the first epoch, and may show the network."""
        self._fitting = True
        self._find_session()
        if self._session is None:
            return
        due = self._schedule.begin_fit(epoch, self._batches_before(epoch))
        self._protected(self._open)
        if due and untrained:
            self._update()

    def _batches_before(self, epoch: int) -> int:
        """Returns the number of batches in the epochs before one."""
        if epoch == 0 or not self._schedule.counts_batches:
            return 0
        per_epoch = self._batches_per_epoch
        if per_epoch is None:
            return int(self.model.optimizer.iterations)
        return epoch * per_epoch

    @property
    def _batches_per_epoch(self) -> int | None:
        return (self.params or {}).get("steps")

    def _open(self) -> None:
        assert self._session is not None
        self._session.open(self._schedule.now.step)

    def _on_batch_end(
        self, batch: int, logs: Mapping[str, float] | None = None
    ) -> None:
        """Updates the images after every `update_freq` batches."""
        if self._session is None or not self._fitting:
            return
        if self._schedule.end_batch(batch, self._batches_per_epoch):
            self._session.training.end()
            self._update()
            self._session.training.begin()

    def on_epoch_end(
        self, epoch: int, logs: Mapping[str, float] | None = None
    ) -> None:
        """Updates the images after every `every` epochs."""
        if not self._fitting:  # in a loop of the user's own
            self._begin(epoch, untrained=False)
        if self._session is None:
            return
        self._session.training.end()
        if self._schedule.end_epoch(epoch):
            self._update()

    def on_train_end(self, logs: Mapping[str, float] | None = None) -> None:
        """Shows the trained network and says where to see the images."""
        session = self._session
        if session is None or not self._fitting:
            return
        if session.last_step != self._schedule.now.step:
            if self._schedule.end_fit():
                self._update()
        self._protected(session.close)
        self._fitting = False
        if not self._failed and self._verbose:
            self._protected(lambda: say(session.summary()))

    @property
    def _verbose(self) -> int:
        """`verbose` of `fit`, with "auto" as Keras's progress bar reads it."""
        verbose = (self.params or {}).get("verbose", 1)
        if verbose == "auto":
            return 1 if keras.config.is_interactive_logging_enabled() else 2
        return int(verbose)

    def _update(self) -> None:
        """Updates and logs the images, unless something has failed before."""
        session, at = self._session, self._schedule.now
        if session is not None and not self._failed:
            self._protected(lambda: session.update(at, self._verbose))

    def _protected(
        self, function: Callable[[], object], checks_arguments: bool = False
    ) -> None:
        """Calls a function whose errors must not end the training.

        Args:
            function: The function.
            checks_arguments: Whether a `ValueError` or `TypeError` is a
                mistake in the callback's arguments, which the user must see.
        """
        try:
            without_op_callbacks(function)()
        except Exception as error:  # none may end the training
            if (
                checks_arguments
                and isinstance(error, ValueError | TypeError)
                and not isinstance(error, NotShownError)
            ):
                raise
            self._fail(error)
        except BaseException:  # Ctrl-C, for instance
            self._interrupted = True
            raise

    def _fail(self, error: Exception) -> None:
        """Logs an error once and switches the callback off."""
        if self._failed:
            return
        self._failed = True
        log_stop(error)
