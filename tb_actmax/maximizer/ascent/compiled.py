"""Chooses by measuring whether XLA compiles the network of a step.

On a CPU it takes several times the time for convolutions, so there it is not
tried. On a GPU either may be faster; movements of the images always stay
outside, since XLA has no kernel for them.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

import tensorflow as tf

_log = logging.getLogger("tb_actmax")

_CALLS = 3  # that are timed, after one that is not
_GAIN = 1.2  # each new number of images is compiled by itself: that must pay


def worth_trying() -> bool:
    """Whether there is a device on which compiled networks may be faster."""
    return bool(tf.config.list_logical_devices("GPU"))


def faster(
    plain: Any, trace: Callable[[], Any], inputs: Callable[[], tuple[Any, ...]]
) -> Any:
    """The faster one of a step and the same with its network compiled.

    Args:
        plain: The step.
        trace: Traces the compiled one.
        inputs: Makes what both are called with.

    Returns:
        One of both; `plain` where the network cannot be compiled.
    """
    some = inputs()
    try:
        compiled = trace()
        seconds = _GAIN * _seconds(compiled, some)
    except Exception as error:  # XLA's, of many kinds: the plain one works
        _log.debug("The network cannot be compiled: %s", error)
        return plain
    return compiled if seconds < _seconds(plain, some) else plain


def _seconds(step: Any, inputs: tuple[Any, ...]) -> float:
    """The least of a few calls."""
    found = []
    for call in range(1 + _CALLS):
        began = time.perf_counter()
        for output in step(*inputs):
            output.numpy()  # waits for the device
        if call:
            found.append(time.perf_counter() - began)
    return min(found)
