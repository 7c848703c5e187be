"""Calls a function at the end of `fit`, after all other callbacks.

Callbacks end in the order in which they were given to `fit`. A later callback
may still restore earlier weights, as `EarlyStopping` does. Keras's own
`History` is the last of all.
"""

from collections.abc import Callable

import keras


def call_after_others(
    model: keras.Model, params: object, function: Callable[[], object]
) -> bool:
    """Calls a function once, after all callbacks have seen the end of `fit`.

    Args:
        model: The model, before the first batch of `fit`.
        params: The parameters that Keras gives the callbacks of this `fit`.
        function: The function.

    Returns:
        Whether it will be called: not in a user's own training loop.
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
