"""Waits until Keras has built a model that is not built before `fit`.

Keras builds such a model while it traces the first training step. Building
draws random numbers, so only the training itself may build the model.
"""

from collections.abc import Callable

import keras
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers


def is_built(model: keras.Model) -> bool:
    """Returns whether all layers of a model have their weights."""
    layers = flatten_layers(model, include_self=True)
    return all(layer.built for layer in layers)


def call_when_built(model: keras.Model, function: Callable[[], None]) -> bool:
    """Calls a function between the trace of the first step and its run.

    Args:
        model: A model that is being trained, before its first step.
        function: The function to call once, eagerly.

    Returns:
        Whether the function will be called: not if the model runs eagerly.
    """
    if model.run_eagerly:
        return False
    train_step, waiting = model.train_step, [function]
    fit = getattr(model, "history", None)

    def traced(*args: object, **kwargs: object) -> object:
        outputs = train_step(*args, **kwargs)
        with tf.init_scope():  # out of the graph that is being traced
            # TensorFlow traces twice if the first trace creates variables,
            # and gives them their values in between.
            if waiting and _have_values(model):
                begin = waiting.pop()
                # An error may have ended that `fit` before its first step.
                if getattr(model, "history", None) is fit:
                    begin()
        return outputs

    # The attribute is read when the function is made.
    model.__dict__["train_step"] = traced
    try:
        model.make_train_function(force=True)
    finally:
        del model.__dict__["train_step"]
    return True


def _have_values(model: keras.Model) -> bool:
    return all(
        bool(variable.value.is_initialized()) for variable in model.variables
    )
