"""Calls a function at the end of `fit`, after all callbacks.

Callbacks end in the order in which they were given to `fit`. One that comes
later may still set the weights back, as `EarlyStopping` does. Keras's own
`History` comes behind all of them.
"""

from collections.abc import Callable
from typing import Any

import keras


def call_after_others(
    model: keras.Model, params: object, function: Callable[[], object]
) -> bool:
    """Calls a function once, when all callbacks have seen the end of `fit`.

    Args:
        model: The model, before the first batch of `fit`.
        params: What Keras told the callbacks about this `fit`.
        function: The function.

    Returns:
        Whether it will be called: not in a loop of the user's own.
    """
    history = getattr(model, "history", None)
    if not isinstance(history, keras.callbacks.History):
        return False
    if not params or history.params is not params:
        return False  # of an earlier `fit`
    ends = history.on_train_end

    def end(*args: Any, **kwargs: Any) -> None:
        # Users keep the history, which should not keep the callback.
        if history.__dict__.get("on_train_end") is end:
            del history.__dict__["on_train_end"]
        ends(*args, **kwargs)
        function()

    history.__dict__["on_train_end"] = end
    return True
