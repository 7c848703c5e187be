"""Measures the responses of all layers of an update in one pass."""

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from tb_actmax.compatibility import flatten_layers
from tb_actmax.data.fitting import FittedModel
from tb_actmax.data.sample import Sample
from tb_actmax.matching.probe_points import ProbePoints
from tb_actmax.measures.probe_pass import ProbePass
from tb_actmax.measures.responses import Responses
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.target import Target
from tb_actmax.network.whole_inputs import WholeInputs
from tb_actmax.stopwatch import Stopwatch

_log = logging.getLogger("tb_actmax")

AT_ONCE = 4096  # filters whose responses to the probe are kept at a time


class Share(NamedTuple):
    """A layer's part of a pass.

    Attributes:
        seconds: Seconds of the pass, without tracing.
        built: Seconds of tracing.
        work: Multiplications for all inputs.
    """

    seconds: float = 0.0
    built: float = 0.0
    work: float = 0.0


class SharedResponses:
    """Measures layers on the probe; announced layers share one pass.

    A pass up to a deep layer runs the layers before it anyway. A pass is made
    for all layers up to the deepest announced layer, and all passes copy one
    trace of the model, so few traces serve all updates.

    Attributes:
        points: Points of the sample at which filters are compared.
    """

    def __init__(self, fitted: FittedModel, targets: Sequence[Target]):
        assert fitted.sample is not None
        self.points = ProbePoints(fitted.sample)
        self._fitted = fitted
        self._together = _together(fitted, targets)
        self._passes: dict[str, ProbePass] = {}  # by their deepest layer
        self._whole: dict[str, WholeInputs] = {}  # by their first layer
        self._announced: dict[str, list[int]] = {}
        self._found: dict[str, Responses] = {}
        self._shares: dict[str, Share] = {}
        self._spent = Stopwatch()

    @property
    def seconds(self) -> float:
        """Seconds that all passes have taken, tracing included."""
        return self._spent.seconds

    def forget(self) -> None:
        """Forgets all results: the weights may have changed."""
        self._found.clear()
        self._shares.clear()
        self._announced.clear()

    def announce(self, wanted: Mapping[str, Sequence[int]]) -> None:
        """Announces filters to keep, by layer, of layers not yet measured."""
        for path, some in wanted.items():
            if path not in self._found:
                self._announced[path] = list(some)

    def share(self, path: str) -> Share:
        """Returns a layer's part of the pass that measured it.

        It is the part in which the network ran from the layer before to this
        one.
        """
        return self._shares.get(path, Share())

    def measure(self, target: Target, kept: Sequence[int]) -> Responses:
        """Returns a layer's responses with the current weights.

        For `kept` see `ProbePass.measure`.
        """
        found = self._found.pop(target.path, None)
        found = found.of(list(kept)) if found is not None else None
        if found is None:
            with self._spent.running():
                found = self._measured(target, kept)
        return found

    def _measured(self, target: Target, kept: Sequence[int]) -> Responses:
        """Measures a layer together with the other announced layers."""
        group = self._together.get(target.path, [target])
        wanted = {target.path: list(kept)}
        self._announced.pop(target.path, None)
        for other in group:
            some = self._announced.get(other.path)
            count = sum(map(len, wanted.values()))
            if some is not None and count + len(some) <= AT_ONCE:
                wanted[other.path] = self._announced.pop(other.path)
        last = max(one.order for one in group if one.path in wanted)
        beside = [one for one in group if one.order <= last]
        began, traced = self._spent.seconds, self._traced
        try:
            found = self._passed(beside, wanted)
        except Exception:  # one of the others may be at fault
            if len(beside) == 1:
                raise
            _log.debug("Layers are measured one by one.", exc_info=True)
            for one in group:
                self._together.pop(one.path, None)
            return self._passed([target], wanted)[target.path]
        inputs = len(self._sample(beside).images)
        built = self._traced - traced
        seconds = self._spent.seconds - began - built
        self._shares.update(_shares(beside, wanted, inputs, seconds, built))
        own = found.pop(target.path)
        self._found |= found
        return own

    @property
    def _traced(self) -> float:
        return sum(one.tracing.seconds for one in self._passes.values())

    def _passed(
        self, targets: list[Target], wanted: Mapping[str, list[int]]
    ) -> dict[str, Responses]:
        model = self._fitted.of(targets[-1]).model
        sample = self._sample(targets)
        key = targets[-1].path
        known = self._passes.get(key)
        if known is None or known.targets != targets:
            points = self.points.of(sample)
            whole = self._whole_inputs(model, sample, targets)
            known = ProbePass(model, targets, points, whole=whole)
            self._passes[key] = known
        kept = [wanted.get(target.path, []) for target in targets]
        found = known.measure(sample, kept)
        return {
            target.path: one
            for target, one in zip(targets, found, strict=True)
            if target.path in wanted
        }

    def _sample(self, targets: list[Target]) -> Sample:
        """Returns the sample for the sub-model of layers."""
        sample = self._fitted.of(targets[-1]).sample
        assert sample is not None  # as is that of the whole model
        return sample

    def _whole_inputs(
        self, model: ImageModel, sample: Sample, targets: list[Target]
    ) -> WholeInputs:
        """Returns the run that passes of a group share."""
        group = self._together.get(targets[0].path, targets)
        key = group[0].path
        if key not in self._whole:
            shape = sample.images.shape[1:]
            self._whole[key] = WholeInputs(model, group, shape)
        return self._whole[key]


def _together(
    fitted: FittedModel, targets: Sequence[Target]
) -> dict[str, list[Target]]:
    """Returns the layers that one pass can measure, by path.

    They run in the same sub-model, and none contains another.
    """
    groups: dict[tuple[bool, int], list[Target]] = {}
    for target in sorted(targets, key=lambda target: target.order):
        model = fitted.of(target).model
        entry = model.entries.get(id(target.layer), model)
        if not flatten_layers(target.layer):
            groups.setdefault((target.framed, id(entry)), []).append(target)
    return {one.path: group for group in groups.values() for one in group}


def _shares(
    targets: Sequence[Target],
    wanted: Mapping[str, object],
    inputs: int,
    seconds: float,
    built: float,
) -> dict[str, Share]:
    """Divides a pass over some inputs among the announced layers."""
    works: dict[str, float] = {}
    before = 0.0
    for target in targets:
        if target.path in wanted:
            works[target.path] = inputs * max(target.work - before, 0.0)
            before = max(before, target.work)
    total = sum(works.values()) or 1.0
    return {
        path: Share(seconds * work / total, built * work / total, work)
        for path, work in works.items()
    }
