"""Traces a model on whole inputs once, for all measures that need it."""

from collections.abc import Sequence

import tensorflow as tf

from tb_actmax.network.activations import run_on_inputs
from tb_actmax.network.any_size import builds_the_same
from tb_actmax.network.image_model import ImageModel
from tb_actmax.network.private_state import PrivateState
from tb_actmax.network.target import Target
from tb_actmax.network.traced_runs import Reached
from tb_actmax.network.tracing import trace


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

    concrete = trace(run, tf.TensorSpec((None, *shape), tf.float32))
    if not PrivateState(concrete).empty:
        return None
    model.traced.keep(concrete.inputs[0], calls, builds_the_same(model))
    return concrete
