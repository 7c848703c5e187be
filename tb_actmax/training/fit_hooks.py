"""Hooks into Keras's `fit` that callbacks lack."""

import sys
from collections.abc import Callable

import keras
import tensorflow as tf

from tb_actmax.compatibility import flatten_layers


def call_after_others(
    model: keras.Model, params: object, function: Callable[[], object]
) -> bool:
    """Calls a function once, after all callbacks have seen the end of `fit`.

    Callbacks end in the order in which they were given to `fit`. A later one
    may still restore earlier weights, as `EarlyStopping` does. Keras's own
    `History` is the last of all.

    `params` are those that Keras gives the callbacks of this `fit`. Returns
    whether it will be called: not in a user's own training loop.
    """
    history = getattr(model, "history", None)
    if not isinstance(history, keras.callbacks.History):
        return False
    if not params or history.params is not params:
        return False  # of an earlier `fit`
    ends = history.on_train_end

    def end(*args: object, **kwargs: object) -> None:
        # Users keep the history, which should not keep the callback alive.
        if history.__dict__.get("on_train_end") is end:
            del history.__dict__["on_train_end"]
        ends(*args, **kwargs)
        function()

    history.__dict__["on_train_end"] = end
    return True


def is_built(model: keras.Model) -> bool:
    """Returns whether all layers of a model have their weights."""
    layers = flatten_layers(model, include_self=True)
    return all(layer.built for layer in layers)


def call_when_built(model: keras.Model, function: Callable[[], None]) -> bool:
    """Calls a function eagerly between the trace and the run of the first step.

    Keras builds a model that is not built before `fit` in that trace. Building
    draws random numbers, so only the training itself may build the model.
    Returns whether it will be called: not if the model runs eagerly.
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


def is_fitting(model: keras.Model, thread: int) -> bool:
    """Returns whether a thread, which may have ended, is in `model.fit`.

    Keras does not tell its callbacks when an error or Ctrl-C ends `fit`, so
    only the stack of the thread shows it.
    """
    frame = sys._current_frames().get(thread)
    while frame is not None:
        module = str(frame.f_globals.get("__name__"))
        if (
            frame.f_code.co_name == "fit"
            and module.startswith("keras.")
            and frame.f_locals.get("self") is model
        ):
            return True
        frame = frame.f_back
    return False
