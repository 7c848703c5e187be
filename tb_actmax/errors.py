"""What fails while maximizing: a line of the log, never the training."""

import logging
import re
from collections.abc import Mapping

_log = logging.getLogger("tb_actmax")

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# TensorFlow puts frames of the whole stack in front of what was wrong.
_GRAPH = re.compile(
    r"^(\w+(?:Error|Exception): .*)$|^Node: .*\n(.*)$", re.MULTILINE
)


class ModelFaultError(RuntimeError):
    """The model itself raised while it was looked through."""


class NotFiniteError(ArithmeticError):
    """A layer gives NaN or infinity for every image."""


def described(error: BaseException) -> str:
    """An error in a line: its type and the first line of what it says."""
    text = _COLOUR.sub("", str(error)).strip()
    if text.startswith("Graph execution error"):
        found = _GRAPH.search(text)
        last = text.split("[[{{node")[0].rstrip().rsplit("\n", 1)[-1]
        text = (found[1] or found[2]) if found else last
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    # Keras puts where it was in front of what it was.
    if len(lines) > 1 and lines[0].startswith("Exception encountered"):
        lines[0] += f" {lines[1]}"
    name = type(error).__name__
    return f"{name}: {lines[0]}" if lines else name


def stopped(error: Exception) -> str:
    """The line that says why nothing is shown from now on."""
    return (
        "Activation maximization stops, the training goes on: "
        f"{described(error)}"
    )


def log_left_out(failed: Mapping[str, Exception]) -> None:
    """Says which layers are left out from now on: a line for each cause.

    Args:
        failed: Error of each layer, by its path.
    """
    causes: dict[type[Exception], list[str]] = {}
    for path, error in failed.items():
        causes.setdefault(type(error), []).append(path)
    for paths in causes.values():
        error = failed[paths[0]]
        names = ", ".join(map(repr, paths))
        what = f"Layer {names} is" if len(paths) == 1 else f"Layers {names} are"
        _log.error("%s left out from now on: %s", what, described(error))
        _log.debug("Where it failed:", exc_info=error)
