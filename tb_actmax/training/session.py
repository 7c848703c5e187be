"""Updates and logs the images of all layers of one training."""

import logging
import time
from collections.abc import Sequence

import keras

from tb_actmax.compatibility import flatten_layers
from tb_actmax.data.dataset import drop_if_exhausted
from tb_actmax.data.fitting import FittedModel, fit
from tb_actmax.errors import (
    ModelFaultError,
    NotFiniteError,
    NotShownError,
    describe,
    log_left_out,
)
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.maximizer.base import Call, MakeMaximizer
from tb_actmax.network import layers
from tb_actmax.network.layer_selection import choose_by_layer
from tb_actmax.objectives import Objective
from tb_actmax.training.budget import Budget, Stopwatch
from tb_actmax.training.layer_tracker import LayerTracker
from tb_actmax.training.log import TrainingLog
from tb_actmax.training.progress import Progress
from tb_actmax.training.resume import resume
from tb_actmax.training.schedule import TrainingStep
from tb_actmax.training.settings import Settings

_log = logging.getLogger("tb_actmax")

Plan = dict[str, list[Objective]]  # objectives to maximize, by layer


class Session:
    """Updates the images of the layers of a model and logs them.

    Args:
        model: The model, built.
        settings: Settings of the callback.
        make_maximizer: Makes the maximizer of a layer.

    Raises:
        ValueError: If the settings do not fit the model.
        ModelFaultError: If the model raises while its layers are found.

    Attributes:
        model: The model.
        training: Time that the training has taken.
        spent: Time that updates have taken.
        preparing: Seconds that the session has taken beside the updates.
        last_step: Step of the last update; `None` before the first.
    """

    def __init__(
        self,
        model: keras.Model,
        settings: Settings,
        make_maximizer: MakeMaximizer,
    ):
        self.model = model
        self.training = Stopwatch()
        self.spent = Stopwatch()
        began = time.perf_counter()
        self.last_step: int | None = None
        self._settings = settings
        self._parts = _parts(model)
        self._log = TrainingLog(settings.directory)
        self._updates = 0
        self._warned_not_finite = False
        self._fitted, self._trackers = _track_layers(
            model, settings, make_maximizer
        )
        self._budget: Budget | None = None
        if settings.budget is not None:
            self._budget = Budget(
                settings.budget,
                {path: t.objectives for path, t in self._trackers.items()},
                settings.steps,
                settings.warm_steps,
            )
        self.preparing = time.perf_counter() - began

    def fits_model(self) -> bool:
        """Whether the model has the layers and weights that it had."""
        now = _parts(self.model)
        return len(now) == len(self._parts) and all(
            a is b for a, b in zip(now, self._parts, strict=True)
        )

    @property
    def traces(self) -> dict[str, int]:
        """Ascent steps traced so far, by layer."""
        return {
            path: tracker.maximizer.traces
            for path, tracker in self._trackers.items()
        }

    def open(self, step: int, append: bool = False) -> None:
        """Opens the log, and continues layers from their last events.

        Args:
            step: Step at which the training starts, 0 for a new one.
            append: Whether a new training may write into a log with events.

        Raises:
            OSError: If the log cannot be written.
        """
        began = time.perf_counter()
        for path, blobs in self._log.open(step, append).items():
            if path in self._trackers:
                resume(self._trackers[path], blobs)
        self.preparing += time.perf_counter() - began

    def has(self, epoch: int) -> bool:
        """Whether all layers are logged at an epoch."""
        return not any(
            self._log.missing(path, [epoch]) for path in self._trackers
        )

    def expected_calls(
        self, epochs: Sequence[int]
    ) -> dict[int, dict[str, list[Call]]]:
        """Predicts the calls of the maximizers, without a budget.

        Args:
            epochs: Epochs of the next updates, in ascending order.

        Returns:
            The calls by epoch and layer, without what is logged already.
        """
        expected: dict[int, dict[str, list[Call]]] = {e: {} for e in epochs}
        for path, tracker in self._trackers.items():
            missing = self._log.missing(path, epochs)
            calls = tracker.expected_calls(len(missing))
            for epoch, some in zip(missing, calls, strict=True):
                expected[epoch][path] = some
        return expected

    def update(
        self,
        at: TrainingStep,
        verbose: int = 0,
        progress: Progress | None = None,
    ) -> None:
        """Maximizes all layers, or those that the budget allows, and logs them.

        A layer that raises is left out of this and later updates.

        Args:
            at: The point of the training.
            verbose: See `keras.Model.fit`.
            progress: Counts the steps; `None` for a progress bar of this
                update.
        """
        self.spent.begin()
        try:
            plan = {
                path: objectives
                for path, objectives in self._plan().items()
                if self._log.missing(path, [at.step])
            }
            if progress is None:
                total = sum(
                    self._trackers[path].steps(objective)
                    for path, objectives in plan.items()
                    for objective in objectives
                )
                progress = Progress(str(at), total, verbose, at.step > 0)
            self._update_layers(plan, at, progress)
            self._log.flush()
            self.last_step = at.step
            self._updates += 1
        finally:
            self.spent.end()

    def _plan(self) -> Plan:
        if self._budget is None:
            return {path: t.objectives for path, t in self._trackers.items()}
        plan = self._budget.plan(self.training.seconds, self.spent.seconds)
        return {path: o for path, o in plan.items() if path in self._trackers}

    def _update_layers(
        self, plan: Plan, at: TrainingStep, progress: Progress
    ) -> None:
        failed: dict[str, Exception] = {}
        not_finite: list[str] = []
        for path, objectives in plan.items():
            tracker = self._trackers[path]
            try:
                event, cost = tracker.update(objectives, at, progress)
            except NotFiniteError:
                not_finite.append(path)
                continue
            except Exception as error:  # other layers can still be shown
                del self._trackers[path]
                failed[path] = error
                continue
            self._log.write(tracker.target, event, at)
            if self._settings.exemplars:
                self._log.write_thumbnails(self._fitted, at)
            if self._budget is not None:
                self._budget.note(path, cost, event.changes)
        log_left_out(failed)
        if not_finite and not self._warned_not_finite:
            self._warned_not_finite = True
            _log.error(
                "%s: the weights give NaN or infinity in %s. These layers are "
                "left out until their values are finite again.",
                at,
                ", ".join(map(repr, not_finite)),
            )

    def close(self) -> None:
        """Closes the log; `open` opens it again."""
        self._log.close()

    def summary(self) -> str:
        """Says how long updates took and where to see the images."""
        spent = self.spent.seconds + self.preparing
        training = self.training.seconds
        share = f", {spent / training:.1%} of the training" if training else ""
        log_dir = self._log.directory.rsplit("actmax", 1)[0].rstrip("/\\")
        left_out = "" if self._budget is None else self._budget.left_out()
        return (
            f"Activation maximization: {self._updates} updates of "
            f"{len(self._trackers)} layers in {spent:.1f} s{share}.{left_out} "
            f"See the tab Activation Max of: tensorboard --logdir {log_dir}"
        )


def _parts(model: keras.Model) -> list[keras.layers.Layer | keras.Variable]:
    """Returns the layers and weights of a model."""
    return [*flatten_layers(model), *model.weights]


def _track_layers(
    model: keras.Model, settings: Settings, make_maximizer: MakeMaximizer
) -> tuple[FittedModel, dict[str, LayerTracker]]:
    """Returns the fitted model and a tracker for each chosen layer, in the order they are run."""
    fitted = fit(
        model,
        drop_if_exhausted(settings.probe),
        settings.fixed_inputs,
        settings.class_names,
    )
    if settings.probe is None:
        low, high = fitted.statistics.value_range
        _log.warning(
            "No probe is given: inputs are assumed to lie in [%g, %g] and to "
            "look like natural images. With probe=x_train[:512] the images "
            "get the mean, contrast and colours of your data.",
            low,
            high,
        )
    try:
        targets = layers.find_targets(fitted.model, fitted.shape)
    except NotShownError:
        raise
    except Exception as error:  # the user's layers may raise anything
        raise ModelFaultError(
            f"The layers of the model {model.name!r} cannot be found: "
            f"{describe(error)}"
        ) from error
    if fitted.model.left_out:
        _log.info(
            "Not shown, since they do not take the images of the probe: %s.",
            ", ".join(fitted.model.left_out),
        )
    points = None if fitted.sample is None else ProbePoints(fitted.sample)
    chosen = choose_by_layer(targets, settings.layers, settings.filters)
    trackers: dict[str, LayerTracker] = {}
    failed: dict[str, Exception] = {}
    for path, objectives in chosen.items():
        try:
            trackers[path] = LayerTracker(
                fitted,
                targets[path],
                objectives,
                settings,
                points,
                make_maximizer,
            )
        except Exception as error:  # other layers can still be shown
            failed[path] = error
    if not trackers:
        raise ModelFaultError(
            f"no layer of the model {model.name!r} can be shown: "
            f"{describe(failed[next(iter(failed))])}"
        )
    log_left_out(failed)
    return fitted, trackers
