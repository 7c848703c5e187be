"""One training as tb_actmax sees it: its layers, its probe, its log."""

import dataclasses
import logging
from collections.abc import Callable, Sequence
from typing import Any

import keras

from tb_actmax.budget import Budget, Watch
from tb_actmax.choice import choose_objectives
from tb_actmax.distribution.replicas import among_devices
from tb_actmax.distribution.strategies import devices_of
from tb_actmax.faults import (
    ModelFaultError,
    NotFiniteError,
    described,
    log_left_out,
)
from tb_actmax.layer_view import LayerView, Look
from tb_actmax.maximizer import layers
from tb_actmax.maximizer.base import Call, Maximizer
from tb_actmax.maximizer.objectives import Objective
from tb_actmax.moment import Moment
from tb_actmax.probe.assumptions import fit
from tb_actmax.probe.careful import usable
from tb_actmax.probe.signature import Places
from tb_actmax.progress import Progress
from tb_actmax.records.summary import summarize
from tb_actmax.records.writer import EventWriter
from tb_actmax.resume import resume

_log = logging.getLogger("tb_actmax")


@dataclasses.dataclass(frozen=True)
class Settings:
    """What the user asked for; see `ActivationMaximization`.

    Attributes:
        directory: Where the events go, `<log_dir>/actmax`.
    """

    directory: str
    layers: Any
    filters: Any
    probe: Any
    steps: int
    warm_steps: int
    budget: float | None
    seed: int
    exemplars: int
    held: Any = None


class Session:
    """Looks at the layers of a model, again and again, and logs the images.

    Args:
        model: The model, built.
        settings: What the user asked for.
        make: Makes a layer's maximizer, of the arguments of `LayerMaximizer`;
            `None` for one on the devices that the model is on.

    Raises:
        ValueError: If the settings do not fit the model.
        ModelFaultError: If the model raises when it is looked through.
    """

    def __init__(
        self,
        model: keras.Model,
        settings: Settings,
        make: Callable[..., Maximizer] | None = None,
    ):
        self.model = model
        self.training = Watch()
        self.spent = Watch()
        self.last_epoch: int | None = None
        self._settings = settings
        self._writer: EventWriter | None = None
        self._looks = 0
        self._not_finite_said = False
        probe = usable(settings.probe)
        fitted = fit(model, probe, settings.held)
        self._seen, self._sample = fitted.model, fitted.sample
        self._statistics = fitted.statistics
        if settings.probe is None:
            low, high = self._statistics.value_range
            _log.warning(
                "No probe is given: inputs are taken to lie in [%g, %g] and "
                "to look like natural images. With probe=x_train[:512] the "
                "images get the mean, contrast and colours of your data.",
                low,
                high,
            )
        self._views = self._prepare(
            fitted.shape, make or among_devices(devices_of(model))
        )
        self._budget: Budget | None = None
        if settings.budget is not None:
            self._budget = Budget(
                settings.budget,
                {path: view.filters for path, view in self._views.items()},
                settings.steps,
                settings.warm_steps,
            )

    def _prepare(
        self, shape: tuple[int, ...], make: Callable[..., Maximizer]
    ) -> dict[str, LayerView]:
        settings = self._settings
        try:
            targets = layers.find_targets(self._seen, shape)
        except Exception as error:  # the user's layers: whatever they raise
            raise ModelFaultError(
                f"The model {self.model.name!r} cannot be looked through: "
                f"{described(error)}"
            ) from error
        places = None
        if self._sample is not None:
            places = Places(self._sample)
        chosen = choose_objectives(targets, settings.layers, settings.filters)
        return {
            path: LayerView(
                self._seen,
                targets[path],
                objectives,
                self._statistics,
                shape,
                self._sample,
                places,
                settings.exemplars,
                settings.steps,
                settings.warm_steps,
                settings.seed,
                make,
            )
            for path, objectives in chosen.items()
        }

    def open(self, epoch: int, again: bool = False) -> None:
        """Opens the log for writing.

        Args:
            epoch: Epochs done before this training, 0 for a new one.
            again: Whether to go on in a log that holds events already.

        Raises:
            ValueError: If a new training would write into an old one's log.
        """
        if self._writer is not None:
            return
        writer = EventWriter(self._settings.directory)
        logged = [step for steps in writer.logged.values() for step in steps]
        # One that was stopped in its first epoch has logged its start alone.
        if max(logged, default=0) > 0 and epoch == 0 and not again:
            writer.close()
            raise ValueError(
                f"{self._settings.directory} already holds images of a "
                f"training, up to epoch {max(logged)}. Give each training a "
                "log_dir of its own, for instance with a date in its name; to "
                "go on with that training, pass initial_epoch="
                f"{max(logged)} to fit."
            )
        self._writer = writer
        for path, blobs in writer.newest.items():
            if path in self._views:
                resume(self._views[path], blobs)
        writer.newest.clear()

    def has(self, epoch: int) -> bool:
        """Whether all layers are logged at an epoch."""
        assert self._writer is not None
        logged = self._writer.logged
        return all(epoch in logged.get(path, ()) for path in self._views)

    def foresee(
        self, epochs: Sequence[int]
    ) -> dict[int, dict[str, list[Call]]]:
        """What looks will ask of each layer's maximizer, without a budget.

        Args:
            epochs: The looks, in order.

        Returns:
            The calls by epoch and layer; without what is logged already.
        """
        assert self._writer is not None
        foreseen: dict[int, dict[str, list[Call]]] = {e: {} for e in epochs}
        for path, view in self._views.items():
            logged = self._writer.logged.get(path, ())
            left = [epoch for epoch in epochs if epoch not in logged]
            for epoch, calls in zip(left, view.foresee(len(left)), strict=True):
                foreseen[epoch][path] = calls
        return foreseen

    def steps(self, epochs: Sequence[int]) -> int:
        """Steps that looks take, of all filters together; as `foresee`."""
        assert self._writer is not None
        total = 0
        for path, view in self._views.items():
            logged = self._writer.logged.get(path, ())
            looks = sum(epoch not in logged for epoch in epochs)
            if looks:
                total += sum(map(view.steps, view.filters))
                total += (
                    (looks - 1) * self._settings.warm_steps * len(view.filters)
                )
        return total

    def look(
        self,
        epoch: int,
        verbose: int = 0,
        epochs: float | None = None,
        progress: Progress | None = None,
    ) -> None:
        """Maximizes all layers, or those that the budget allows, and logs.

        A layer that fails is left out from then on.

        Args:
            epoch: Epochs done, or batches.
            verbose: As in `keras.Model.fit`.
            epochs: Epochs done where `epoch` counts batches.
            progress: Told of each step; `None` for a bar of this look alone.
        """
        self.spent.begin()
        try:
            writer = self._writer
            assert writer is not None
            plan = {
                path: filters
                for path, filters in self._plan().items()
                if epoch not in writer.logged.get(path, ())
            }
            total = sum(
                self._views[path].steps(index)
                for path, filters in plan.items()
                for index in filters
            )
            moment = Moment(epoch, epochs)
            if progress is None:
                progress = Progress(str(moment), total, verbose, bool(epoch))
            self._look_at_all(plan, moment, progress, writer)
            writer.flush()
            self.last_epoch = epoch
            self._looks += 1
        finally:
            self.spent.end()

    def _look_at_all(
        self,
        plan: dict[str, list[Objective]],
        moment: Moment,
        progress: Progress,
        writer: EventWriter,
    ) -> None:
        failed: dict[str, Exception] = {}
        not_finite: list[str] = []
        for path, filters in plan.items():
            view = self._views[path]
            try:
                look = view.look(filters, moment.step, progress)
            except NotFiniteError:
                not_finite.append(path)
                continue
            except Exception as error:  # the other layers can still be shown
                del self._views[path]
                failed[path] = error
                continue
            self._write(view, look, moment, writer)
        log_left_out(failed)
        if not_finite and not self._not_finite_said:
            self._not_finite_said = True
            _log.error(
                "%s: the weights give NaN or infinity in %s; nothing is "
                "shown there until they are finite again.",
                moment,
                ", ".join(map(repr, not_finite)),
            )

    def _plan(self) -> dict[str, list[Objective]]:
        if self._budget is None:
            return {path: view.filters for path, view in self._views.items()}
        plan = self._budget.plan(self.training.seconds, self.spent.seconds)
        return {path: f for path, f in plan.items() if path in self._views}

    def _write(
        self,
        view: LayerView,
        look: Look,
        moment: Moment,
        writer: EventWriter,
    ) -> None:
        path = view.target.path
        writer.write(
            path,
            moment.step,
            look.event.header | moment.header,
            look.event.images,
            look.event.extra,
            layer_index=view.target.order,
            layer_type=view.target.kind,
            unit=moment.unit,
        )
        writer.write_scalars(
            moment.step, summarize(path, look.event.header["filters"])
        )
        if self._budget is not None:
            self._budget.spent(
                path,
                look.built,
                look.ascent,
                look.seconds,
                look.steps,
                look.event.changes,
            )

    def flush(self) -> None:
        """Makes sure that all that was logged can be read."""
        if self._writer is not None:
            self._writer.flush()

    def close(self) -> None:
        """Closes the log; `open` opens it again."""
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def summary(self) -> str:
        """How much time it took, and where to look."""
        own, training = self.spent.seconds, self.training.seconds
        share = f", {own / training:.1%} of the training" if training else ""
        log_dir = self._settings.directory.rsplit("actmax", 1)[0].rstrip("/\\")
        left_out = "" if self._budget is None else self._budget.left_out()
        return (
            f"Activation maximization: {self._looks} times {len(self._views)} "
            f"layers in {own:.1f} s{share}.{left_out} See the tab Activation Max of: "
            f"tensorboard --logdir {log_dir}"
        )
