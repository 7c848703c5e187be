"""Gives memory that is free back to the system."""

import ctypes
from collections.abc import Callable


def _trimmer() -> Callable[[int], int] | None:
    """What does so in the GNU C library; elsewhere there is no such thing."""
    try:
        found: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    return found


_trim = _trimmer()


def give_back() -> None:
    """Gives back what the C library keeps of memory that was freed.

    After something that took tens of megabytes for a moment; it takes some
    milliseconds.
    """
    if _trim is not None:
        _trim(0)
