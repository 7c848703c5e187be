"""One training as tb_actmax sees it: its layers, its probe, its log."""

import logging
from collections.abc import Sequence

import keras

from tb_actmax.distribution.mirrored import among_devices
from tb_actmax.distribution.strategies import devices_of
from tb_actmax.errors import LostError, NotFiniteError, log_left_out
from tb_actmax.maximizer.base import Call, MakeMaximizer
from tb_actmax.objectives import Objective
from tb_actmax.training.budget import Budget, Watch
from tb_actmax.training.layer_tracker import LayerTracker, Look
from tb_actmax.training.log import TrainingLog
from tb_actmax.training.moment import Moment
from tb_actmax.training.preparation import prepare
from tb_actmax.training.progress import Progress
from tb_actmax.training.resume import resume
from tb_actmax.training.settings import Settings

_log = logging.getLogger("tb_actmax")


class Session:
    """Looks at the layers of a model, again and again, and logs the images.

    Args:
        model: The model, built.
        settings: What the user asked for.
        make_maximizer: Makes a layer's maximizer; `None` for one on the
            devices that the model is on.

    Raises:
        ValueError: If the settings do not fit the model.
        ModelFaultError: If the model raises when it is looked through.
    """

    def __init__(
        self,
        model: keras.Model,
        settings: Settings,
        make_maximizer: MakeMaximizer | None = None,
    ):
        self.model = model
        self.training = Watch()
        self.spent = Watch()
        self.last_epoch: int | None = None
        self._settings = settings
        self._log = TrainingLog(settings.directory)
        self._looks = 0
        self._not_finite_said = False
        if make_maximizer is None:
            make_maximizer = among_devices(devices_of(model))
        self._views = prepare(model, settings, make_maximizer)
        self._budget: Budget | None = None
        if settings.budget is not None:
            self._budget = Budget(
                settings.budget,
                {path: view.filters for path, view in self._views.items()},
                settings.steps,
                settings.warm_steps,
            )

    def open(self, epoch: int, again: bool = False) -> None:
        """Opens the log for writing.

        Args:
            epoch: Epochs done before this training, 0 for a new one.
            again: Whether to go on in a log that holds events already.

        Raises:
            ValueError: If a new training would write into an old one's log.
        """
        for path, blobs in self._log.open(epoch, again).items():
            if path in self._views:
                resume(self._views[path], blobs)

    def has(self, epoch: int) -> bool:
        """Whether all layers are logged at an epoch."""
        return not any(self._log.left(path, [epoch]) for path in self._views)

    def foresee(
        self, epochs: Sequence[int]
    ) -> dict[int, dict[str, list[Call]]]:
        """What looks will ask of each layer's maximizer, without a budget.

        Args:
            epochs: The looks, in order.

        Returns:
            The calls by epoch and layer; without what is logged already.
        """
        foreseen: dict[int, dict[str, list[Call]]] = {e: {} for e in epochs}
        for path, view in self._views.items():
            left = self._log.left(path, epochs)
            for epoch, calls in zip(left, view.foresee(len(left)), strict=True):
                foreseen[epoch][path] = calls
        return foreseen

    def steps(self, epochs: Sequence[int]) -> int:
        """Steps that looks take, of all filters together; as `foresee`."""
        total = 0
        for path, view in self._views.items():
            looks = len(self._log.left(path, epochs))
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
            plan = {
                path: filters
                for path, filters in self._plan().items()
                if self._log.left(path, [epoch])
            }
            total = sum(
                self._views[path].steps(index)
                for path, filters in plan.items()
                for index in filters
            )
            moment = Moment(epoch, epochs)
            if progress is None:
                progress = Progress(str(moment), total, verbose, bool(epoch))
            self._look_at_all(plan, moment, progress)
            self._log.flush()
            self.last_epoch = epoch
            self._looks += 1
        finally:
            self.spent.end()

    def _look_at_all(
        self,
        plan: dict[str, list[Objective]],
        moment: Moment,
        progress: Progress,
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
            except LostError:
                raise
            except Exception as error:  # the other layers can still be shown
                del self._views[path]
                failed[path] = error
                continue
            self._note(view, look, moment)
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

    def _note(self, view: LayerTracker, look: Look, moment: Moment) -> None:
        """Writes what was found, and remembers what it took."""
        self._log.write(view.target, look.event, moment)
        if self._budget is not None:
            self._budget.spent(
                view.target.path,
                look.built,
                look.ascent,
                look.seconds,
                look.steps,
                look.event.changes,
            )

    def close(self) -> None:
        """Closes the log; `open` opens it again."""
        self._log.close()

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
