"""Updates and logs the images of all layers of one training."""

import logging
from collections.abc import Sequence

import keras

from tb_actmax.errors import log_left_out
from tb_actmax.maximizer.base import Call, MakeMaximizer
from tb_actmax.objectives import Objective
from tb_actmax.stopwatch import Stopwatch
from tb_actmax.training.allowance import ALLOWANCE, Allowance
from tb_actmax.training.budget import Budget
from tb_actmax.training.log import TrainingLog
from tb_actmax.training.model_parts import ModelParts
from tb_actmax.training.prices import Prices
from tb_actmax.training.progress import Progress
from tb_actmax.training.schedule import TrainingStep
from tb_actmax.training.settings import Settings
from tb_actmax.training.shown_layers import ShownLayers
from tb_actmax.training.update import Due, Update

_log = logging.getLogger("tb_actmax")


class Session:
    """Updates the images of the layers of a built model and logs them.

    Raises a `ValueError` if the settings do not fit the model, and a
    `ModelFaultError` if the model raises while its layers are found.
    """

    def __init__(
        self,
        model: keras.Model,
        settings: Settings,
        make_maximizer: MakeMaximizer,
    ):
        self.model = model
        self.training = Stopwatch()  # time that the training has taken
        self.spent = Stopwatch()  # by the session and its updates
        self.last_step: int | None = None  # of the last update
        self._settings = settings
        self._log = TrainingLog(settings.directory, model)
        self._updates = 0
        self._before = 0.0  # seconds of training when the log was opened
        self._warned_not_finite = False
        with self.spent.running():
            self._parts = ModelParts(model)
            self._layers = ShownLayers(model, settings, make_maximizer)
        prices = Prices(
            self._layers.costs,
            self._layers.steps,
            settings.warm_steps,
            self._layers.together,
            self._layers.first_pass,
        )
        self._allowance = Allowance(settings.budget, prices)
        self._budget = Budget(
            self._allowance, prices, fewer=settings.steps is None
        )

    def describe(self) -> str:
        """Returns a sentence on what updates show and how long they take."""
        share = self._settings.budget
        limit = "without a budget"
        if share is not None:
            limit = (
                f"within {ALLOWANCE:g} s and {share:.4g} of the training time"
            )
        return f"Activation maximization: {self._layers.describe()}, {limit}."

    def fits_model(self) -> bool:
        """Returns whether layers, weights and settings are unchanged."""
        return self._parts.same(ModelParts(self.model))

    @property
    def traces(self) -> dict[str, int]:
        """Ascent steps traced so far, by layer."""
        return self._layers.traces

    def open(self, step: int, append: bool = False) -> None:
        """Opens the log, and continues layers from their last events.

        See `TrainingLog.open`.
        """
        paths = self._layers.objectives.keys()
        with self.spent.running():
            self._layers.resume(self._log.open(step, paths, append))
        self._before = self.training.seconds

    def has(self, epoch: int) -> bool:
        """Returns whether all layers are logged at an epoch."""
        return not any(
            self._log.missing(path, [epoch]) for path in self._layers.objectives
        )

    def expected_calls(
        self, epochs: Sequence[int]
    ) -> dict[int, dict[str, list[Call]]]:
        """Predicts the maximizers' calls by epoch and layer, without a budget.

        The epochs are those of the next updates, ascending. What is logged
        already is left out.
        """
        expected: dict[int, dict[str, list[Call]]] = {e: {} for e in epochs}
        failed: dict[str, Exception] = {}
        for path in list(self._layers.objectives):
            missing = self._log.missing(path, epochs)
            try:
                calls = self._layers.tracker(path).expected_calls(len(missing))
            except Exception as error:  # other layers can still be shown
                self._layers.drop(path)
                failed[path] = error
                continue
            for epoch, some in zip(missing, calls, strict=True):
                expected[epoch][path] = some
        log_left_out(failed)
        return expected

    def update(
        self,
        at: TrainingStep,
        verbose: int = 0,
        progress: Progress | None = None,
        left: float | None = None,
    ) -> None:
        """Maximizes all layers, or those that the budget allows, and logs them.

        A layer that raises is left out of this and later updates.

        Args:
            at: The point of the training.
            verbose: See `Progress`.
            progress: `None` for a bar of the update's own.
            left: Share of the training that is left, since the log was opened;
                `None` if it is unknown.
        """
        with self.spent.running():
            self._drop_lost()
            self._layers.forget_responses()
            self._allowance.save(self._to_come(left))
            update = Update(
                self._layers,
                self._log,
                self._budget,
                at,
                thumbnails=self._settings.exemplars > 0,
            )
            if self._earned > self.spent.seconds:
                due = update.due()
            else:  # not even the weights are compared
                due = dict(self._layers.objectives)
            self._run(update, due, at, verbose, progress)
            self.last_step = at.step
            self._updates += 1

    def finish(self, at: TrainingStep, verbose: int) -> None:
        """Shows the final network, at the point of the last update.

        Another callback may have restored earlier weights since then, and
        filters may have been left out.
        """
        with self.spent.running():
            self._drop_lost()
            self._layers.forget_responses()
            back = Update(self._layers, self._log, self._budget, at, again=True)
            due = back.set_back()
            self._layers.announce(due)
            for path, objectives in due.items():
                back.run(path, objectives, Progress(str(at), 0, verbose=0))
            back.end()
            spent = self.spent.seconds
            self._allowance.allow_the_end(spent)
            if self._earned > spent or self._allowance.left_to_refresh(spent):
                update = Update(self._layers, self._log, self._budget, at)
                if left := update.due():
                    self._run(update, left, at, verbose, None)

    def repeat_images(self) -> None:
        """Adds images to the newest events of unchanged layers."""
        self._log.write_repeated(self._layers.repeated())

    def _drop_lost(self) -> None:
        """Drops the layers that another callback has taken over."""
        for path in self._log.lost(self._layers.objectives.keys()):
            self._layers.drop(path)

    def _run(
        self,
        update: Update,
        due: Due,
        at: TrainingStep,
        verbose: int,
        progress: Progress | None,
    ) -> None:
        """Updates the layers that the budget allows, one after the other.

        The time that each layer took determines how much is left.
        """
        self._allowance.look_ahead(
            due, self.training.seconds, self.spent.seconds
        )
        planned = self._budget.begin(
            due,
            self._earned,
            self.spent.seconds,
            self._allowance.earned(self.training.seconds, shown=True),
        )
        self._layers.announce({path: due[path] for path in self._budget.likely})
        own = progress is None
        if progress is None:
            steps = sum(self._steps(path, planned[path]) for path in planned)
            progress = Progress(str(at), steps, verbose, at.step > 0)
        left = list(planned)
        while left:
            chosen = self._budget.choose(
                left[0], self._earned, self.spent.seconds
            )
            if chosen is None:
                break
            for one, some in chosen.items():
                progress.expect(
                    self._steps(one, some) - self._steps(one, planned[one])
                )
            planned |= chosen
            shown = {one: some for one, some in chosen.items() if some}
            self._layers.announce(shown)
            if len(shown) > 1 and not update.run_together(shown, progress):
                self._budget.separate(chosen)
                continue
            if len(shown) == 1:
                ((path, some),) = shown.items()
                update.run(path, some, progress)
            left = [path for path in left if path not in chosen]
        self._layers.forget_responses()  # those of layers not shown, too
        if own:
            progress.end()
        update.end()
        if update.not_finite and not self._warned_not_finite:
            self._warned_not_finite = True
            _log.error(
                "%s: the weights give NaN or infinity in %s. These layers are "
                "left out until their values are finite again.",
                at,
                ", ".join(map(repr, update.not_finite)),
            )

    def _steps(self, path: str, objectives: Sequence[Objective]) -> int:
        return self._budget.prices.steps_of(path, objectives)

    def _to_come(self, left: float | None) -> float:
        """Returns about how many seconds the training will still take."""
        if left is None or left >= 1:
            return float("inf")
        return (self.training.seconds - self._before) * left / (1 - left)

    @property
    def _earned(self) -> float:
        """Seconds that the session may have taken so far."""
        return self._allowance.earned(self.training.seconds)

    def close(self) -> None:
        """Closes the log; `open` opens it again."""
        self._log.close()

    def summary(self) -> str:
        """Reports how long updates took and where to see the images."""
        spent = self.spent.seconds
        training = self.training.seconds
        # A share of a training that is shorter says nothing.
        known = 0 < spent <= training
        share = f", {spent / training:.1%} of the training" if known else ""
        log_dir = self._log.directory.rsplit("actmax", 1)[0].rstrip("/\\")
        return (
            f"Activation maximization: {self._updates} updates of "
            f"{len(self._layers.objectives)} layers in {spent:.1f} s{share}."
            f"{self._budget.left_out()} "
            f"See the tab Activation Max of: tensorboard --logdir {log_dir}"
        )
