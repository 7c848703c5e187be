"""Reads a probe once, and no further than its iterator holds out."""

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import tensorflow as tf

from tb_actmax.data.copied import copied
from tb_actmax.errors import described

_log = logging.getLogger("tb_actmax")


class CarefulProbe:
    """A dataset as a probe, which may end or raise at any time.

    What was read is kept: an iterator can be read but once, and a callback
    may see several trainings.

    Args:
        probe: A dataset of batches: an iterable, or a `PyDataset`.
    """

    def __init__(self, probe: Any):
        self._probe = probe
        self._read: list[Any] = []
        self._rest: Iterator[Any] | None = None
        self._fault: BaseException | None = None

    @property
    def empty(self) -> bool:
        """Whether its iterator gives no input, for good."""
        if next(iter(self), None) is not None:
            return False
        return self._fault is not None or isinstance(self._probe, Iterator)

    def __iter__(self) -> Iterator[Any]:
        yield from self._read
        while self._fault is None:
            try:
                if self._rest is None:
                    self._rest = _elements(self._probe)
                element = next(self._rest)
            except StopIteration:
                return
            except Exception as error:  # the user's code: whatever it raises
                self._fault = error
                _log.error(
                    "The probe failed after %d batches, %s: %s",
                    len(self._read),
                    "which are used" if self._read else "and is not used",
                    described(error),
                )
                _log.debug("Where it failed:", exc_info=error)
                return
            self._read.append(element)
            yield element


def careful(probe: Any) -> Any:
    """The probe, made careful where it is a dataset and not an array."""
    if (
        probe is None
        or isinstance(probe, CarefulProbe | tuple | list | Mapping)
        or hasattr(probe, "shape")
        or not (isinstance(probe, Iterable) or hasattr(probe, "__getitem__"))
    ):
        return probe
    return CarefulProbe(probe)


def usable(probe: Any) -> Any:
    """The probe, or `None` with a line of the log where it gives nothing.

    Raises:
        ValueError: If the probe is a dataset that holds no inputs.
    """
    if not isinstance(probe, CarefulProbe) or not probe.empty:
        return probe
    if probe._fault is None:
        _log.error("The probe's iterator has ended already: it is not used.")
    return None


def _elements(probe: Any) -> Iterator[Any]:
    if hasattr(probe, "__getitem__") and hasattr(probe, "__len__"):
        return (probe[index] for index in range(len(probe)))
    if isinstance(probe, tf.data.Dataset):
        probe = copied(probe)
    return iter(probe)
