"""Follows a training through Keras's hooks, without affecting it."""

import abc
import threading
from collections.abc import Callable, Mapping

import keras

from tb_actmax.compatibility import with_own_options
from tb_actmax.errors import NotShownError, log_stop
from tb_actmax.training.fit_hooks import (
    call_after_others,
    call_when_built,
    is_built,
    is_fitting,
)
from tb_actmax.training.progress import say
from tb_actmax.training.schedule import Schedule
from tb_actmax.training.session import Session

_choosing = threading.Lock()  # held while a callback takes a model


class Follower(keras.callbacks.Callback, abc.ABC):
    """Updates the images of a session at the right moments of a training.

    Errors are logged once, and the training continues.
    """

    def __init__(self, initial: bool):
        super().__init__()
        self._initial = initial

    @abc.abstractmethod
    def _make_session(self) -> Session:
        """Makes the session of the model; checks the arguments against it."""

    @abc.abstractmethod
    def _read_ahead(self) -> None:
        """Reads the probe before threads of the training draw from it."""

    @abc.abstractmethod
    def _make_schedule(self) -> Schedule:
        """Makes the schedule of a training."""

    def _reset(self) -> None:
        """Resets the callback to its state before any training."""
        self._schedule = self._make_schedule()
        if self._schedule.counts_batches:
            # Not a method: Keras waits for each batch if there is one.
            self.on_train_batch_end = self._on_batch_end
        self._session: Session | None = None
        self._fitting = False  # whether the first epoch of a `fit` has begun
        self._failed = False
        self._interrupted = False  # whether Ctrl-C has left the session midway
        self._ends_last = False  # whether `_end` is called after all others
        self._thread = threading.get_ident()  # that which has set the model

    def set_model(self, model: keras.Model) -> None:
        """Takes a model, unless another trains with this callback now."""
        with _choosing:
            before = self.model
            if before is not None and before is not model:
                if is_fitting(before, self._thread):
                    raise ValueError(
                        "This ActivationMaximization follows another `fit`, "
                        "which is still running: give each of the two a "
                        "callback of its own."
                    )
            super().set_model(model)
            self._thread = threading.get_ident()

    @property
    def traces(self) -> dict[str, int]:
        """Number of gradient steps traced so far, by layer."""
        return {} if self._session is None else self._session.traces

    def on_train_begin(self, logs: Mapping[str, float] | None = None) -> None:
        """Checks the arguments against the model, and chooses the layers."""
        self._failed = False
        self._fitting = False
        if self._session is not None:
            # Ctrl-C may have ended the last `fit` long ago.
            self._session.training.drop()
        self._ends_last = call_after_others(self.model, self.params, self._end)
        if self._waits():
            self._protected(self._read_ahead)
        else:
            self._find_session()

    def _waits(self) -> bool:
        """Returns whether the first step of `fit` will build the model."""
        if self._session is not None and self._session.model is self.model:
            return False
        return bool(self.params) and not is_built(self.model)

    def _find_session(self) -> None:
        """Chooses the layers, unless they are chosen or choosing has failed."""
        session = self._session
        if session is None or session.model is not self.model:
            self._session = None
            self._schedule = self._make_schedule()
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
        self._session = self._make_session()
        self._interrupted = False
        if self._verbose:
            say(self._session.describe())

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
        session = self._session
        if session is None:
            return
        last = (self.params or {}).get("epochs")
        before = self._batches_before(epoch)
        due = self._schedule.begin_fit(epoch, before, last)
        self._protected(lambda: session.open(self._schedule.now.step))
        if due and untrained and self._initial:
            self._update()

    def _batches_before(self, epoch: int) -> int:
        """Returns the number of batches in the epochs before an epoch."""
        if epoch == 0 or not self._schedule.counts_batches:
            return 0
        per_epoch = self._batches_per_epoch
        if per_epoch is None:
            return int(self.model.optimizer.iterations)
        return epoch * per_epoch

    @property
    def _batches_per_epoch(self) -> int | None:
        return (self.params or {}).get("steps")

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
        if not self._ends_last:
            self._end()

    def _end(self) -> None:
        """Ends the session of a `fit`."""
        session, at = self._session, self._schedule.now
        if session is None or not self._fitting:
            return
        if session.last_step != at.step and self._schedule.end_fit():
            self._update()
        if session.last_step == at.step and not self._failed:
            self._protected(lambda: session.finish(at, self._verbose))
        if not self._failed:
            self._protected(session.repeat_images)
        self._protected(session.close)
        self._fitting = False
        if not self._failed and self._verbose:
            self._protected(lambda: say(session.summary()))

    @property
    def _verbose(self) -> int:
        """`verbose` of `fit`; "auto" as Keras's progress bar interprets it."""
        verbose = (self.params or {}).get("verbose", 1)
        if verbose == "auto":
            return 1 if keras.config.is_interactive_logging_enabled() else 2
        return int(verbose)

    def _update(self) -> None:
        """Updates and logs the images, unless something has failed before."""
        session, at = self._session, self._schedule.now
        left = self._schedule.left
        if session is not None and not self._failed:
            self._protected(
                lambda: session.update(at, self._verbose, left=left)
            )

    def _protected(
        self, function: Callable[[], object], checks_arguments: bool = False
    ) -> None:
        """Calls a function whose errors must not end the training.

        With `checks_arguments`, a `ValueError` or `TypeError` is a mistake in
        the callback's arguments, which the user must see.
        """
        try:
            with_own_options(function)()
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
