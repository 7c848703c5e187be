"""Finds the layers of a model to show, and prepares each when needed."""

import logging
from collections.abc import Hashable, Mapping, Sequence

import keras

from tb_actmax.data.dataset import drop_if_exhausted
from tb_actmax.data.fitting import FittedModel, fit
from tb_actmax.errors import ModelFaultError, NotShownError, describe
from tb_actmax.maximizer.base import MakeMaximizer
from tb_actmax.maximizer.image.defaults import style
from tb_actmax.maximizer.shared_ascent import can_share, what_is_shared
from tb_actmax.measures.layer_measures import filters_of
from tb_actmax.measures.shared_responses import SharedResponses
from tb_actmax.network import layers
from tb_actmax.network.layer_selection import choose_by_layer, passed_over
from tb_actmax.network.layers import Targets
from tb_actmax.network.target import Target
from tb_actmax.objectives import Objective
from tb_actmax.stopwatch import Stopwatch
from tb_actmax.training.costs import first_pass, layer_costs
from tb_actmax.training.event_builder import check_number
from tb_actmax.training.layer_tracker import LayerTracker
from tb_actmax.training.log import Repeated
from tb_actmax.training.settings import Settings

_log = logging.getLogger("tb_actmax")


class ShownLayers:
    """Finds the layers to show, and makes each tracker at its first use.

    Preparing a deep network takes many seconds, for which a training should not
    wait. Raises as `Session` does.
    """

    def __init__(
        self,
        model: keras.Model,
        settings: Settings,
        make_maximizer: MakeMaximizer,
    ):
        self._settings = settings
        self._make_maximizer = make_maximizer
        self.fitted = _fitted(model, settings)
        finding = Stopwatch()
        with finding.running():
            found = _find_targets(self.fitted)
        self.objectives: dict[str, Sequence[Objective]] = dict(
            _choose(found, settings, model)
        )
        self._targets = {path: found[path] for path in self.objectives}
        targets = list(self._targets.values())
        # Measures the machine, so nothing else must go on.
        self.costs = layer_costs(
            self.fitted, targets, finding.seconds, len(found)
        )
        self._shared: SharedResponses | None = None
        self.first_pass = 0.0  # seconds of tracing, about
        if self.fitted.sample is not None:
            self.first_pass = first_pass(finding.seconds)
            self._shared = SharedResponses(self.fitted, targets)
        self.trackers: dict[str, LayerTracker] = {}  # made so far
        self._newest: dict[str, list[bytes]] = {}
        self.steps = {
            target.path: settings.steps
            or style(target, self.fitted.of(target).shape).steps
            for target in targets
        }
        self.together = self._sharing_ascents()

    def _sharing_ascents(self) -> list[list[str]]:
        """Returns the layers whose first images one ascent can find."""
        groups: dict[Hashable, list[Target]] = {}
        for path, target in self._targets.items():
            shared = what_is_shared(self.fitted.of(target), target)
            if shared is not None and can_share(self.objectives[path]):
                groups.setdefault(shared, []).append(target)
        return [
            [target.path for target in sorted(group, key=lambda t: t.order)]
            for group in groups.values()
            if len(group) > 1
        ]

    def tracker(self, path: str) -> LayerTracker:
        """Returns the tracker of a layer; makes it at the first call."""
        if path not in self.trackers:
            tracker = LayerTracker(
                self.fitted,
                self._targets[path],
                self.objectives[path],
                self.steps[path],
                self._settings,
                self._shared,
                self._make_maximizer,
            )
            newest = self._newest.pop(path, None)
            if newest is not None:
                tracker.resume(newest)
            self.trackers[path] = tracker
        return self.trackers[path]

    def announce(self, due: Mapping[str, Sequence[Objective]]) -> None:
        """Announces the layers, and their objectives, that an update may show.

        Their responses to the sample, with the current weights, are then
        measured together, unless they are known.
        """
        if self._shared is not None:
            self._shared.announce(
                {path: filters_of(some) for path, some in due.items()}
            )

    def forget_responses(self) -> None:
        """Forgets all responses: the weights may have changed."""
        if self._shared is not None:
            self._shared.forget()

    def repeated(self) -> list[Repeated]:
        """Returns the newest events that repeat the images of other events."""
        return [
            Repeated(tracker.target, tracker.made.step, tracker.made.repeated)
            for tracker in self.trackers.values()
            if tracker.made.step is not None
            and tracker.made.repeated is not None
        ]

    def resume(self, newest: Mapping[str, list[bytes]]) -> None:
        """Continues layers from their newest events."""
        for path, blobs in newest.items():
            if path in self.trackers:
                self.trackers[path].resume(blobs)
            elif path in self.objectives:
                self._newest[path] = blobs

    def drop(self, path: str) -> None:
        """Leaves a layer out from now on."""
        for kept in (self.objectives, self.costs, self._newest):
            kept.pop(path, None)
        self.trackers.pop(path, None)

    @property
    def traces(self) -> dict[str, int]:
        """Ascent steps traced so far, by layer."""
        return {
            path: tracker.maximizer.traces
            for path, tracker in self.trackers.items()
        }

    def describe(self) -> str:
        """Returns the layers, the filters and the seconds of an update."""
        first = later = 0.0
        for path, objectives in self.objectives.items():
            cost, count = self.costs[path], len(objectives)
            first += cost.seconds(count, count * self.steps[path])
            steps = count * self._settings.warm_steps
            later += cost.seconds(count, steps, traced=True)
        filters = sum(map(len, self.objectives.values()))
        return (
            f"{filters} filters of {', '.join(self.objectives)}; about "
            f"{first:.2g} s for the first images of all, {later:.2g} s for each "
            "later update"
        )


def _fitted(model: keras.Model, settings: Settings) -> FittedModel:
    """Fits the probe to the model."""
    fitted = fit(
        model,
        drop_if_exhausted(settings.probe),
        settings.fixed_inputs,
        settings.class_names,
        settings.pictures,
        settings.channel_order,
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
    return fitted


def _find_targets(fitted: FittedModel) -> Targets:
    try:
        targets = layers.find_targets(fitted.model, fitted.shape)
    except NotShownError:
        raise
    except Exception as error:  # the user's layers may raise anything
        raise ModelFaultError(
            f"The layers of the model {fitted.model.name!r} cannot be found: "
            f"{describe(error)}"
        ) from error
    if fitted.model.left_out:
        _log.info(
            "Not shown, since they do not take the images of the probe: %s.",
            ", ".join(fitted.model.left_out),
        )
    return targets


def _choose(
    targets: Targets, settings: Settings, model: keras.Model
) -> dict[str, list[Objective]]:
    """Returns the objectives to show of each layer, by path."""
    chosen = choose_by_layer(targets, settings.layers, settings.filters, model)
    if settings.layers is None and (missing := passed_over(targets)):
        _log.warning(missing)
    for path, objectives in chosen.items():
        check_number(path, len(objectives))
    return chosen
