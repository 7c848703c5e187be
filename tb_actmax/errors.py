"""Errors of the package, and how errors are logged.

An error while images are updated costs one line in the log, and the training
continues.
"""

import logging
import numbers
import re
from collections.abc import Mapping

_log = logging.getLogger("tb_actmax")

_COLOR = re.compile(r"\x1b\[[0-9;]*m")
# Graph errors of TensorFlow list the call stack before the cause.
_GRAPH = re.compile(
    r"^(\w+(?:Error|Exception): .*)$|^Node: .*\n(.*)$", re.MULTILINE
)


class ModelFaultError(RuntimeError):
    """Raised when the model itself raises while its layers are found."""


class NotShownError(ValueError):
    """Raised for a model that has nothing to show.

    No argument is wrong, so the training continues without images.
    """


class NotFiniteError(ArithmeticError):
    """Raised when all images of a layer have the score NaN or infinity."""


def check_integer(name: str, value: object, least: int) -> None:
    """Raises a `ValueError` unless an argument is an integer in its range."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < least:  # type: ignore[operator]
        raise ValueError(
            f"{name} must be an integer, {least} or more, not {value!r}."
        )


def describe(error: BaseException) -> str:
    """Returns an error in one line: its type and the cause."""
    text = _COLOR.sub("", str(error)).strip()
    if text.startswith("Graph execution error"):
        found = _GRAPH.search(text)
        last = text.split("[[{{node")[0].rstrip().rsplit("\n", 1)[-1]
        text = (found[1] or found[2]) if found else last
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    # Keras names the layer in the first line and the cause in the second.
    if len(lines) > 1 and lines[0].startswith("Exception encountered"):
        lines[0] += f" {lines[1]}"
    name = type(error).__name__
    return f"{name}: {lines[0]}" if lines else name


def log_stop(error: Exception) -> None:
    """Logs the error that switches the callback off."""
    if isinstance(error, NotShownError):
        _log.warning(
            "Activation maximization shows nothing, the training continues: %s",
            error,
        )
        return
    _log.error(
        "Activation maximization stops, the training continues: %s",
        describe(error),
    )
    _log.debug("The error was raised here:", exc_info=error)


def log_left_out(failed: Mapping[str, Exception]) -> None:
    """Logs which layers are left out from now on, one line per cause."""
    causes: dict[type[Exception], list[str]] = {}
    for path, error in failed.items():
        causes.setdefault(type(error), []).append(path)
    for paths in causes.values():
        error = failed[paths[0]]
        names = ", ".join(map(repr, paths))
        what = f"Layer {names} is" if len(paths) == 1 else f"Layers {names} are"
        _log.error("%s left out from now on: %s", what, describe(error))
        _log.debug("The error was raised here:", exc_info=error)
