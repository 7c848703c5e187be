"""Looks for calls of `fit` that are still running."""

import sys

import keras


def is_fitting(model: keras.Model, thread: int) -> bool:
    """Returns whether a thread is in the middle of `model.fit`.

    Keras does not tell its callbacks when an error or Ctrl-C ends `fit`, so
    only the stack of the thread shows it.

    Args:
        model: The model.
        thread: The identifier of the thread, which may have ended.
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
