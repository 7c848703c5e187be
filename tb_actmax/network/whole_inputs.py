"""Traces a model on whole inputs once, for all measures that need it."""

import logging
from collections.abc import Sequence

import tensorflow as tf

from tb_actmax.network.activations import run_on_inputs
from tb_actmax.network.any_size import builds_the_same
from tb_actmax.network.effects import has_effect
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.private_state import PrivateState
from tb_actmax.network.reached import Reached
from tb_actmax.network.target import Target
from tb_actmax.network.tracing import trace

_log = logging.getLogger("tb_actmax")


class WholeInputs:
    """A run of a model on whole inputs, traced once for several layers.

    Functions that need the maps of the first few layers share the trace:
    TensorFlow leaves out what they do not read, unless it may have effects. The
    layers are in the same sub-model, and none inside another.

    Args:
        model: The model.
        targets: The layers, in running order.
        shape: Shape of one input.
    """

    def __init__(
        self,
        model: ImageModel,
        targets: Sequence[Target],
        shape: tuple[int, ...],
    ):
        self._model = model
        self._targets = list(targets)
        self._shape = shape
        self._traced: tf.types.experimental.ConcreteFunction | None = None
        self._tried = False

    def until(
        self, targets: Sequence[Target]
    ) -> tf.types.experimental.ConcreteFunction | None:
        """Returns a run until the last of the first few layers.

        It is as `trace_whole_inputs` returns it, and may return the maps of
        further layers after those of the given ones.
        """
        if not self._tried:
            self._tried = True
            try:
                self._traced = trace_whole_inputs(
                    self._model, self._targets, self._shape
                )
            except Exception:  # a later layer may be at fault
                if len(targets) == len(self._targets):
                    raise
                _log.debug("Fewer layers are traced at once.", exc_info=True)
        fewer = len(targets) < len(self._targets)
        if fewer and (self._traced is None or _has_effects(self._traced)):
            return trace_whole_inputs(self._model, targets, self._shape)
        return self._traced


def _has_effects(traced: tf.types.experimental.ConcreteFunction) -> bool:
    return any(map(has_effect, traced.graph.get_operations()))


def trace_whole_inputs(
    model: ImageModel, targets: Sequence[Target], shape: tuple[int, ...]
) -> tf.types.experimental.ConcreteFunction | None:
    """Traces the model up to layers, and keeps the trace with the model.

    Returns a function of images (n, *shape) that returns the maps of each
    layer; `None` if it would write variables, of which each caller needs copies
    of its own. The layers are in the same sub-model, and none inside another.
    """

    calls: dict[str, Reached] = {}

    def run(images: tf.Tensor) -> list[tf.Tensor]:
        return run_on_inputs(model, targets, images, calls)

    spec = tf.TensorSpec((None, *shape), tf.float32)
    concrete = trace(run, spec, effects=model.traced.found is None)
    if not PrivateState(concrete).empty:
        return None
    model.traced.keep(concrete.inputs[0], calls, builds_the_same(model))
    return concrete
